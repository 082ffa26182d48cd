/**
 * A record of what was executed, outside the engine: to prove, after kills and resumes, which stage bodies ran how
 * often. The engine knows nothing of it and nothing reads it back here.
 */
import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";

/** An hour for each is more than any demonstration needs. */
const PACE_MS_MAX = 3_600_000;

/**
 * Fields of an input by which what is executed is proven: a file that gets lines, and time that makes them slow enough to watch.
 * `lines`: what the file gets, "one line for every source read". `each`: what takes the time, "each source".
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
  /** Wall clock, UTC: this is evidence, not content. */
  at: string;
  /** A start without its end is a body that was cut short. */
  edge: "start" | "end";
}

/** Append one line. Opened to append at each call: a write this short lands whole, even from several processes. */
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

/** Take some time, unless aborted; then the signal's own reason is thrown. */
export async function pace(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
