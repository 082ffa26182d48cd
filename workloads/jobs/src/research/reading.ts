// The process that reads and searches this job's sources. The kit defines its limits and errors.
import type { GuardLimits } from "@holdfast/workload-kit";
import { ReadingProcess } from "@holdfast/workload-kit/sources";
import type { FoundPassages } from "./find-passages.js";
import type { Search } from "./reading-main.js";

export type Reading = ReadingProcess<Search, FoundPassages>;

export function openReading(limits: GuardLimits, signal: AbortSignal | undefined): Reading {
  const toRaise = "raise sourceLimits of researchJob() in the project's configuration";
  return new ReadingProcess<Search, FoundPassages>({ entry: entry(), limits, toRaise, signal });
}

/** Tests load this file from `src`, which has no compiled process beside it; it is in `dist` then. */
function entry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../dist/research/reading-main.js" : "./reading-main.js", import.meta.url);
}
