/**
 * Downloads as streams. A connection that is cut in the middle is continued from where it ended; a whole file is hashed on its
 * way, and its last bytes are only given out once the hash is the recorded one.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ArtifactChangedError } from "@holdfast/core";
import type { ByteRange } from "@holdfast/engine";
import type { Bucket } from "./bucket.js";
import { wordS3Error } from "./s3-errors.js";

export interface Wanted {
  readonly key: string;
  readonly sha256: string;
  /** Null: whatever the object has. */
  readonly sizeBytes: number | null;
  readonly range?: ByteRange | undefined;
  readonly missing: () => Error;
}

/** Continued without a byte in between this often, a download fails; each continuation is itself tried several times. */
const CUTS_MAX = 3;

/** Opens it: its presence and length are known before this answers. Whoever does not read to the end destroys the stream. */
export async function download(bucket: Bucket, wanted: Wanted): Promise<Readable> {
  const { range, sizeBytes } = wanted;
  if (sizeBytes === 0) {
    const found = await bucket.head(wanted.key);
    if (found === null) throw wanted.missing();
    checkLength(wanted, found.sizeBytes);
    return Readable.from([]);
  }
  const first = await bucket.get(wanted.key, range);
  if (first === null) throw wanted.missing();
  try {
    checkLength(wanted, first.totalBytes);
  } catch (error) {
    first.body.destroy();
    throw error;
  }
  const last = range?.end ?? first.totalBytes - 1;
  const stream = Readable.from(follow(bucket, wanted, { first: first.body, start: range?.start ?? 0, last }), {
    objectMode: false,
  });
  // A reader that leaves before the first byte never starts the generator: the connection is given back all the same.
  stream.once("close", () => first.body.destroy());
  return stream;
}

function checkLength({ key, sha256, sizeBytes }: Wanted, foundBytes: number): void {
  if (sizeBytes === null || foundBytes === sizeBytes) return;
  const foundSha256 = `of a file with ${foundBytes} bytes`;
  throw new ArtifactChangedError({ path: key, recordedSha256: sha256, foundSha256 });
}

interface Span {
  readonly first: Readable;
  readonly start: number;
  readonly last: number;
}

async function* follow(bucket: Bucket, wanted: Wanted, { first, start, last }: Span): AsyncGenerator<Uint8Array> {
  const hash = wanted.range === undefined ? createHash("sha256") : null;
  let at = start;
  let body = first;
  let held: Uint8Array | null = null;
  for (let cuts = 0; at <= last; ) {
    const before = at;
    try {
      for await (const chunk of body) {
        const bytes = chunk as Uint8Array;
        at += bytes.length;
        hash?.update(bytes);
        if (held !== null) yield held;
        held = bytes;
      }
      if (at > last) break;
      throw Object.assign(new Error("premature close"), { code: "ECONNRESET" });
    } catch (error) {
      body.destroy();
      cuts = at > before ? 0 : cuts + 1;
      if (cuts >= CUTS_MAX) throw wordS3Error(error, bucket.address, "be read");
      const more = await bucket.get(wanted.key, { start: at, end: last });
      if (more === null) throw wanted.missing();
      body = more.body;
    }
  }
  const foundSha256 = hash?.digest("hex") ?? wanted.sha256;
  if (foundSha256 !== wanted.sha256) {
    throw new ArtifactChangedError({ path: wanted.key, recordedSha256: wanted.sha256, foundSha256 });
  }
  if (held !== null) yield held;
}
