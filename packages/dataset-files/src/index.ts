/** Reads dataset files as rows: .xlsx, .csv, .tsv, .jsonl, .parquet. Knows core alone. */
import type { DatasetFiles } from "@holdfast/core";
import { hashSource } from "./hash-source.js";
import { openSource } from "./open-source.js";

/** The port of the engine, over files of this machine. */
export const datasetFiles: DatasetFiles = {
  open: openSource,
  hash: hashSource,
  moduleUrl: import.meta.url,
};

export { hashSource, openSource };
