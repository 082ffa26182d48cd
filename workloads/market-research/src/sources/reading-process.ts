/** The process that reads this workload's sources. The kit defines its limits and errors. */
import type { GuardLimits } from "@holdfast/workload-kit";
import { ReadingProcess } from "@holdfast/workload-kit/sources";
import type { Question, Retrieval } from "../retrieval/retrieve.js";

export function openReading(limits: GuardLimits, signal: AbortSignal | undefined): ReadingProcess<Question, Retrieval> {
  const toRaise = "raise sourceLimits of marketResearch() in the project's configuration";
  return new ReadingProcess<Question, Retrieval>({ entry: entry(), limits, toRaise, signal });
}

/** Tests load this file from `src`, which has no compiled process beside it; it is in `dist` then. */
function entry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../dist/sources/reading-main.js" : "./reading-main.js", import.meta.url);
}
