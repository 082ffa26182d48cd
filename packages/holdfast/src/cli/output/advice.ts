/**
 * What a person can do about a run as it stands, and what must be changed first. Pure: `facts-of-run.ts` reads what it needs.
 *
 * Each command must move the run, or the lines beside it say what keeps it from moving: `tests/cli/advice.test.ts` executes
 * them.
 */
import { formatCount, formatUsd, plural } from "@holdfast/core";
import type { RunView } from "@holdfast/engine";

import { oneLine } from "./text.js";
import { formatInstant } from "./time.js";

/** The failed items of one map. */
export interface FailedItems {
  readonly stage: string;
  readonly failed: number;
  readonly total: number | null;
  /** The most frequent category among them, how many have it, and the message of one. */
  readonly category: string;
  readonly count: number;
  readonly message: string;
}

export interface RunFacts {
  readonly failedItems: readonly FailedItems[];
  /** The budget that paused the run. */
  readonly budget: { readonly stage: string; readonly spentUsd: number; readonly budgetUsd: number } | null;
}

export const NO_FACTS: RunFacts = { failedItems: [], budget: null };

export interface Advice {
  /** Label and text: what happened, and what must be changed before the commands help. */
  readonly notes: readonly (readonly [label: string, text: string])[];
  /** Commands, the most likely one first. */
  readonly next: readonly string[];
}

export function adviseOn(run: RunView, facts: RunFacts = NO_FACTS): Advice {
  const resume = `holdfast resume ${run.id}`;
  switch (run.status) {
    case "queued":
      return { notes: [], next: ["holdfast worker --until-idle", `holdfast watch ${run.id}`] };
    case "running":
      return { notes: [], next: [`holdfast watch ${run.id}`, `holdfast pause ${run.id}`] };
    case "waiting":
      return adviseOnWait(run);
    case "paused":
      return adviseOnPause(run, facts, resume);
    case "failed":
      return run.reason === "items_failed"
        ? { notes: failedNotes(facts), next: [`${resume} --only=errors`, `holdfast logs ${run.id}`] }
        : { notes: failedNotes(facts), next: [`holdfast logs ${run.id}`, resume] };
    case "cancelled":
      return { notes: [], next: [`holdfast restart ${run.id}`] };
    case "completed":
      return {
        notes: failedNotes(facts),
        next: [...(facts.failedItems.length > 0 ? [`${resume} --only=errors`] : []), `holdfast artifacts ${run.id}`],
      };
  }
}

/** It goes on by itself, but somebody has to look at the clock. */
function adviseOnWait(run: RunView): Advice {
  const until: Advice["notes"] =
    run.wakeAt === null
      ? []
      : [["goes on", `by itself at ${formatInstant(run.wakeAt)} UTC, if a worker is running (holdfast worker)`]];
  return { notes: until, next: [`holdfast watch ${run.id}`, `holdfast cancel ${run.id}`] };
}

function adviseOnPause(run: RunView, facts: RunFacts, resume: string): Advice {
  const wake: Advice["notes"] =
    run.wakeAt === null
      ? []
      : [["resumes", `by itself at ${formatInstant(run.wakeAt)} UTC, if a worker is running (holdfast worker)`]];
  const first = FIRST[run.reason ?? ""];
  const before: Advice["notes"] = first === undefined ? [] : [["first", first]];
  switch (run.reason) {
    case "budget":
      return adviseOnBudget(facts, resume);
    case "drift":
      return { notes: before, next: [`${resume} --accept=reuse`, `${resume} --accept=redo`] };
    case "error_rate":
      return { notes: [...failedNotes(facts), ...before], next: [resume, `${resume} --only=errors`] };
    default:
      return { notes: [...before, ...wake], next: [resume] };
  }
}

/** What must be changed or waited for, by the reason of the pause. */
const FIRST: Readonly<Record<string, string>> = {
  auth: "the server refused the credentials: correct them, then resume",
  quota: "the account's quota is used up: raise it, then resume",
  drift: "a plain resume is refused: decide whether to keep the recorded results (reuse) or redo them (redo)",
  error_rate: "too many items failed: correct the cause, then resume; the failed ones need --only=errors",
  outage: "the server did not answer: a resume tries one call, and pauses again if it fails",
  rate_limit: "the server asked us to wait: a resume before then may be refused again",
  "resource held": "another run or process holds a resource that the run needs: wait until it is free, then resume",
  "store full": "the disk is full: free some space, then resume",
  "store readonly": "the store is not writable: correct its permissions, then resume",
};

/** Twice the limit: enough to move, and not so much that it is typed by mistake. */
function adviseOnBudget({ budget }: RunFacts, resume: string): Advice {
  if (budget === null)
    return { notes: [["first", "its budget is used up: raise it"]], next: [`${resume} --budget=STAGE=USD`] };
  const { stage, spentUsd, budgetUsd } = budget;
  const raised = Math.ceil(Math.max(2 * budgetUsd, spentUsd + budgetUsd, 0.01) * 100) / 100;
  return {
    notes: [
      ["budget", `${oneLine(stage)}: ${formatUsd(spentUsd)} of ${formatUsd(budgetUsd)} spent or reserved`],
      ["first", "raise the limit: a plain resume pauses again"],
    ],
    next: [`${resume} --budget=${stage}=${raised}`],
  };
}

function failedNotes({ failedItems }: RunFacts): Advice["notes"] {
  return failedItems.map(({ stage, failed, total, category, count, message }) => {
    const of = total === null ? plural(failed, "item") : `${formatCount(failed)} of ${plural(total, "item")}`;
    const most = count === failed ? category : `most often ${category} (${formatCount(count)})`;
    return ["failed", `${oneLine(stage)}: ${of}, ${most}, for example: ${oneLine(message)}`];
  });
}
