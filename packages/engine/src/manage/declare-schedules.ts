/**
 * Schedules that workflows declare: a worker declares them once, when it starts, so the one that started last decides. What
 * a person paused, deleted or put stays as it is. From then on the worker says each minute that it lives.
 */
import { HoldfastError, RETIRE_AFTER_MS, type ScheduleRecord } from "@holdfast/core";
import { hashJson } from "../base/hash.js";
import type { Engine } from "../opened/engine.js";
import { isLasting } from "../run/store-trouble.js";
import type { DeclaredSchedule, Workflow } from "../workflow/define-workflow.js";
import { parseInput } from "../workflow/parse-input.js";
import { beginAt, type Change, changeSchedule, writeOf } from "./save-schedule.js";

/** Ten of these may be lost before a schedule is retired. */
const KEEP_MS = 60_000;

/** After a failed look at the store (busy, restarting). */
const STORE_RETRY_MS = 1_000;

/**
 * Declares what the workflows of this process declare, if no worker of it has done so.
 * @throws {BadInputError} BAD_INPUT — for the input of a schedule that does not fit its workflow's schema.
 */
export async function declareSchedules(opened: Engine, signal: AbortSignal): Promise<void> {
  const { declaring, deps } = opened;
  while (!signal.aborted) {
    try {
      declaring.done ??= declareAll(opened);
      return await declaring.done;
    } catch (error) {
      declaring.done = null;
      if (!(error instanceof HoldfastError) || !error.spec.isRetryable) throw error;
      await deps.clock.sleep(STORE_RETRY_MS, signal);
    }
  }
}

async function declareAll(opened: Engine): Promise<void> {
  for (const workflow of opened.workflows.values()) {
    for (const declared of workflow.schedules) await declareOne(opened, workflow, declared);
  }
}

async function declareOne(opened: Engine, workflow: Workflow, { name, spec, input }: DeclaredSchedule): Promise<void> {
  const { texts } = await parseInput(workflow, input);
  const digest = digestOf(workflow.name, spec, input);
  await changeSchedule(opened, name, (found): Change | null => {
    const row = { name, workflow: workflow.name, owner: null, source: "code", spec, digest } as const;
    const given = { givenJson: texts.givenJson, secretsJson: texts.secretsJson ?? null };
    const declared = { by: null, reason: null, audit: null, isDeclared: true } as const;
    if (found === null) {
      return { ...declared, schedule: { ...row, ...given, state: "active", ...beginAt(opened, name, spec, null) } };
    }
    // A person's schedule of this name, or one that a person has deleted.
    if (found.source === "person" || found.state === "deleted") return null;
    if (found.digest === digest && found.state !== "retired") return null;
    if (found.state === "paused") return { ...declared, ...stillPaused(found, { ...row, ...given }) };
    const place = beginAt(opened, name, spec, found);
    return { ...declared, schedule: { ...row, ...given, state: "active", ...place } };
  });
}

/** The new definition, and the pause with who asked for it and why. */
function stillPaused(
  found: ScheduleRecord,
  change: Omit<Change["schedule"], "state" | keyof ReturnType<typeof beginAt>>,
) {
  const { changedBy: by, reason } = found;
  return { by, reason, schedule: { ...writeOf(found), ...change } };
}

/** Of everything that a person or the code says about a schedule. */
export function digestOf(workflow: string, spec: DeclaredSchedule["spec"], input: unknown): string {
  return hashJson({ workflow, spec, input: input ?? null }, "the schedule");
}

/** Until the signal aborts. */
export async function keepDeclared(opened: Engine, signal: AbortSignal): Promise<void> {
  const { store, clock } = opened.deps;
  const workflows = [...opened.workflows.values()];
  const names = workflows.flatMap(({ schedules }) => schedules.map(({ name }) => name));
  const known = { names, workflows: workflows.map(({ name }) => name), retireAfterMs: RETIRE_AFTER_MS };
  while (!signal.aborted) {
    try {
      await store.keepDeclared(known);
    } catch (error) {
      if (!(error instanceof HoldfastError) || isLasting(error)) throw error;
    }
    await clock.sleep(KEEP_MS, signal);
  }
}
