/** Artifacts in memory: for the simulation and for tests of workflows that leave no files. Paths are not available. */
import { Readable } from "node:stream";
import {
  ArtifactChangedError,
  ArtifactMissingError,
  checkArtifactName,
  type RunId,
  WrongUseError,
} from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { ArtifactPlaceFacts, ArtifactStore, AttemptPlace, ByteRange, WrittenFile } from "./artifact-store.js";
import { holdsText } from "./find-texts.js";

export class MemoryArtifactStore implements ArtifactStore {
  readonly processModule = null;
  private readonly files = new Map<string, Uint8Array>();
  private readonly logs = new Map<string, string[]>();

  async write(
    place: AttemptPlace,
    name: string,
    data: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  ): Promise<WrittenFile> {
    const chunks: Buffer[] = [];
    if (typeof data === "string" || data instanceof Uint8Array) chunks.push(Buffer.from(data as string));
    else for await (const chunk of data) chunks.push(Buffer.from(chunk as string));
    const bytes = Buffer.concat(chunks);
    this.files.set(this.key(place, name), bytes);
    return { name, sha256: sha256(bytes), sizeBytes: bytes.length };
  }

  writeTexts(place: AttemptPlace, texts: Readonly<Record<string, string>>): Promise<readonly WrittenFile[]> {
    return Promise.all(Object.entries(texts).map(([name, text]) => this.write(place, name, text)));
  }

  async writeWith(): Promise<WrittenFile> {
    return this.refusePath();
  }

  path(): string {
    return this.refusePath();
  }

  async adopt(): Promise<WrittenFile> {
    return this.refusePath();
  }

  async read(place: AttemptPlace, file: WrittenFile): Promise<Uint8Array> {
    const path = this.key(place, file.name);
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new ArtifactMissingError({ path, runId: place.runId, stage: place.stage });
    const foundSha256 = sha256(bytes);
    if (foundSha256 !== file.sha256) throw new ArtifactChangedError({ path, recordedSha256: file.sha256, foundSha256 });
    return bytes;
  }

  async locate(): Promise<string> {
    return this.refusePath();
  }

  async open(place: AttemptPlace, file: WrittenFile, range?: ByteRange): Promise<Readable> {
    const bytes = await this.read(place, file);
    return Readable.from([range === undefined ? bytes : bytes.subarray(range.start, range.end + 1)]);
  }

  address(place: AttemptPlace, file: Pick<WrittenFile, "name">): string {
    return `memory:${this.key(place, file.name)}`;
  }

  async link(): Promise<null> {
    return null;
  }

  async putOutput(runId: RunId, json: string): Promise<{ sha256: string; sizeBytes: number }> {
    const hash = sha256(json);
    this.files.set(`${runId}/outputs/${hash}`, Buffer.from(json));
    return { sha256: hash, sizeBytes: Buffer.byteLength(json) };
  }

  async getOutput(runId: RunId, hash: string): Promise<string> {
    const path = `${runId}/outputs/${hash}`;
    const bytes = this.files.get(path);
    if (bytes === undefined) throw new ArtifactMissingError({ path, runId, stage: "outputs" });
    return Buffer.from(bytes).toString("utf8");
  }

  async copyOutput(from: RunId, to: RunId, hash: string): Promise<void> {
    await this.putOutput(to, await this.getOutput(from, hash));
  }

  async appendLog(runId: RunId, log: "run" | "calls" | "errors", lines: readonly string[]): Promise<void> {
    this.appendLogNow(runId, log, lines);
  }

  async lastLogLine(runId: RunId, log: "run" | "calls" | "errors"): Promise<string | null> {
    return this.lastLogLineNow(runId, log);
  }

  appendLogNow(runId: RunId, log: "run" | "calls" | "errors", lines: readonly string[]): void {
    const key = `${runId}/${log}`;
    this.logs.set(key, [...(this.logs.get(key) ?? []), ...lines]);
  }

  lastLogLineNow(runId: RunId, log: "run" | "calls" | "errors"): string | null {
    return this.logs.get(`${runId}/${log}`)?.at(-1) ?? null;
  }

  async sizeOfRun(runId: RunId): Promise<number> {
    let bytes = 0;
    for (const [key, file] of this.files) if (key.startsWith(`${runId}/`)) bytes += file.length;
    for (const [key, lines] of this.logs) {
      if (key.startsWith(`${runId}/`)) bytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    }
    return bytes;
  }

  runFolder(): null {
    return null;
  }

  /** Nothing here outlives its process, so nothing is ever left behind. */
  async listRuns(): Promise<readonly RunId[]> {
    return [];
  }

  async changedAt(): Promise<number | null> {
    return null;
  }

  async *findTexts(runId: RunId, texts: readonly string[]): AsyncIterable<string> {
    for (const [key, bytes] of this.files) {
      if (key.startsWith(`${runId}/`) && (await holdsText(Readable.from([bytes]), texts))) yield `memory:${key}`;
    }
    for (const [key, lines] of this.logs) {
      if (key.startsWith(`${runId}/`) && (await holdsText(Readable.from([Buffer.from(lines.join("\n"))]), texts))) {
        yield `memory:${key}`;
      }
    }
  }

  async sweep(): Promise<void> {}

  async check(): Promise<ArtifactPlaceFacts> {
    return { kind: "memory", location: ":memory:" };
  }

  async deleteRun(runId: RunId): Promise<void> {
    for (const key of this.files.keys()) if (key.startsWith(`${runId}/`)) this.files.delete(key);
    for (const key of this.logs.keys()) if (key.startsWith(`${runId}/`)) this.logs.delete(key);
  }

  private key(place: AttemptPlace, name: string): string {
    checkArtifactName(name);
    return `${place.runId}/${place.stage}/${place.attempt}/${name}`;
  }

  private refusePath(): never {
    throw new WrongUseError({ problem: "Artifacts are kept in memory here, so there is no path: use write and read." });
  }
}
