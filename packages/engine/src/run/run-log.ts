/**
 * The run's log files: `run.jsonl` holds the run's events, one a line, the same lines the store has; `errors.jsonl` those
 * that tell of an error. They are copied from the store, so a line is never in the file and not in the history.
 *
 * A line that a stage logs is in the file, as in the store, within 50 ms; what is left when the process exits is copied by
 * `writeNow`, before the exit handler returns.
 */
import type { RunEvent, Store } from "@holdfast/core";
import type { Execution } from "./execution.js";

const COPY_MS = 500; // for people with `tail -f`: half a second is live
const LINES_MS = 5; // of the 50 ms that a line may take to the file the way to the store has most
/** How long an exit waits for an append that is under way: one on a local disk takes less than one millisecond. */
const APPEND_MS = 50;
const PAGE_COUNT = 500;

export interface RunLog {
  /** Copy what is left. Never rejects: a log that cannot be written must not change a run's outcome. */
  finish(): Promise<void>;
}

/** Null where no files are written. */
export function followIntoLog(execution: Execution): RunLog | null {
  const {
    deps,
    subject: { run },
  } = execution;
  const { artifacts } = deps;
  if (!deps.isWritingStageFiles) return null;
  let copied: number | null = null;
  let isFinished = false;
  /** A copy is due within `LINES_MS`. */
  let isSoon = false;
  let timer: { cancel(): void } | null = null;
  let copying: Promise<void> = Promise.resolve();
  /** The last event of an append that is under way. */
  let appending = 0;

  const copy = async () => {
    copied ??= seqOf(await artifacts.lastLogLine(run.id, "run"));
    for (;;) {
      const events = await deps.store.listEvents(run.id, { after: copied, limit: PAGE_COUNT });
      const last = events.at(-1);
      if (last === undefined) return;
      appending = last.seq;
      await artifacts.appendLog(run.id, "run", events.map(lineOf));
      appending = 0;
      await artifacts.appendLog(run.id, "errors", events.filter(isError).map(lineOf));
      copied = last.seq;
    }
  };
  /** What the file has may be more than this process was told: the append's answer will not come any more. */
  const lastSeqNow = (log: "run" | "errors") => seqOf(artifacts.lastLogLineNow(run.id, log));
  const writeNow = (store: Pick<Store, "listEventsNow">) => {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (let ms = 0; ms < APPEND_MS && lastSeqNow("run") < appending; ms++) Atomics.wait(sleeper, 0, 0, 1);
    const had = { run: lastSeqNow("run"), errors: lastSeqNow("errors") };
    for (let after = copied ?? had.run; ; ) {
      const events = store.listEventsNow(run.id, { after, limit: PAGE_COUNT });
      const last = events.at(-1);
      if (last === undefined) return;
      const linesAfter = (seq: number, some: readonly RunEvent[]) => some.filter((it) => it.seq > seq).map(lineOf);
      artifacts.appendLogNow(run.id, "run", linesAfter(had.run, events));
      artifacts.appendLogNow(run.id, "errors", linesAfter(had.errors, events.filter(isError)));
      after = last.seq;
      copied = last.seq;
    }
  };
  const log = { writeNow };
  deps.openLogs.add(log);
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
      return copyNow().finally(() => deps.openLogs.delete(log));
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
