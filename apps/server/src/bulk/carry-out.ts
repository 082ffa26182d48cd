/** Does what a plan of an act on many runs shows, a few runs at a time, and each only if it is still as the plan saw it. */
import { RunChangedError } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";
import type { BulkAct, BulkRun } from "./plan.js";

const AT_A_TIME = 4;

export interface CarryOut {
  /** In whose name it is done. */
  readonly holdfast: Holdfast;
  readonly act: BulkAct;
  readonly reason: string | undefined;
  /** Acts that are under way are finished; the runs behind them are left alone. */
  readonly isStopped: () => boolean;
  /** After each run; `refusal` says why it was left as it is. */
  readonly onRun: (runId: string, refusal: string | null) => void;
}

export async function carryOut(
  runs: readonly BulkRun[],
  { holdfast, act, reason, isStopped, onRun }: CarryOut,
): Promise<void> {
  const waiting = [...runs];
  const one = async () => {
    for (let run = waiting.shift(); run !== undefined && !isStopped(); run = waiting.shift()) {
      onRun(run.runId, await refusalOf(actOn(holdfast, act, run, reason)));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}

function refusalOf(acting: Promise<void>): Promise<string | null> {
  return acting.then(
    () => null,
    (error: unknown) =>
      error instanceof RunChangedError ? "it has moved since the preview" : (error as Error).message,
  );
}

async function actOn(
  holdfast: Holdfast,
  { action, only }: BulkAct,
  run: BulkRun,
  reason: string | undefined,
): Promise<void> {
  const how = { reason, expect: run.revision };
  switch (action) {
    case "resume":
      await holdfast.resume(run.runId, { ...how, only });
      return;
    case "restart":
      await holdfast.runs.restart(run.runId, how);
      return;
    default:
      await holdfast.runs[action](run.runId, how);
  }
}
