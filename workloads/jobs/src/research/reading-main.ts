// Entry of the process that reads the sources and finds what they say to the question. Passages of sources that an earlier
// process read come from the files where the run keeps them.
import { readFileSync } from "node:fs";
import { answerReading } from "@holdfast/workload-kit/reading";
import type { Passage } from "@holdfast/workload-kit/sources";
import { type FoundPassages, findPassages } from "./find-passages.js";

export interface Search {
  readonly question: string;
  /** Files of passages as JSON, one for each source, in their order. */
  readonly files: readonly string[];
}

answerReading(({ question, files }: Search): FoundPassages => {
  const passages = files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Passage[]);
  return findPassages(question, passages);
});
