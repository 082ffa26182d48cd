// What the caller's thread and the reading thread say to each other. The caller asks, the thread answers each question once.
// In between the thread may say "alive", so that slow work is told from a hang.

import type { PlainProblem, SourceEntry, SourceFormat, SourceRow } from "@holdfast/core";

export interface ReaderTask {
  readonly path: string;
  readonly format: Extract<SourceFormat, "xlsx" | "parquet">;
  readonly sheet: string | undefined;
  readonly heapBytesMax: number;
}

export type ReaderQuestion = "next" | "close";

/** A row as it crosses: a problem as data, since the class of an error would be lost. */
export type PlainEntry = SourceRow | { readonly rowNumber: number; readonly problem: PlainProblem };

export type ReaderAnswer =
  | { readonly kind: "alive" }
  | { readonly kind: "opened"; readonly columns: readonly string[]; readonly warnings: readonly string[] }
  | { readonly kind: "batch"; readonly entries: readonly PlainEntry[] }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly problem: PlainProblem };

export function toPlainEntry(entry: SourceEntry): PlainEntry {
  return "problem" in entry ? { rowNumber: entry.rowNumber, problem: entry.problem.toPlain() } : entry;
}
