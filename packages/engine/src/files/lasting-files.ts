/** Files that last: written and hashed, then synced; a rename lasts once its folder is synced. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

/** Side by side; the first error when all have ended, so that nothing is still being written when it is thrown. */
export async function all<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const ends = await Promise.allSettled(items.map(act));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

export async function writeTextSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeData(path: string, data: Uint8Array | AsyncIterable<string | Uint8Array>): Promise<void> {
  const handle = await open(path, "w");
  try {
    if (data instanceof Uint8Array) await handle.writeFile(data);
    else for await (const chunk of data) await handle.writeFile(chunk);
  } finally {
    await handle.close();
  }
}

/** Sync the file, and hash it in the same opening. */
export async function syncAndHash(path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    return { sha256: hash.digest("hex"), sizeBytes };
  } finally {
    await handle.close();
  }
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** A rename lasts once its folder is synced. Some file systems refuse to sync a folder: then their rename must do. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  await handle
    .sync()
    .catch(() => {})
    .finally(() => handle.close());
}
