/**
 * Uploads that are whole or absent: a file has its key only once it is complete and was found to be what was sent.
 *
 * Its length is asked of the server afterwards. Its content is compared by the server's own MD5, which it gives as the ETag of
 * what it stored; where the ETag is something else (encrypted buckets) the file is read back and hashed.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { StoreUnreachableError } from "@holdfast/core";
import type { WrittenFile } from "@holdfast/engine";
import { type Bucket, md5 } from "./bucket.js";

/** What is uploaded: it can be read again, so that a request can be repeated. */
export interface Source {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Bytes from `start`, `length` of them. */
  read(start: number, length: number): Promise<Uint8Array>;
}

/** Parts in flight: with parts of 8 MiB, one upload keeps 24 MiB in memory. */
const PARTS_AT_ONCE = 3;
/** S3's own limit. */
const PARTS_MAX = 10_000;

export async function upload(bucket: Bucket, key: string, source: Source): Promise<void> {
  const isWhole = source.sizeBytes <= bucket.partBytes;
  const { etag, expected } = isWhole ? await putWhole(bucket, key, source) : await putParts(bucket, key, source);
  const found = await bucket.head(key);
  const isSame =
    found?.sizeBytes === source.sizeBytes && (etag === expected || (await isReadBack(bucket, key, source)));
  if (isSame) return;
  // Nobody has a record of it yet: what is wrong must not stand under a key that says what it holds.
  await bucket.delete([key]);
  const { location } = bucket.address;
  const size = found === null ? "nothing" : `${found.sizeBytes} bytes`;
  const problem = `an upload of ${source.sizeBytes} bytes left ${size}, not what was sent, and was removed; the server loses data`;
  throw new StoreUnreachableError({ location, problem });
}

interface Put {
  /** As the server gives it, without quotes. */
  readonly etag: string;
  /** What a server that uses MD5 gives. */
  readonly expected: string;
}

const unquoted = (etag: string | null) => (etag ?? "").replaceAll('"', "").toLowerCase();

async function putWhole(bucket: Bucket, key: string, source: Source): Promise<Put> {
  const bytes = await source.read(0, source.sizeBytes);
  return { etag: unquoted(await bucket.put(key, bytes)), expected: md5(bytes).toString("hex") };
}

/** Each part is sent as it is read; one that fails for good aborts all, so that none lies there unseen. */
async function putParts(bucket: Bucket, key: string, source: Source): Promise<Put> {
  const partBytes = Math.max(bucket.partBytes, Math.ceil(source.sizeBytes / PARTS_MAX));
  const count = Math.ceil(source.sizeBytes / partBytes);
  const uploadId = await bucket.beginUpload(key);
  const etags: string[] = [];
  const hashes: Buffer[] = [];
  let next = 0;
  let isFailed = false;
  const work = async () => {
    while (next < count && !isFailed) {
      const index = next++;
      const bytes = await source.read(index * partBytes, Math.min(partBytes, source.sizeBytes - index * partBytes));
      hashes[index] = md5(bytes);
      etags[index] = await bucket.putPart(key, uploadId, index + 1, bytes);
    }
  };
  try {
    const workers = Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, () =>
      work().catch((error: unknown) => {
        isFailed = true;
        throw error;
      }),
    );
    // All have ended before the abort: a part that arrives after it would stay.
    for (const end of await Promise.allSettled(workers)) if (end.status === "rejected") throw end.reason;
    const etag = await bucket.completeUpload(key, uploadId, etags);
    return { etag: unquoted(etag), expected: `${md5(Buffer.concat(hashes)).toString("hex")}-${count}` };
  } catch (error) {
    // What cannot be aborted now is found by the sweep.
    await bucket.abortUpload(key, uploadId).catch(() => {});
    throw error;
  }
}

async function isReadBack(bucket: Bucket, key: string, { sha256 }: Source): Promise<boolean> {
  const found = await bucket.get(key);
  if (found === null) return false;
  const hash = createHash("sha256");
  for await (const chunk of found.body) hash.update(chunk as Uint8Array);
  return hash.digest("hex") === sha256;
}

export function bytesSource(bytes: Uint8Array, sha256: string): Source {
  const read = async (start: number, length: number) => bytes.subarray(start, start + length);
  return { sizeBytes: bytes.length, sha256, read };
}

/** A file that nobody changes any more. */
export async function withFileSource<T>(
  path: string,
  { sha256, sizeBytes }: WrittenFile,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const handle = await open(path, "r");
  try {
    return await use({ sizeBytes, sha256, read: (start, length) => readPart(handle, start, length) });
  } finally {
    await handle.close();
  }
}

async function readPart(handle: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new Error("a file became shorter while it was uploaded");
    done += bytesRead;
  }
  return bytes;
}
