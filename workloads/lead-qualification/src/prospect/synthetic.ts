// Detects synthetic prospects. Their scores say something about the profile, but nothing about any company. Generated
// rows have a `source` column that says so, and every figure derived from them carries the word, wherever it is copied.
import type { DatasetRef, StageContext } from "holdfast";
import type { ProspectRow } from "./row.js";

export const SYNTHETIC = "synthetic" as const;

/** Kind of data behind the figures; absent for real prospects. */
export interface OfData {
  readonly data?: typeof SYNTHETIC | undefined;
}

/** Marks the data as synthetic if any prospect is: then no overall figure is about real companies only. */
export async function dataOf(
  { rows }: Pick<StageContext, "rows">,
  prospects: DatasetRef<ProspectRow>,
): Promise<OfData> {
  for await (const { row } of rows(prospects)) if (row.source === SYNTHETIC) return { data: SYNTHETIC };
  return {};
}
