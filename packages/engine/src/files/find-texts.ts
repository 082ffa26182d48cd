/** Looking for texts in the files of runs, as their bytes stand there: what is compressed (workbooks, PDF) shows nothing. */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Paths of the files below the folder that hold one of the texts, as it is or as JSON writes it. */
export async function* findInFiles(folder: string, texts: readonly string[]): AsyncIterable<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    // What cannot be read was removed meanwhile.
    if (await holdsText(createReadStream(path), texts).catch(() => false)) yield path;
  }
}

/** Returns whether a stream of bytes holds one of the texts, as it is or as JSON writes it. */
export async function holdsText(bytes: AsyncIterable<Uint8Array>, texts: readonly string[]): Promise<boolean> {
  const needles = [...new Set(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))].map((text) =>
    Buffer.from(text),
  );
  const overlap = Math.max(...needles.map((needle) => needle.length)) - 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const window = Buffer.concat([rest, chunk]);
    if (needles.some((needle) => window.includes(needle))) return true;
    rest = window.subarray(Math.max(0, window.length - overlap));
  }
  return false;
}
