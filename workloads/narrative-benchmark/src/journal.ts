// A record of which narratives were judged, outside the engine: to prove, after kills and resumes, that no finished one
// was judged again. The engine knows nothing of it and nothing reads it back here.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Judge } from "./stages/classify.js";

export interface JournalLine {
  readonly runId: string;
  readonly item: string;
  readonly attempt: number;
  readonly pid: number;
  /** Wall clock, UTC: this is evidence, not content. */
  readonly at: string;
}

/** The same judge, which writes a line before it judges; without a file just the same judge. */
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
    // Synchronous and to the end of the file: a line this short lands whole before the judgement begins, whoever is killed.
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    return judge(item, context);
  };
}
