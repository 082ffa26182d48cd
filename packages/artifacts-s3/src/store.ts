/**
 * Artifacts on object storage. Keys, all below the address's prefix, nothing shared between runs:
 *
 *   <runId>/<sha256>                               artifacts and large outputs
 *   <runId>/stages/<stage>/attempt-<n>/<name>      output.json, meta.json and error.json of the attempts, for people
 *   <runId>/logs/<log>/<piece>.jsonl               logs
 *
 * What a library writes or reads by a path is in the data folder meanwhile: written there, uploaded, then removed; or fetched.
 */
import { createHash, randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import {
  ArtifactChangedError,
  ArtifactMissingError,
  ArtifactNameInvalidError,
  checkArtifactName,
  checkStageName,
  isRunId,
  parseRunId,
  type RunId,
  StoreUnreachableError,
} from "@holdfast/core";
import {
  type ArtifactModule,
  type ArtifactPlaceFacts,
  type ArtifactStore,
  type AttemptPlace,
  type ByteRange,
  type FileArtifactStore,
  holdsText,
  type LinkTerms,
  type WrittenFile,
} from "@holdfast/engine";
import type { Bucket } from "./bucket.js";
import { download } from "./download.js";
import { Logs } from "./logs.js";
import { bytesSource, upload, withFileSource } from "./upload.js";

type Log = "run" | "calls" | "errors";

/** An upload that is older was not ended by the process that began it: none takes a day. */
const STALE_UPLOAD_MS = 24 * 3_600_000;

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

export class S3ArtifactStore implements ArtifactStore {
  private readonly logs: Logs;

  constructor(
    private readonly bucket: Bucket,
    private readonly local: FileArtifactStore,
    readonly processModule: ArtifactModule,
    private readonly nowMs: () => number,
  ) {
    this.logs = new Logs(bucket, nowMs);
  }

  async write(
    place: AttemptPlace,
    name: string,
    data: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  ): Promise<WrittenFile> {
    checkPlace(place, name);
    if (typeof data === "string" || data instanceof Uint8Array) {
      const bytes = Buffer.from(data as string);
      const sha256 = sha256Of(bytes);
      await upload(this.bucket, this.contentKey(place.runId, sha256), bytesSource(bytes, sha256));
      return { name, sha256, sizeBytes: bytes.length };
    }
    // Its hash, and so its key, is only known at its end; and a request that fails must be able to send it again.
    return this.moveUp(place, await this.local.write(place, name, data));
  }

  /** The engine's own files of an attempt: nothing refers to them, so they have names that people find. */
  async writeTexts(place: AttemptPlace, texts: Readonly<Record<string, string>>): Promise<readonly WrittenFile[]> {
    return Promise.all(
      Object.entries(texts).map(async ([name, text]) => {
        checkPlace(place, name);
        const bytes = Buffer.from(text);
        await this.bucket.put(this.namedKey(place, name), bytes);
        return { name, sha256: sha256Of(bytes), sizeBytes: bytes.length };
      }),
    );
  }

  async writeWith(place: AttemptPlace, name: string, write: (path: string) => Promise<unknown>): Promise<WrittenFile> {
    return this.moveUp(place, await this.local.writeWith(place, name, write));
  }

  path(place: AttemptPlace, name: string): string {
    return this.local.path(place, name);
  }

  async adopt(place: AttemptPlace, name: string): Promise<WrittenFile> {
    return this.moveUp(place, await this.local.adopt(place, name));
  }

  async read(place: AttemptPlace, file: WrittenFile): Promise<Uint8Array> {
    return buffer(await this.open(place, file));
  }

  /** Fetched once for each host, and again when the copy here is not what was recorded. */
  async locate(place: AttemptPlace, file: WrittenFile): Promise<string> {
    try {
      return await this.local.locate(place, file);
    } catch (error) {
      if (!(error instanceof ArtifactMissingError || error instanceof ArtifactChangedError)) throw error;
    }
    await this.local.write(place, file.name, await this.open(place, file));
    return this.local.locate(place, file);
  }

  async open(place: AttemptPlace, file: WrittenFile, range?: ByteRange): Promise<Readable> {
    checkPlace(place, file.name);
    const { sha256, sizeBytes } = file;
    const missing = () =>
      new ArtifactMissingError({ path: this.address(place, file), runId: place.runId, stage: place.stage });
    return download(this.bucket, { key: this.contentKey(place.runId, sha256), sha256, sizeBytes, range, missing });
  }

  address(place: AttemptPlace, file: Pick<WrittenFile, "sha256">): string {
    return `${this.bucket.address.location}/${place.runId}/${file.sha256}`;
  }

  async link(place: AttemptPlace, file: WrittenFile, terms: LinkTerms): Promise<string | null> {
    checkPlace(place, file.name);
    return this.bucket.link(this.contentKey(place.runId, file.sha256), terms);
  }

  async putOutput(runId: RunId, json: string): Promise<{ sha256: string; sizeBytes: number }> {
    const bytes = Buffer.from(json);
    const sha256 = sha256Of(bytes);
    await upload(this.bucket, this.contentKey(runId, sha256), bytesSource(bytes, sha256));
    return { sha256, sizeBytes: bytes.length };
  }

  async getOutput(runId: RunId, sha256: string): Promise<string> {
    const key = this.contentKey(runId, sha256);
    const path = `${this.bucket.address.location}/${runId}/${sha256}`;
    const missing = () => new ArtifactMissingError({ path, runId, stage: "outputs" });
    const bytes = await buffer(await download(this.bucket, { key, sha256, sizeBytes: null, missing }));
    return bytes.toString("utf8");
  }

  /** Read and written again, never shared: each run removes what is its own. */
  async copyOutput(from: RunId, to: RunId, sha256: string): Promise<void> {
    await this.putOutput(to, await this.getOutput(from, sha256));
  }

  appendLog(runId: RunId, log: Log, lines: readonly string[]): Promise<void> {
    return this.logs.append(parseRunId(runId), log, lines);
  }

  lastLogLine(runId: RunId, log: Log): Promise<string | null> {
    return this.logs.lastLine(parseRunId(runId), log);
  }

  /** No request ends before the process does: the next process that executes the run copies what is missing. */
  appendLogNow(): void {}

  lastLogLineNow(): null {
    return null;
  }

  async sizeOfRun(runId: RunId): Promise<number> {
    let bytes = await this.local.sizeOfRun(runId);
    for await (const { sizeBytes } of this.bucket.list(this.folder(runId))) bytes += sizeBytes;
    return bytes;
  }

  runFolder(runId: RunId): string {
    return this.local.runFolder(runId);
  }

  /** Those with files on this host too: what other hosts removed leaves them behind here. */
  async listRuns(): Promise<readonly RunId[]> {
    const found = new Set<RunId>(await this.local.listRuns());
    for await (const name of this.bucket.listFolders(this.bucket.keyOf("")))
      if (isRunId(name)) found.add(name as RunId);
    return [...found];
  }

  async changedAt(runId: RunId): Promise<number | null> {
    let newest = (await this.local.changedAt(runId)) ?? 0;
    for await (const { changedAt } of this.bucket.list(this.folder(runId))) newest = Math.max(newest, changedAt);
    return newest === 0 ? null : newest;
  }

  async *findTexts(runId: RunId, texts: readonly string[]): AsyncIterable<string> {
    yield* this.local.findTexts(runId, texts);
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(this.folder(runId))) keys.push(key);
    for (const key of keys) {
      const found = await this.bucket.get(key);
      if (found !== null && (await holdsText(found.body, texts))) yield `s3://${this.bucket.address.bucket}/${key}`;
    }
  }

  async deleteRun(runId: RunId): Promise<void> {
    this.logs.forget(runId);
    await this.local.deleteRun(runId);
    const folder = this.folder(runId);
    for await (const { key, uploadId } of this.bucket.listUploads(folder)) await this.bucket.abortUpload(key, uploadId);
    const keys: string[] = [];
    for await (const { key } of this.bucket.list(folder)) keys.push(key);
    await this.bucket.delete(keys);
  }

  async sweep(): Promise<void> {
    for await (const { key, uploadId, startedAt } of this.bucket.listUploads(this.bucket.keyOf(""))) {
      if (this.nowMs() - startedAt > STALE_UPLOAD_MS) await this.bucket.abortUpload(key, uploadId);
    }
  }

  /** Its name is none of a run: nobody lists, counts or removes it as one. */
  async check(): Promise<ArtifactPlaceFacts> {
    const { location } = this.bucket.address;
    const key = this.bucket.keyOf(`.check/${randomBytes(8).toString("hex")}`);
    const bytes = randomBytes(32);
    await upload(this.bucket, key, bytesSource(bytes, sha256Of(bytes)));
    const found = await this.bucket.get(key);
    const isSame = found !== null && (await buffer(found.body)).equals(bytes);
    for await (const _ of this.bucket.list(key)) break;
    await this.bucket.delete([key]);
    if (!isSame) throw new StoreUnreachableError({ location, problem: "a file that was just written reads otherwise" });
    return { kind: "s3", location };
  }

  /** Uploads what lies in the data folder, and removes it there once it is safe. */
  private async moveUp(place: AttemptPlace, file: WrittenFile): Promise<WrittenFile> {
    const path = this.local.path(place, file.name);
    await withFileSource(path, file, (source) =>
      upload(this.bucket, this.contentKey(place.runId, file.sha256), source),
    );
    await rm(path, { force: true });
    return file;
  }

  private folder(runId: RunId): string {
    return this.bucket.keyOf(`${parseRunId(runId)}/`);
  }

  private contentKey(runId: RunId, sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new ArtifactNameInvalidError({ name: sha256 });
    return this.bucket.keyOf(`${parseRunId(runId)}/${sha256}`);
  }

  private namedKey({ runId, stage, attempt }: AttemptPlace, name: string): string {
    return this.bucket.keyOf(`${parseRunId(runId)}/stages/${stage}/attempt-${attempt}/${name}`);
  }
}

function checkPlace({ stage }: AttemptPlace, name: string): void {
  checkStageName(stage);
  checkArtifactName(name);
}
