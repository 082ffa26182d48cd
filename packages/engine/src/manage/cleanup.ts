/**
 * Removing finished runs: the record first, then its files, then the rows it left behind, in small slices. A cleanup that
 * is cut off anywhere has removed whole runs and none by half; the next one goes on, and finds a folder that was left. Pages
 * are forgotten as they are done, so a hundred thousand runs take no more memory than a hundred; of a plan that is applied the
 * ids are kept.
 */
import { createHash } from "node:crypto";
import {
  type AuditStamp,
  DURATION_MAX_DAYS,
  type FinishedQuery,
  type FinishedRun,
  isFinished,
  PlanStaleError,
  plural,
  WrongUseError,
} from "@holdfast/core";
import type { Engine } from "../opened/engine.js";
import type { CleanupOptions, CleanupReport } from "./facade.js";
import { clearLeftovers, NO_LEFTOVERS } from "./leftovers.js";
import { deleteRemovedRows } from "./removed-rows.js";
import { stampOf } from "./stamp.js";
import { NO_DATASETS, removeUnused, toCleaned, UnusedDatasets } from "./unused-datasets.js";

const PAGE_COUNT = 200;
const SHOWN_COUNT = 100;
/** Few enough that a claim between them waits for milliseconds. */
const AT_ONCE = 20;
const DAY_MS = 86_400_000;

/**
 * @throws {PlanStaleError} PLAN_STALE — what would be removed is not what the given plan showed; nothing was removed.
 * @throws {WrongUseError} WRONG_USE — for an age or a number that cannot be meant.
 */
export async function cleanUp(opened: Engine, options: CleanupOptions): Promise<CleanupReport> {
  const terms = termsOf(options);
  const { planId: expected, checkOnly = false, onRun } = options;
  const audit = stampOf(opened, "cleanup", options.reason ?? wordTerms(options));
  // Whose they were is not known any more.
  const isForAll = options.workflow === undefined && options.owner === undefined;
  const leftovers = () => (isForAll ? clearLeftovers(opened, { checkOnly }) : NO_LEFTOVERS);
  const unused = () => (isForAll ? UnusedDatasets.find(opened, terms.olderThanMs) : null);
  if (checkOnly) {
    const found = await survey(opened, terms, { isMeasuring: true, unused: await unused(), onRun });
    return { ...found, leftovers: await leftovers() };
  }
  if (expected === undefined) {
    const removed = await removeAll(opened, terms, audit, null, onRun);
    const datasets = await removeUnused(opened, (await unused())?.versions ?? [], audit);
    await deleteRemovedRows(opened.deps.store);
    return { ...removed, datasets: toCleaned(datasets), leftovers: await leftovers() };
  }
  // Looked at as a whole before anything is removed; then exactly that, and nothing that has come of age meanwhile.
  const untilAt = readUntilAt(expected);
  const planned = new Set<string>();
  const going = await unused();
  const found = await survey(opened, terms, { isMeasuring: false, untilAt, planned, unused: going });
  if (found.planId !== expected) throw new PlanStaleError({ runId: null });
  const removed = await removeAll(opened, terms, audit, { untilAt, planned }, onRun);
  const datasets = await removeUnused(opened, going?.versions ?? [], audit);
  await deleteRemovedRows(opened.deps.store);
  return { ...removed, datasets: toCleaned(datasets), planId: found.planId, leftovers: await leftovers() };
}

type RunsReport = Omit<CleanupReport, "leftovers">;

/**
 * What a plan showed. The instant alone does not say it: a run that ends between the look and the removal makes another one
 * too many for `keepLast`, and under a wall clock that was set back it ends before the instant itself.
 */
interface Shown {
  readonly untilAt: number;
  readonly planned: ReadonlySet<string>;
}

/** A run opened again and ended again is another one. */
const planKey = ({ runId, finishedAt }: FinishedRun) => `${runId} ${finishedAt}`;

type Terms = Omit<FinishedQuery, "limit" | "cursor">;

function termsOf({ olderThanDays, statuses, workflow, owner, keepLast }: CleanupOptions): Terms {
  if (!(olderThanDays >= 0 && olderThanDays <= DURATION_MAX_DAYS)) {
    const expected = `a number of days from 0 to ${DURATION_MAX_DAYS} (10 years)`;
    throw new WrongUseError({ problem: `olderThanDays: ${expected} is expected, ${olderThanDays} was given.` });
  }
  if (keepLast !== undefined && !(Number.isInteger(keepLast) && keepLast >= 0)) {
    throw new WrongUseError({ problem: `keepLast: a whole number from 0 is expected, ${keepLast} was given.` });
  }
  for (const status of statuses ?? []) {
    if (isFinished(status)) continue;
    throw new WrongUseError({ problem: `statuses: completed, failed or cancelled are expected, ${status} was given.` });
  }
  return { olderThanMs: olderThanDays * DAY_MS, statuses, workflow, owner, keepLast };
}

function wordTerms({ olderThanDays, keepLast }: CleanupOptions): string {
  const kept = keepLast === undefined || keepLast === 0 ? "" : `, but the last ${keepLast} of each workflow`;
  return `finished more than ${plural(olderThanDays, "day")} ago${kept}`;
}

/** What the cleanup of these terms would remove. */
async function survey(
  opened: Engine,
  terms: Terms,
  how: {
    readonly isMeasuring: boolean;
    readonly untilAt?: number | undefined;
    /** Told of what is found; null where datasets stay. */
    readonly unused?: UnusedDatasets | null | undefined;
    /** Takes what is found. */
    readonly planned?: Set<string> | undefined;
    readonly onRun?: CleanupOptions["onRun"];
  },
): Promise<RunsReport> {
  const tally = new Tally();
  for await (const run of finishedRuns(opened, terms, how.untilAt)) {
    how.planned?.add(planKey(run));
    how.unused?.runGoes(run.runId);
    const sizeBytes = how.isMeasuring ? await opened.deps.artifacts.sizeOfRun(run.runId) : 0;
    tally.add(run, sizeBytes);
    how.onRun?.({ ...run, sizeBytes });
  }
  const report = tally.report();
  const { versions, planPart } = how.unused ?? { versions: [], planPart: "" };
  return { ...report, planId: `${report.planId}${planPart}`, datasets: toCleaned(versions), isCheckOnly: true };
}

async function removeAll(
  opened: Engine,
  terms: Terms,
  audit: AuditStamp,
  shown: Shown | null,
  onRun: CleanupOptions["onRun"],
): Promise<RunsReport> {
  const tally = new Tally();
  const runs = finishedRuns(opened, terms, shown?.untilAt);
  await removeEach(opened, shown === null ? runs : only(runs, shown.planned), {
    audit,
    onRemoved: (run, freedBytes) => {
      tally.add(run, freedBytes);
      onRun?.({ ...run, sizeBytes: freedBytes });
    },
  });
  return { ...tally.report(), datasets: NO_DATASETS, isCheckOnly: false };
}

export interface Removal {
  readonly audit: AuditStamp;
  /** In the order of the runs. */
  readonly onRemoved: (run: FinishedRun, freedBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Remove these runs, some at a time so that they share their commits; ends early when the signal aborts. */
export async function removeEach(opened: Engine, runs: AsyncIterable<FinishedRun>, how: Removal): Promise<void> {
  let some: FinishedRun[] = [];
  const refused: FinishedRun[] = [];
  const removeSome = async () => {
    const removing = some;
    some = [];
    const freed = await Promise.all(removing.map((run) => removeRun(opened, run, how.audit)));
    removing.forEach((run, i) => {
      const bytes = freed[i] ?? null;
      if (bytes !== null) how.onRemoved(run, bytes);
      else refused.push(run);
    });
  };
  for await (const run of runs) {
    if (how.signal?.aborted) return;
    some.push(run);
    if (some.length === AT_ONCE) await removeSome();
  }
  await removeSome();
  // Parents that ended before their children: the children are gone now. Backwards, since a child may be a parent too.
  for (const run of refused.reverse()) {
    if (how.signal?.aborted) return;
    const bytes = await removeRun(opened, run, how.audit);
    if (bytes !== null) how.onRemoved(run, bytes);
  }
}

/** Remove one finished run and its files. Bytes of files freed; null when it was opened again or is gone. */
async function removeRun(opened: Engine, run: FinishedRun, audit: AuditStamp): Promise<number | null> {
  const { store, artifacts, hints } = opened.deps;
  const sizeBytes = await artifacts.sizeOfRun(run.runId);
  if (!(await store.removeFinished(run, audit))) return null;
  // The record first: files without a record are litter, a record without files is a lie.
  await artifacts.deleteRun(run.runId);
  hints.notify(run.runId);
  return sizeBytes;
}

/** Oldest first, a page at a time; what finished after `untilAt` is left out. */
export async function* finishedRuns(
  opened: Engine,
  terms: Terms,
  untilAt: number = Number.POSITIVE_INFINITY,
): AsyncIterable<FinishedRun> {
  for (let cursor: string | undefined; ; ) {
    const { rows, next } = await opened.deps.store.listFinished({ ...terms, limit: PAGE_COUNT, cursor });
    for (const run of rows) {
      if (run.finishedAt > untilAt) return;
      yield run;
    }
    if (next === null) return;
    cursor = next;
  }
}

async function* only(runs: AsyncIterable<FinishedRun>, planned: ReadonlySet<string>): AsyncIterable<FinishedRun> {
  for await (const run of runs) if (planned.has(planKey(run))) yield run;
}

/** Counts what passes, and hashes it, without keeping it. */
class Tally {
  private readonly hash = createHash("sha256");
  private readonly byWorkflow: Record<string, Record<string, number>> = {};
  private readonly runs: CleanupReport["runs"][number][] = [];
  private count = 0;
  private freedBytes = 0;
  private untilAt = 0;

  add(run: FinishedRun, sizeBytes: number): void {
    const { runId, workflow, status, finishedAt } = run;
    this.hash.update(`${runId} ${finishedAt} ${status}\n`);
    this.count += 1;
    this.freedBytes += sizeBytes;
    this.untilAt = Math.max(this.untilAt, finishedAt);
    const counts = this.byWorkflow[workflow] ?? {};
    counts[status] = (counts[status] ?? 0) + 1;
    this.byWorkflow[workflow] = counts;
    if (this.runs.length < SHOWN_COUNT) this.runs.push({ runId, workflow, status, finishedAt });
  }

  report(): Omit<RunsReport, "isCheckOnly" | "datasets"> {
    const { count, byWorkflow, runs, freedBytes } = this;
    // The newest instant goes with the hash: applying the plan later takes nothing that was too young for it.
    const planId = `${this.untilAt.toString(36)}-${this.hash.digest("hex").slice(0, 32)}`;
    return { planId, count, byWorkflow, runs, freedBytes };
  }
}

/** @throws {PlanStaleError} PLAN_STALE — also for what was never the plan of a cleanup. */
function readUntilAt(planId: string): number {
  const untilAt = Number.parseInt(planId.split("-")[0] ?? "", 36);
  if (!Number.isSafeInteger(untilAt)) throw new PlanStaleError({ runId: null });
  return untilAt;
}
