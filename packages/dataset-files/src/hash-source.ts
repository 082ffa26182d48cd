/** Identity of a file by its bytes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { SourceUnreadableError } from "@holdfast/core";

/** SHA-256 of the file's bytes, without reading it as rows. */
export async function hashSource(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    // A pipe or a device has no end.
    const stats = await stat(path);
    if (!stats.isFile() && !stats.isDirectory()) {
      throw new SourceUnreadableError("it is no regular file", "A dataset is read twice: copy it to a file", { path });
    }
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (error) {
    if (error instanceof SourceUnreadableError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const what =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "it is a folder"
          : `it cannot be opened (${code})`;
    throw new SourceUnreadableError(what, "Check the path and its rights", { path }, { cause: error });
  }
  return hash.digest("hex");
}
