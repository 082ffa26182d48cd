/** How a child process of a worker opens the object storage that its parent has: by the same options. */
import { openS3Artifacts, type S3ArtifactOptions } from "./open.js";

export const openArtifacts = (options: S3ArtifactOptions) => openS3Artifacts(options);
