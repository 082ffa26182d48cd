/** Whether a file is what was recorded, by its SHA-256. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

export type FileState = "ok" | "missing" | "changed" | "unreadable";

/** Reads the file as a stream: artifacts have no size limit. */
export async function verifyFile(path: string, recordedSha256: string): Promise<FileState> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable";
  }
  return hash.digest("hex") === recordedSha256 ? "ok" : "changed";
}
