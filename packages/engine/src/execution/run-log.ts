/**
 * The run's log files: `run.jsonl` holds the run's events, one a line, the same lines the store has; `errors.jsonl` those
 * that tell of an error. They are copied from the store, so a line is never in the file and not in the history.
 */
import type { RunEvent } from "@holdfast/core";
import type { Execution } from "./execution.js";

const COPY_MS = 500; // for people with `tail -f`: half a second is live
const LINES_MS = 20; // what a stage logged is what is left of a process that dies
const PAGE_COUNT = 500;

export interface RunLog {
  /** Copy what is left. Never rejects: a log that cannot be written must not change a run's outcome. */
  finish(): Promise<void>;
}

export function followIntoLog(execution: Execution): RunLog {
  const { deps, run } = execution;
  if (!deps.isWritingStageFiles) return { finish: async () => {} };
  let copied: number | null = null;
  let isFinished = false;
  /** A copy is due within `LINES_MS`. */
  let isSoon = false;
  let timer: { cancel(): void } | null = null;
  let copying: Promise<void> = Promise.resolve();

  const copy = async () => {
    copied ??= seqOf(await deps.artifacts.lastLogLine(run.id, "run"));
    for (;;) {
      const events = await deps.store.listEvents(run.id, { after: copied, limit: PAGE_COUNT });
      if (events.length === 0) return;
      await deps.artifacts.appendLog(run.id, "run", events.map(lineOf));
      await deps.artifacts.appendLog(run.id, "errors", events.filter(isError).map(lineOf));
      copied = events.at(-1)?.seq ?? copied;
    }
  };
  const copyNow = () => {
    copying = copying.then(copy).catch(() => {});
    return copying;
  };
  const arm = (afterMs: number) => {
    timer?.cancel();
    isSoon = afterMs < COPY_MS;
    timer = deps.clock.setTimer(afterMs, () => {
      isSoon = false;
      void copyNow().then(() => {
        if (!isFinished && !isSoon) arm(COPY_MS);
      });
    });
  };
  arm(COPY_MS);
  execution.onLines = () => {
    if (!isFinished && !isSoon) arm(LINES_MS);
  };
  return {
    finish: () => {
      isFinished = true;
      timer?.cancel();
      return copyNow();
    },
  };
}

function seqOf(line: string | null): number {
  if (line === null) return 0;
  try {
    const { seq } = JSON.parse(line) as { seq?: unknown };
    return typeof seq === "number" ? seq : 0;
  } catch {
    return 0;
  }
}

const lineOf = ({ seq, at, type, data }: RunEvent) =>
  JSON.stringify({ seq, at: new Date(at).toISOString(), type, data });
const isError = (event: RunEvent) => "error" in event.data && event.data.error !== null;
