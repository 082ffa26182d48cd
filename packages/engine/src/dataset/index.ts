// What the rest of the engine uses of dataset files.

export type { Ingest, IngestOptions, IngestSummary, KeyedRow } from "./ingest-rows.js";
export { ingestRows } from "./ingest-rows.js";
export { openSource } from "./open-source.js";
export type { HashedRow, RowChanges, RowDiff, RowDiffInput } from "./row-diff.js";
export { diffRows } from "./row-diff.js";
export type {
  BadRow,
  Cell,
  OpenedSource,
  OpenSourceOptions,
  SourceEntry,
  SourceFormat,
  SourceRow,
  SourceWarning,
} from "./source.js";
export { isBadRow } from "./source.js";
export { DatasetFileError, RowInvalidError, SourceUnreadableError } from "./source-error.js";
