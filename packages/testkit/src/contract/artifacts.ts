/** The suite of artifact stores: whatever keeps the files of runs behaves so. Each test has runs of its own. */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { buffer } from "node:stream/consumers";
import type { RunId } from "@holdfast/core";
import type { ArtifactStore, AttemptPlace } from "@holdfast/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

export interface OpenedArtifacts {
  readonly artifacts: ArtifactStore;
  /** The same files as another process sees them, on another host where that is possible; null for files in memory. */
  readonly again: ArtifactStore | null;
  /** Whether stages can have paths. */
  readonly hasPaths: boolean;
  close(): Promise<void>;
}

export interface ArtifactFactory {
  readonly name: string;
  open(): Promise<OpenedArtifacts>;
}

const newPlace = (): AttemptPlace => ({ runId: `run-${randomUUID()}` as RunId, stage: "draft", attempt: 1 });
const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const refusal = (code: string) => expect.objectContaining({ code });
const notAsRecorded = expect.objectContaining({ code: expect.stringMatching(/^ARTIFACT_(MISSING|CHANGED)$/) });

async function* chunksOf(bytes: Uint8Array, size: number) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Bytes that do not repeat, so that parts in a wrong order show. */
export function sampleBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  return bytes;
}

export function exerciseArtifacts(factory: ArtifactFactory): void {
  describe(`${factory.name}: artifacts`, () => {
    let opened: OpenedArtifacts;
    let store: ArtifactStore;
    beforeAll(async () => {
      opened = await factory.open();
      store = opened.artifacts;
    });
    afterAll(() => opened.close());

    test("a text, bytes and a stream are read back as they were written, with their hash and size", async () => {
      const place = newPlace();
      const large = sampleBytes(200_001);
      const given = { "a.txt": "Ebbe – 潮", "b.bin": large, "c.bin": chunksOf(large, 7_000) } as const;
      for (const [name, data] of Object.entries(given)) {
        const expected = name === "a.txt" ? Buffer.from("Ebbe – 潮") : large;
        const file = await store.write(place, name, data);
        expect(file).toEqual({ name, sha256: sha256(expected), sizeBytes: expected.length });
        expect(Buffer.from(await store.read(place, file)).equals(expected)).toBe(true);
        expect((await buffer(await store.open(place, file))).equals(expected)).toBe(true);
      }
    });

    test("a part is read without the rest, and an empty file is a file", async () => {
      const place = newPlace();
      const bytes = sampleBytes(10_000);
      const file = await store.write(place, "part.bin", bytes);
      const part = await buffer(await store.open(place, file, { start: 4_999, end: 9_999 }));
      expect(part.equals(bytes.subarray(4_999, 10_000))).toBe(true);
      const empty = await store.write(place, "empty.txt", "");
      expect(empty.sizeBytes).toBe(0);
      expect(await buffer(await store.open(place, empty))).toHaveLength(0);
    });

    test("a file that is not there, or not as recorded, is never given out", async () => {
      const place = newPlace();
      const file = await store.write(place, "real.txt", "real");
      const other = { ...file, sha256: sha256("other") };
      await expect(store.read(place, other)).rejects.toEqual(notAsRecorded);
      await expect(store.read({ ...place, runId: newPlace().runId }, file)).rejects.toEqual(
        refusal("ARTIFACT_MISSING"),
      );
      await expect(store.getOutput(place.runId, sha256("none"))).rejects.toEqual(refusal("ARTIFACT_MISSING"));
    });

    test("a stream that fails leaves nothing behind, and its error is what the caller sees", async () => {
      const place = newPlace();
      async function* failing() {
        yield sampleBytes(100_000);
        throw new RangeError("the source dried up");
      }
      await expect(store.write(place, "half.bin", failing())).rejects.toThrow("the source dried up");
      expect(await store.sizeOfRun(place.runId)).toBe(0);
    });

    test("a name that leads elsewhere is refused", async () => {
      for (const name of ["../out.txt", "/etc/passwd", "a/../../b", ""]) {
        await expect(store.write(newPlace(), name, "x")).rejects.toEqual(refusal("ARTIFACT_NAME_INVALID"));
      }
    });

    test("an output of one run is copied to another, which then no longer needs the first", async () => {
      const [from, to] = [newPlace().runId, newPlace().runId];
      const json = JSON.stringify({ text: "x".repeat(70_000) });
      const written = await store.putOutput(from, json);
      expect(written).toEqual({ sha256: sha256(json), sizeBytes: json.length });
      await store.copyOutput(from, to, written.sha256);
      await store.deleteRun(from);
      expect(await store.getOutput(to, written.sha256)).toBe(json);
      await expect(store.getOutput(from, written.sha256)).rejects.toEqual(refusal("ARTIFACT_MISSING"));
    });

    test("lines of a log are appended in order, each log for itself; the last one is known", async () => {
      const { runId } = newPlace();
      expect(await store.lastLogLine(runId, "run")).toBeNull();
      await store.appendLog(runId, "run", ['{"seq":1}', '{"seq":2}']);
      await Promise.all([3, 4, 5].map((seq) => store.appendLog(runId, "run", [`{"seq":${seq}}`])));
      await store.appendLog(runId, "calls", ['{"call":1}']);
      expect(await store.lastLogLine(runId, "run")).toBe('{"seq":5}');
      expect(await store.lastLogLine(runId, "calls")).toBe('{"call":1}');
    });

    test("all that a run wrote is found by its texts, counted, and removed with it, and nothing of another run", async () => {
      const [place, other] = [newPlace(), newPlace()];
      const kept = await store.write(other, "kept.txt", "kept");
      await store.write(place, "letter.txt", "to ada@example.com");
      await store.putOutput(place.runId, JSON.stringify("some output"));
      await store.appendLog(place.runId, "run", ['{"to":"ada@example.com"}']);
      await store.writeTexts(place, { "meta.json": "{}\n" });
      const found: string[] = [];
      for await (const path of store.findTexts(place.runId, ["ada@example.com"])) found.push(path);
      expect(found).toHaveLength(2);
      expect(await store.sizeOfRun(place.runId)).toBe(18 + 13 + 25 + 3);
      await store.sweep();
      await store.deleteRun(place.runId);
      expect(await store.sizeOfRun(place.runId)).toBe(0);
      expect(await store.changedAt(place.runId)).toBeNull();
      expect(Buffer.from(await store.read(other, kept)).toString()).toBe("kept");
    });

    test("it says where it is, and that it can be used", async () => {
      const { kind, location } = await store.check();
      expect(["files", "memory", "s3"]).toContain(kind);
      expect(location).not.toBe("");
    });

    test("files that a library or a stage writes by path are taken over, and are read by path", async () => {
      const place = newPlace();
      if (!opened.hasPaths) {
        expect(() => store.path(place, "a.txt")).toThrow(refusal("WRONG_USE"));
        return;
      }
      const bytes = sampleBytes(50_000);
      const byLibrary = await store.writeWith(place, "library.bin", async (path) => writeFileSync(path, bytes));
      const path = store.path(place, "own/stage.bin");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      const byStage = await store.adopt(place, "own/stage.bin");
      for (const file of [byLibrary, byStage]) {
        expect(file).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length });
        expect(readFileSync(await store.locate(place, file)).equals(bytes)).toBe(true);
      }
      await expect(store.adopt(place, "never-written.bin")).rejects.toEqual(refusal("ARTIFACT_MISSING"));
      const failing = store.writeWith(place, "failed.bin", async () => Promise.reject(new RangeError("no library")));
      await expect(failing).rejects.toThrow("no library");
    });

    test("another process reads what this one wrote", async () => {
      const { again } = opened;
      if (again === null) return;
      const place = newPlace();
      const file = await store.write(place, "seen.txt", "seen from elsewhere");
      const output = await store.putOutput(place.runId, '"an output"');
      await store.appendLog(place.runId, "run", ['{"seq":7}']);
      expect(Buffer.from(await again.read(place, file)).toString()).toBe("seen from elsewhere");
      expect(readFileSync(await again.locate(place, file), "utf8")).toBe("seen from elsewhere");
      expect(await again.getOutput(place.runId, output.sha256)).toBe('"an output"');
      expect(await again.lastLogLine(place.runId, "run")).toBe('{"seq":7}');
      await again.appendLog(place.runId, "run", ['{"seq":8}']);
      expect(await store.listRuns()).toContain(place.runId);
      expect(await store.changedAt(place.runId)).toBeGreaterThan(0);
    });
  });
}
