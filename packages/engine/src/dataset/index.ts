// What the rest of the engine uses of dataset files.

export type { IngestSummary } from "./ingest-rows.js";
export { ingestRows } from "./ingest-rows.js";
export { openSource } from "./open-source.js";
export { diffRows } from "./row-diff.js";
export type { OpenedSource } from "./source.js";
export { DatasetFileError, RowInvalidError, SourceUnreadableError } from "./source-error.js";
