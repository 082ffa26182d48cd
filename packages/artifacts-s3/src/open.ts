/** Opens object storage as a place for artifacts. Nothing is asked of the server here: `check` does that. */
import { type ArtifactStore, FileArtifactStore, systemClock } from "@holdfast/engine";
import { parseAddress } from "./address.js";
import { Bucket } from "./bucket.js";
import { S3ArtifactStore } from "./store.js";

/** Options of `openS3Artifacts`. */
export interface S3ArtifactOptions {
  /**
   * `s3://<bucket>/<prefix>`. Parameters: `endpoint` (a server that is not Amazon's), `region`, `publicEndpoint` (browsers fetch
   * files there by links), `pathStyle`, `timeoutMs`. Keys come from where Amazon's own tools read them, such as
   * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
   */
  readonly url: string;
  /** Folder on this host, for files that stages write by path, and for those that they read by path. */
  readonly dataDir: string;
  /** Size of the parts of a large file. Default 8 MiB; servers refuse less than 5 MiB. */
  readonly partBytes?: number | undefined;
}

/**
 * Opens object storage for artifacts, large outputs and logs.
 * @throws {WrongUseError} WRONG_USE — the address is not one.
 */
export async function openS3Artifacts(options: S3ArtifactOptions): Promise<ArtifactStore> {
  const bucket = new Bucket(parseAddress(options.url), options.partBytes);
  const module = { url: new URL("./open-in-process.js", import.meta.url).href, options };
  return new S3ArtifactStore(bucket, new FileArtifactStore(options.dataDir), module, () => systemClock.nowMs());
}
