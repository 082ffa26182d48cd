/** Looking through a run's files for texts, as their bytes stand there: what is compressed (workbooks, PDF) shows nothing. */
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Paths of the files below the folder that hold one of the texts, as it is or as JSON writes it. */
export async function* findInFiles(folder: string, texts: readonly string[]): AsyncIterable<string> {
  const needles = [...new Set(texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))].map((text) =>
    Buffer.from(text),
  );
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (await holdsOneOf(path, needles)) yield path;
  }
}

async function holdsOneOf(path: string, needles: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...needles.map((needle) => needle.length)) - 1;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path)) {
      const window = Buffer.concat([rest, chunk as Buffer]);
      if (needles.some((needle) => window.includes(needle))) return true;
      rest = window.subarray(Math.max(0, window.length - overlap));
    }
  } catch {
    return false; // removed meanwhile
  }
  return false;
}
