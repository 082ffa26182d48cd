// A record of judged narratives outside the engine. It proves, after kills and resumes, that no finished one was judged
// again. The engine does not know it, and nothing here reads it back.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Judge } from "./stages/classify.js";

export interface JournalLine {
  readonly runId: string;
  readonly item: string;
  readonly attempt: number;
  readonly pid: number;
  /** Wall clock, UTC, as evidence. */
  readonly at: string;
}

/** Returns a judge that writes a line before it judges; without a file, the same judge. */
export function journaled(judge: Judge, { file, runId }: { file: string | undefined; runId: string }): Judge {
  if (file === undefined) return judge;
  let isReady = false;
  return (item, context) => {
    if (!isReady) mkdirSync(dirname(file), { recursive: true });
    isReady = true;
    const line: JournalLine = {
      runId,
      item: context.key,
      attempt: context.attempt,
      pid: process.pid,
      at: new Date().toISOString(),
    };
    // Synchronous append: a line this short is written whole before the judgment begins, whichever process is killed.
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    return judge(item, context);
  };
}
