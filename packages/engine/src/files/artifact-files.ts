/**
 * Artifacts as files: `<dataDir>/runs/<runId>/stages/<stage>/attempt-<n>/<name>`.
 *
 * Every write goes to a temporary name in the same folder, is synced, renamed, and the folder synced: after a crash a
 * name is either absent or whole. Ids and names are checked before a path is made of them, and the real path must lie
 * inside the run's folder, so that a link left there leads nowhere else.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, constants, fstatSync, mkdirSync, openSync, readSync } from "node:fs";
import { appendFile, type FileHandle, lstat, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import {
  ArtifactChangedError,
  ArtifactMissingError,
  ArtifactNameInvalidError,
  checkArtifactName,
  checkStageName,
  parseRunId,
  type RunId,
  StoreFullError,
  StoreReadonlyError,
} from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { ArtifactPlaceFacts, ArtifactStore, AttemptPlace, ByteRange, WrittenFile } from "./artifact-store.js";
import { findInFiles } from "./find-texts.js";
import { all, hashFile, syncAndHash, syncFolder, writeData, writeTextSynced } from "./lasting-files.js";
import { makeFolders } from "./make-folders.js";
import { changedAt, listRunFolders } from "./run-folders.js";

type Data = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Holds the longest line that an event can make (its data is cut at 64 KiB) with room to spare. */
const LAST_LINE_BYTES = 128 * 1024;

export class FileArtifactStore implements ArtifactStore {
  readonly processModule = null;
  private readonly root: string;

  /** The last append of each log under way. */
  private readonly appending = new Map<string, Promise<void>>();

  constructor(dataDir: string) {
    this.root = resolve(dataDir, "runs");
  }

  runDir(runId: RunId): string {
    // Not `join`, which takes the path apart: the root is resolved, and an id has no separator.
    return `${this.root}${sep}${parseRunId(runId)}`;
  }

  attemptDir(place: AttemptPlace): string {
    checkStageName(place.stage);
    return join(this.runDir(place.runId), "stages", place.stage, `attempt-${place.attempt}`);
  }

  async write(place: AttemptPlace, name: string, data: Data): Promise<WrittenFile> {
    if (typeof data !== "string") return this.writeWith(place, name, (path) => writeData(path, data));
    const [written] = await this.writeTexts(place, { [name]: data });
    return written as WrittenFile;
  }

  /** Files are synced side by side, their folder once. Texts do not change under our hands, so they are not read again. */
  async writeTexts(place: AttemptPlace, texts: Readonly<Record<string, string>>): Promise<readonly WrittenFile[]> {
    const files = Object.entries(texts).map(([name, text]) => {
      const path = this.path(place, name);
      return { name, text, path, temporary: temporaryName(path) };
    });
    const folders = new Set(files.map(({ path }) => dirname(path)));
    try {
      await all([...folders], (folder) => this.makeFolder(place.runId, folder));
      await all(files, ({ temporary, text }) => writeTextSynced(temporary, text));
      await all(files, ({ temporary, path }) => rename(temporary, path));
      await all([...folders], syncFolder);
    } catch (error) {
      await all(files, ({ temporary }) => rm(temporary, { force: true }));
      throw wordDiskError(error, files[0]?.path ?? this.attemptDir(place));
    }
    return files.map(({ name, text }) => ({ name, sha256: sha256(text), sizeBytes: Buffer.byteLength(text) }));
  }

  async writeWith(place: AttemptPlace, name: string, write: (path: string) => Promise<unknown>): Promise<WrittenFile> {
    const path = this.path(place, name);
    const temporary = temporaryName(path);
    try {
      await this.makeFolder(place.runId, dirname(path));
      await write(temporary);
      const written = await syncAndHash(temporary);
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return { name, ...written };
    } catch (error) {
      await rm(temporary, { force: true });
      throw wordDiskError(error, path);
    }
  }

  path(place: AttemptPlace, name: string): string {
    checkArtifactName(name);
    return join(this.attemptDir(place), name);
  }

  async adopt(place: AttemptPlace, name: string): Promise<WrittenFile> {
    const path = this.path(place, name);
    try {
      await this.checkInside(place.runId, path);
      const written = await syncAndHash(path);
      await syncFolder(dirname(path));
      return { name, ...written };
    } catch (error) {
      if (isNotFound(error)) throw new ArtifactMissingError({ path, runId: place.runId, stage: place.stage });
      throw wordDiskError(error, path);
    }
  }

  async read(place: AttemptPlace, file: WrittenFile): Promise<Uint8Array> {
    const path = this.path(place, file.name);
    try {
      await this.checkInside(place.runId, path);
      const handle = await open(path, "r");
      const bytes = await handle.readFile().finally(() => handle.close());
      this.checkHash(path, file, sha256(bytes));
      return bytes;
    } catch (error) {
      if (isNotFound(error)) throw new ArtifactMissingError({ path, runId: place.runId, stage: place.stage });
      throw error;
    }
  }

  async locate(place: AttemptPlace, file: WrittenFile): Promise<string> {
    const path = this.path(place, file.name);
    try {
      await this.checkInside(place.runId, path);
      this.checkHash(path, file, await hashFile(path));
      return path;
    } catch (error) {
      if (isNotFound(error)) throw new ArtifactMissingError({ path, runId: place.runId, stage: place.stage });
      throw error;
    }
  }

  /** Opened without following links, so that a name that is exchanged meanwhile leads nowhere else. */
  async open(place: AttemptPlace, file: WrittenFile, range?: ByteRange): Promise<Readable> {
    const path = this.path(place, file.name);
    const missing = () => new ArtifactMissingError({ path: file.name, runId: place.runId, stage: place.stage });
    try {
      const home = await realpath(this.runDir(place.runId));
      const real = await realpath(path);
      if (!real.startsWith(home + sep) || basename(home) !== place.runId) throw missing();
      const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW);
      const found = await handle.stat();
      if (found.isFile() && found.size === file.sizeBytes) {
        return handle.createReadStream({ autoClose: true, ...(range ?? {}) });
      }
      await handle.close();
      if (!found.isFile()) throw missing();
      const foundSha256 = `of a file with ${found.size} bytes`;
      throw new ArtifactChangedError({ path: file.name, recordedSha256: file.sha256, foundSha256 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR") throw missing();
      throw error;
    }
  }

  address(place: AttemptPlace, file: Pick<WrittenFile, "name">): string {
    return join(this.root, place.runId, "stages", place.stage, `attempt-${place.attempt}`, file.name);
  }

  async link(): Promise<null> {
    return null;
  }

  async putOutput(runId: RunId, json: string): Promise<{ sha256: string; sizeBytes: number }> {
    const hash = sha256(json);
    const path = this.outputPath(runId, hash);
    const temporary = temporaryName(path);
    try {
      await this.makeFolder(runId, dirname(path));
      await writeTextSynced(temporary, json);
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await rm(temporary, { force: true });
      throw wordDiskError(error, path);
    }
    return { sha256: hash, sizeBytes: Buffer.byteLength(json) };
  }

  async getOutput(runId: RunId, hash: string): Promise<string> {
    const path = this.outputPath(runId, hash);
    try {
      const handle = await open(path, "r");
      const text = await handle.readFile("utf8").finally(() => handle.close());
      const foundSha256 = sha256(text);
      if (foundSha256 !== hash) throw new ArtifactChangedError({ path, recordedSha256: hash, foundSha256 });
      return text;
    } catch (error) {
      if (isNotFound(error)) throw new ArtifactMissingError({ path, runId, stage: "outputs" });
      throw error;
    }
  }

  async copyOutput(from: RunId, to: RunId, hash: string): Promise<void> {
    await this.putOutput(to, await this.getOutput(from, hash));
  }

  async appendLog(runId: RunId, log: "run" | "calls" | "errors", lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const folder = join(this.runDir(runId), "logs");
    const path = join(folder, `${log}.jsonl`);
    // Calls at once would overtake each other while they make the folder and open the file.
    const before = this.appending.get(path);
    const appending = (async () => {
      await before?.catch(() => {});
      await makeFolders(folder);
      // One write call with O_APPEND: lines of two processes never mix.
      await appendFile(path, `${lines.join("\n")}\n`);
    })();
    this.appending.set(path, appending);
    try {
      await appending;
    } finally {
      if (this.appending.get(path) === appending) this.appending.delete(path);
    }
  }

  async lastLogLine(runId: RunId, log: "run" | "calls" | "errors"): Promise<string | null> {
    let handle: FileHandle;
    try {
      handle = await open(join(this.runDir(runId), "logs", `${log}.jsonl`), "r");
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, LAST_LINE_BYTES);
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return lastWholeLine(buffer);
    } finally {
      await handle.close();
    }
  }

  appendLogNow(runId: RunId, log: "run" | "errors", lines: readonly string[]): void {
    if (lines.length === 0) return;
    const folder = join(this.runDir(runId), "logs");
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, `${log}.jsonl`), `${lines.join("\n")}\n`);
  }

  lastLogLineNow(runId: RunId, log: "run" | "errors"): string | null {
    let file: number;
    try {
      file = openSync(join(this.runDir(runId), "logs", `${log}.jsonl`), "r");
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
    try {
      const { size } = fstatSync(file);
      const buffer = Buffer.alloc(Math.min(size, LAST_LINE_BYTES));
      readSync(file, buffer, 0, buffer.length, size - buffer.length);
      return lastWholeLine(buffer);
    } finally {
      closeSync(file);
    }
  }

  async sizeOfRun(runId: RunId): Promise<number> {
    return sizeOfFolder(this.runDir(runId));
  }

  runFolder(runId: RunId): string {
    return this.runDir(runId);
  }

  listRuns(): Promise<readonly RunId[]> {
    return listRunFolders(this.root);
  }

  changedAt(runId: RunId): Promise<number | null> {
    return changedAt(this.runDir(runId));
  }

  findTexts(runId: RunId, texts: readonly string[]): AsyncIterable<string> {
    return findInFiles(this.runDir(runId), texts);
  }

  /** A write that never ended left a temporary file in its run's folder, which goes with the run. */
  async sweep(): Promise<void> {}

  async check(): Promise<ArtifactPlaceFacts> {
    return { kind: "files", location: this.root };
  }

  async deleteRun(runId: RunId): Promise<void> {
    const path = this.runDir(runId);
    try {
      // Retries: a stage that outlived its run may still write there.
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new StoreReadonlyError(
        { location: path, problem: `the folder cannot be removed (${code})` },
        { cause: error },
      );
    }
  }

  private outputPath(runId: RunId, hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new ArtifactNameInvalidError({ name: hash });
    return join(this.runDir(runId), "outputs", `${hash}.json`);
  }

  private async makeFolder(runId: RunId, folder: string): Promise<void> {
    await makeFolders(folder);
    await this.checkInside(runId, folder);
  }

  /** The real path must lie inside the run's folder. @throws {ArtifactNameInvalidError} */
  private async checkInside(runId: RunId, path: string): Promise<void> {
    const [real, home] = await Promise.all([realpath(path), realpath(this.runDir(runId))]);
    if (real !== home && !real.startsWith(home + sep)) throw new ArtifactNameInvalidError({ name: path });
  }

  private checkHash(path: string, file: WrittenFile, foundSha256: string): void {
    if (foundSha256 === file.sha256) return;
    throw new ArtifactChangedError({ path, recordedSha256: file.sha256, foundSha256 });
  }
}

function temporaryName(path: string): string {
  return join(dirname(path), `.tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
}

/** Links are counted as what they are and not followed: what lies elsewhere is not the run's. */
async function sizeOfFolder(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if (isNotFound(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOfFolder(path);
    else
      bytes += await lstat(path).then(
        ({ size }) => size,
        () => 0,
      ); // removed meanwhile
  }
  return bytes;
}

const isNotFound = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

function wordDiskError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new StoreFullError({ location: path, problem: "the disk is full" }, { cause: error });
  }
  if (code === "EROFS" || code === "EACCES" || code === "EPERM") {
    return new StoreReadonlyError({ location: path, problem: "the folder cannot be written" }, { cause: error });
  }
  return error;
}

function lastWholeLine(end: Buffer): string | null {
  const lines = end.toString("utf8").split("\n");
  return lines.filter((line) => line.endsWith("}")).at(-1) ?? null;
}
