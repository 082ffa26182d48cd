/** An output in its three columns: short ones are JSON text in the row, long ones the hash and size of a file. */
import type { StoredOutput } from "@holdfast/core";

export type OutputColumns = readonly [json: string | null, sha256: string | null, sizeBytes: number | null];

export const NO_OUTPUT: OutputColumns = [null, null, null];

export function outputColumns(output: StoredOutput | null): OutputColumns {
  if (output === null) return NO_OUTPUT;
  return output.kind === "inline" ? [output.json, null, null] : [null, output.sha256, output.sizeBytes];
}
