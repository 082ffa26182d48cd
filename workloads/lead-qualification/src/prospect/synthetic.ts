// Whether the prospects are invented: then a score says something about the profile, and nothing about any company. Generated
// rows say so in their column `source`; the word stands beside every figure made of them, wherever that is copied to.
import type { DatasetRef, StageContext } from "holdfast";
import type { ProspectRow } from "./row.js";

export const SYNTHETIC = "synthetic" as const;

/** What figures are of; absent for prospects of the world. */
export interface OfData {
  readonly data?: typeof SYNTHETIC | undefined;
}

/** Any prospect is invented: then no figure of the whole is of the world alone. */
export async function dataOf(
  { rows }: Pick<StageContext, "rows">,
  prospects: DatasetRef<ProspectRow>,
): Promise<OfData> {
  for await (const { row } of rows(prospects)) if (row.source === SYNTHETIC) return { data: SYNTHETIC };
  return {};
}
