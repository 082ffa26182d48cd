/** Artifacts of Holdfast on S3-compatible object storage. */
export { openS3Artifacts, type S3ArtifactOptions } from "./open.js";
