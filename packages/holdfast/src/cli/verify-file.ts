/** Whether a file is what was recorded, by its SHA-256. */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { ArtifactChangedError, ArtifactMissingError } from "@holdfast/core";

export type FileState = "ok" | "missing" | "changed" | "unreadable";

/** Reads the file as a stream: artifacts have no size limit. */
export async function verifyFile(open: () => Promise<Readable>, recordedSha256: string): Promise<FileState> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of await open()) hash.update(chunk as Uint8Array);
  } catch (thrown) {
    if (thrown instanceof ArtifactMissingError) return "missing";
    return thrown instanceof ArtifactChangedError ? "changed" : "unreadable";
  }
  return hash.digest("hex") === recordedSha256 ? "ok" : "changed";
}
