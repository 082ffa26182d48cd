/** The engine: runs workflows durably over any Holdfast store. */

export { currentHolder, isProvenDead } from "./base/identity.js";
export { systemClock } from "./base/system-clock.js";
export type { ScheduleOptions } from "./calendar/spec.js";
export type { Zone, ZoneData } from "./calendar/zone.js";
export { createHoldfast } from "./client/create-holdfast.js";
export type { CreateOptions } from "./client/create-options.js";
export * from "./client/facade.js";
export { toRunView } from "./client/view.js";
export { compareItemPage, ITEM_CHANGES, type ItemChange, type ItemPairPage } from "./compare/compare-item-page.js";
export type { ItemsDifference, KeyList } from "./compare/compare-items.js";
export type {
  ArtifactDifference,
  CompareOptions,
  RunDifference,
  Side,
  StageDifference,
} from "./compare/compare-runs.js";
export { compareArtifact, compareRuns } from "./compare/compare-runs.js";
export { diffJson, type JsonChange } from "./compare/json-diff.js";
export type { Hunk, LineEdit } from "./compare/line-diff.js";
export * from "./compare/registered.js";
export { anyRow } from "./dataset/any-row.js";
export { ingestDataset } from "./dataset/ingest.js";
export { verifyDataset } from "./dataset/verify.js";
export { FileArtifactStore } from "./files/artifact-files.js";
export { MemoryArtifactStore } from "./files/artifact-memory.js";
export type * from "./files/artifact-store.js";
export { type FileSystemFacts, fileSystemFacts } from "./files/file-system.js";
export { holdsText } from "./files/find-texts.js";
export { uploadIdIn } from "./files/place-uploads.js";
export { type StoredUpload, type Upload, type UploadLimits, UploadStore } from "./files/upload-store.js";
export type * from "./manage/facade.js";
export type * from "./manage/schedule-facade.js";
export type * from "./manage/supervise-facade.js";
export { currentActor } from "./opened/actor.js";
export { catchStrayErrors } from "./run/stray.js";
export * from "./workflow/context.js";
export * from "./workflow/define-workflow.js";
export { type FetchJsonInit, fetchJson } from "./workflow/http/fetch-json.js";
export { inputJsonSchema } from "./workflow/input-schema.js";
export * from "./workflow/interrupted.js";
export type * from "./workflow/json-types.js";
export { findFormat } from "./workflow/marked.js";
export * from "./workflow/refs.js";
export { hideSecrets, type MarkableSchema, secret } from "./workflow/secret.js";
export { SECRET_SHOWN } from "./workflow/secret-mask.js";
