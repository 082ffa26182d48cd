/**
 * A record of executions outside the engine. It proves, after kills and resumes, how often each stage body ran. The
 * engine does not know it, and nothing here reads it back.
 */
import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

/** An hour per step is more than any demonstration needs. */
const PACE_MS_MAX = 3_600_000;

/**
 * Input fields for proofs of execution: a file that gets lines, and extra time that makes the steps slow enough to
 * watch. `lines` says what the file gets ("one line for every source read"), `each` what takes the time ("each
 * source").
 */
export const proofFields = ({ lines, each }: { readonly lines: string; readonly each: string }) => ({
  journal: z
    .string()
    .trim()
    .min(1)
    .overwrite((given) => path.resolve(given))
    .meta({ format: "path" })
    .optional()
    .describe(`A file that gets ${lines}, for proofs`),
  paceMs: z
    .int()
    .min(0)
    .max(PACE_MS_MAX)
    .default(0)
    .describe(`Extra time ${each}, in milliseconds, for demonstrations`),
});

export interface JournalLine {
  runId: string;
  stage: string;
  attempt: number;
  pid: number;
  /** Wall clock, UTC, as evidence. */
  at: string;
  /** A start without its end is a body that was interrupted. */
  edge: "start" | "end";
}

/**
 * Appends one line. The file is opened in append mode at each call: a write this short arrives whole, even from several
 * processes.
 */
export async function appendJournal(file: string, line: Omit<JournalLine, "pid" | "at">): Promise<void> {
  const whole: JournalLine = {
    runId: line.runId,
    stage: line.stage,
    attempt: line.attempt,
    pid: process.pid,
    at: new Date().toISOString(),
    edge: line.edge,
  };
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(whole)}\n`, { flag: "a" });
}

/** Waits `ms`, unless aborted; then throws the signal's own reason. */
export async function pace(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
