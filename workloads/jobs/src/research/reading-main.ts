// Entry of the process that reads the sources and searches them for the question. Passages of sources read by an
// earlier process come from the files where the run stores them.
import { readFileSync } from "node:fs";
import { answerReading } from "@holdfast/workload-kit/reading";
import type { Passage } from "@holdfast/workload-kit/sources";
import { type FoundPassages, findPassages } from "./find-passages.js";

export interface Search {
  readonly question: string;
  /** Files of passages as JSON, one per source, in order. */
  readonly files: readonly string[];
}

answerReading(({ question, files }: Search): FoundPassages => {
  const passages = files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Passage[]);
  return findPassages(question, passages);
});
