/**
 * Files that callers sent to be inputs of runs: `<dataDir>/uploads/<owner>/<id>/<name>`, with what is known about each in
 * `upload.json` beside it. The id is made of owner, name and content, so the same file sent twice is there once, and nobody
 * finds another's.
 *
 * A file is written to a temporary name while it arrives, and its record is written last: an upload is whole or it is not there.
 * Owners become folders by a hash, ids are checked, and names are compared with what was recorded, never joined to a path.
 */
import { createHash, randomBytes } from "node:crypto";
import { chmod, type FileHandle, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  StoreFullError,
  UploadNameInvalidError,
  UploadNotFoundError,
  UploadsFullError,
  UploadTooLargeError,
} from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import { makeFolders } from "./make-folders.js";

/** One file that was sent. */
export interface Upload {
  /** What `upload:<id>` names. */
  readonly id: string;
  /** As it was sent; its ending says the format. */
  readonly name: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly owner: string;
  /** Milliseconds UTC. */
  readonly createdAt: number;
}

/** An upload with its place on this machine. */
export interface StoredUpload extends Upload {
  readonly path: string;
  /** When it was sent or last named by a start, in milliseconds UTC. */
  readonly usedAtMs: number;
}

export interface UploadLimits {
  /** Of one file. */
  readonly bytesMax: number;
  /** Of all files of one owner. */
  readonly ownerBytesMax: number;
}

/** How many files one owner may have: a list of them is read whole. */
const OWNER_COUNT_MAX = 1_000;
const RECORD = "upload.json";
const ID_PATTERN = /^[0-9a-f]{32}$/;
const NAME_BYTES_MAX = 200;
/** Signs that some file system cannot have in a name, controls, and marks that turn the direction of text. */
const NAME_BANNED = /[/\\:*?"<>|\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

export class UploadStore {
  readonly #root: string;
  /** Bytes that are arriving, by owner: they count before they are there. */
  readonly #arriving = new Map<string, number>();
  /** Bytes that this process has placed, by owner: what was placed since a list was read is not in it. */
  readonly #placed = new Map<string, number>();

  constructor(
    dataDir: string,
    private readonly nowMs: () => number,
  ) {
    this.#root = resolve(dataDir, "uploads");
  }

  /**
   * Takes a file as it arrives. `isNew` is false where this owner had sent the same under the same name.
   * @throws {UploadNameInvalidError} UPLOAD_NAME_INVALID @throws {UploadTooLargeError} UPLOAD_TOO_LARGE
   * @throws {UploadsFullError} UPLOADS_FULL @throws {StoreFullError} STORE_FULL — nothing is left of it then.
   */
  async receive(
    content: AsyncIterable<Uint8Array>,
    of: { readonly owner: string; readonly name: string },
    limits: UploadLimits,
  ): Promise<{ readonly upload: StoredUpload; readonly isNew: boolean }> {
    checkUploadName(of.name);
    const { owner } = of;
    const placedBefore = this.#placed.get(owner) ?? 0;
    const before = await this.list(owner);
    if (before.length >= OWNER_COUNT_MAX) throw new UploadsFullError({ limit: `${OWNER_COUNT_MAX} files` });
    const usedBytes = before.reduce((sum, { bytes }) => sum + bytes, 0);
    const folder = this.#folderOf(owner);
    await makeFolders(folder, { mode: 0o700 });
    const temporary = join(folder, `.arriving-${randomBytes(8).toString("hex")}`);
    const hash = createHash("sha256");
    let bytes = 0;
    let arriving = 0;
    try {
      const handle = await open(temporary, "wx", 0o600);
      try {
        for await (const chunk of content) {
          bytes += chunk.byteLength;
          arriving += chunk.byteLength;
          this.#arrive(owner, chunk.byteLength);
          if (bytes > limits.bytesMax) throw new UploadTooLargeError({ limitBytes: limits.bytesMax });
          const sinceBytes = (this.#placed.get(owner) ?? 0) - placedBefore + (this.#arriving.get(owner) ?? 0);
          if (usedBytes + sinceBytes > limits.ownerBytesMax) {
            throw new UploadsFullError({ limit: `${limits.ownerBytesMax} bytes` });
          }
          hash.update(chunk);
          await writeAll(handle, chunk);
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      const digest = hash.digest("hex");
      const id = sha256(JSON.stringify([owner, of.name, digest])).slice(0, 32);
      const there = await this.#read(owner, id);
      if (there !== null) return { upload: await this.#touch(there), isNew: false };
      const upload: Upload = { id, name: of.name, bytes, sha256: digest, owner, createdAt: this.nowMs() };
      await this.#place(upload, temporary);
      this.#placed.set(owner, (this.#placed.get(owner) ?? 0) + bytes);
      this.#arrive(owner, -arriving);
      arriving = 0;
      const placed = { ...upload, path: this.#pathOf(upload), usedAtMs: upload.createdAt };
      return { upload: await this.#touch(placed), isNew: true };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      throw new StoreFullError({ location: folder, problem: "the disk is full" }, { cause: error });
    } finally {
      this.#arrive(owner, -arriving);
      await rm(temporary, { force: true });
    }
  }

  /** Those of one owner, the newest first. */
  async list(owner: string): Promise<readonly StoredUpload[]> {
    const ids = await namesIn(this.#folderOf(owner));
    const found = await Promise.all(ids.filter((id) => ID_PATTERN.test(id)).map((id) => this.#read(owner, id)));
    return found
      .filter((upload) => upload !== null)
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** Those of everybody. */
  async listAll(): Promise<readonly StoredUpload[]> {
    const all: StoredUpload[] = [];
    for (const folder of await namesIn(this.#root)) {
      for (const id of (await namesIn(join(this.#root, folder))).filter((name) => ID_PATTERN.test(name))) {
        const upload = await this.#readIn(join(this.#root, folder), id);
        if (upload !== null) all.push(upload);
      }
    }
    return all;
  }

  /**
   * The upload of that id; `owner` null finds anybody's.
   * @throws {UploadNotFoundError} UPLOAD_NOT_FOUND — also where it is somebody else's.
   */
  async find(id: string, owner: string | null): Promise<StoredUpload> {
    if (!ID_PATTERN.test(id)) throw new UploadNotFoundError({ id: id.slice(0, 64) });
    const folders =
      owner === null ? (await namesIn(this.#root)).map((name) => join(this.#root, name)) : [this.#folderOf(owner)];
    for (const folder of folders) {
      const upload = await this.#readIn(folder, id);
      if (upload !== null) return upload;
    }
    throw new UploadNotFoundError({ id });
  }

  /** As `find`, for a run that is about to name it: its time until removal begins anew. */
  async use(id: string, owner: string | null): Promise<StoredUpload> {
    return this.#touch(await this.find(id, owner));
  }

  /** Removes it with its file. */
  async remove(upload: StoredUpload): Promise<void> {
    const folder = join(this.#folderOf(upload.owner), upload.id);
    // The record first: what is left of a removal that was cut off is no upload.
    await rm(join(folder, RECORD), { force: true });
    await rm(folder, { recursive: true, force: true });
  }

  #arrive(owner: string, bytes: number): void {
    const now = (this.#arriving.get(owner) ?? 0) + bytes;
    if (now === 0) this.#arriving.delete(owner);
    else this.#arriving.set(owner, now);
  }

  async #place(upload: Upload, temporary: string): Promise<void> {
    const folder = join(this.#folderOf(upload.owner), upload.id);
    await makeFolders(folder, { mode: 0o700 });
    // Read only: a workflow that takes the path for an output must not change what was sent.
    await chmod(temporary, 0o400);
    await rename(temporary, this.#pathOf(upload));
    // A name of its own: the same file may arrive twice at once, and each is renamed to what both wrote alike.
    const record = join(folder, `.${randomBytes(8).toString("hex")}-${RECORD}`);
    await writeFile(record, JSON.stringify(upload), { flush: true } as never);
    await rename(record, join(folder, RECORD));
  }

  async #touch(upload: StoredUpload): Promise<StoredUpload> {
    const usedAtMs = this.nowMs();
    await utimes(join(this.#folderOf(upload.owner), upload.id, RECORD), usedAtMs / 1_000, usedAtMs / 1_000);
    return { ...upload, usedAtMs };
  }

  #read(owner: string, id: string): Promise<StoredUpload | null> {
    return this.#readIn(this.#folderOf(owner), id);
  }

  async #readIn(folder: string, id: string): Promise<StoredUpload | null> {
    const record = join(folder, id, RECORD);
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(record, "utf8"), stat(record)]);
      const upload = JSON.parse(text) as Upload;
      return { ...upload, path: join(folder, id, upload.name), usedAtMs: mtimeMs };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR" || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  #folderOf(owner: string): string {
    return join(this.#root, sha256(owner).slice(0, 32));
  }

  #pathOf({ owner, id, name }: Upload): string {
    return join(this.#folderOf(owner), id, name);
  }
}

/** @throws {UploadNameInvalidError} UPLOAD_NAME_INVALID — saying what is wrong with it. */
export function checkUploadName(name: string): void {
  const problem = findNameProblem(name);
  if (problem !== null) throw new UploadNameInvalidError({ name: name.slice(0, NAME_BYTES_MAX), problem });
}

function findNameProblem(name: string): string | null {
  if (name === "") return "it is empty";
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return `it is longer than ${NAME_BYTES_MAX} bytes`;
  const banned = NAME_BANNED.exec(name)?.[0];
  if (banned === "/" || banned === "\\") return "it names a folder; the bare name of the file is expected";
  if (banned !== undefined) return `it holds a sign that no file name may have (${JSON.stringify(banned)})`;
  if (name.startsWith(".") || /[. ]$/.test(name) || name.startsWith(" "))
    return "it begins or ends with a dot or a blank";
  if (DEVICE.test(name)) return "some systems take it for a device";
  return name.toLowerCase() === RECORD ? "it is taken by Holdfast" : null;
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let from = 0; from < chunk.byteLength; ) {
    const { bytesWritten } = await handle.write(chunk, from, chunk.byteLength - from);
    from += bytesWritten;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
