/** The engine: runs workflows durably over any Holdfast store. */

export type * from "./artifact/artifact-store.js";
export { FileArtifactStore } from "./artifact/files.js";
export { MemoryArtifactStore } from "./artifact/memory.js";
export * from "./context.js";
export { anyRow } from "./data/any-row.js";
export { ingestDataset } from "./data/ingest.js";
export { verifyDataset } from "./data/verify.js";
export { DatasetFileError, openSource, RowInvalidError, SourceUnreadableError } from "./dataset/index.js";
export { catchStrayErrors } from "./execution/stray.js";
export * from "./facade.js";
export { currentHolder, isProvenDead } from "./holder/identity.js";
export { type FetchJsonInit, fetchJson } from "./http/fetch-json.js";
export { inputJsonSchema } from "./input/input-schema.js";
export { findFormat } from "./input/marked.js";
export { hideSecrets, type MarkableSchema, secret } from "./input/secret.js";
export { SECRET_SHOWN } from "./input/secret-mask.js";
export * from "./interrupted.js";
export type * from "./json-types.js";
export type * from "./manage/facade.js";
export type * from "./manage/supervise-facade.js";
export { currentActor } from "./operate/actor.js";
export { type CreateOptions, createHoldfast } from "./operate/create-holdfast.js";
export { toRunView } from "./operate/view.js";
export * from "./refs.js";
export { systemClock } from "./time/system-clock.js";
export * from "./workflow.js";
