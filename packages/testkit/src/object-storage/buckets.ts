/** What the server keeps: objects and uploads in parts, by bucket. */
import { createHash, randomUUID } from "node:crypto";

export interface KeptObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly changedAtMs: number;
}

interface KeptUpload {
  readonly key: string;
  readonly startedAtMs: number;
  readonly parts: Map<number, KeptObject>;
}

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** What S3 refuses with, by its own codes. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export class KeptBucket {
  readonly objects = new Map<string, KeptObject>();
  readonly uploads = new Map<string, KeptUpload>();

  constructor(
    private readonly terms: {
      readonly partBytesMin: number;
      readonly isEncrypted: boolean;
      readonly nowMs: () => number;
    },
  ) {}

  keep(bytes: Buffer): KeptObject {
    // An encrypted bucket's ETag says nothing of the content.
    const etag = this.terms.isEncrypted ? md5(Buffer.from(randomUUID())) : md5(bytes);
    return { bytes, etag, changedAtMs: this.terms.nowMs() };
  }

  begin(key: string): string {
    const id = randomUUID();
    this.uploads.set(id, { key, startedAtMs: this.terms.nowMs(), parts: new Map() });
    return id;
  }

  upload(id: string, key: string): KeptUpload {
    const upload = this.uploads.get(id);
    if (upload === undefined || upload.key !== key) throw new Refusal(404, "NoSuchUpload");
    return upload;
  }

  complete(id: string, key: string, named: readonly { readonly number: number; readonly etag: string }[]): KeptObject {
    const { parts } = this.upload(id, key);
    const found = named.map(({ number, etag }, index) => {
      const part = parts.get(number);
      if (part === undefined || part.etag !== etag) throw new Refusal(400, "InvalidPart");
      if (index < named.length - 1 && part.bytes.length < this.terms.partBytesMin)
        throw new Refusal(400, "EntityTooSmall");
      return part;
    });
    if (found.length === 0) throw new Refusal(400, "MalformedXML");
    const whole = this.keep(Buffer.concat(found.map(({ bytes }) => bytes)));
    const hashes = Buffer.concat(found.map(({ bytes }) => Buffer.from(md5(bytes), "hex")));
    const etag = this.terms.isEncrypted ? whole.etag : `${md5(hashes)}-${found.length}`;
    const object = { ...whole, etag };
    this.objects.set(key, object);
    this.uploads.delete(id);
    return object;
  }

  /** Keys after `after`, with what a delimiter folds together, at most `max` entries. */
  list(prefix: string, delimiter: string, after: string, max: number) {
    const keys: string[] = [];
    const folders = new Set<string>();
    let last = after;
    for (const key of [...this.objects.keys()].sort()) {
      if (!key.startsWith(prefix) || key <= after) continue;
      const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      const folder = cut < 0 ? null : key.slice(0, cut + 1);
      if (folder !== null && (folders.has(folder) || folder === after)) continue;
      if (keys.length + folders.size >= max) return { keys, folders: [...folders], next: last };
      if (folder === null) keys.push(key);
      else folders.add(folder);
      last = folder === null ? key : `${folder}\u{10ffff}`;
    }
    return { keys, folders: [...folders], next: null };
  }
}
