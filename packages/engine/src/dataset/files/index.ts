// What the rest of the engine uses of dataset files.

export { BadRows } from "./bad-rows.js";
export { ingestRows, rowDigest } from "./ingest-rows.js";
export { openSource } from "./open-source.js";
export { diffRows } from "./row-diff.js";
export { wordIssues } from "./row-words.js";
export { SeenKeys } from "./seen-keys.js";
export type { OpenedSource } from "./source.js";
export { DatasetFileError, RowInvalidError, SourceUnreadableError } from "./source-error.js";
export { DETECT } from "./text-encoding.js";
