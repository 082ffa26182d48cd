import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunId } from "@holdfast/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../base/hash.js";
import { FileArtifactStore } from "./artifact-files.js";
import { MemoryArtifactStore } from "./artifact-memory.js";

let root: string;
let files: FileArtifactStore;
let runCount = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-artifacts-"));
  files = new FileArtifactStore(root);
});
afterAll(() => rm(root, { recursive: true }));

/** A place of its own for each test. */
function newPlace(stage = "draft", attempt = 1) {
  return { runId: `run-${++runCount}` as RunId, stage, attempt };
}

describe.each([
  ["on disk", () => files],
  ["in memory", () => new MemoryArtifactStore()],
])("artifacts %s", (_, open) => {
  test("are read as they were written, by the attempt that wrote them", async () => {
    const [store, place] = [open(), newPlace()];
    const written = await store.write(place, "notes/a.txt", "ä");
    expect(written).toEqual({ name: "notes/a.txt", sha256: sha256("ä"), sizeBytes: 2 });
    expect(Buffer.from(await store.read(place, written)).toString()).toBe("ä");
    await expect(store.read({ ...place, attempt: 2 }, written)).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
    const chunks = (async function* () {
      yield "one ";
      yield Buffer.from("two");
    })();
    expect(await store.write(place, "b.txt", chunks)).toMatchObject({ sha256: sha256("one two"), sizeBytes: 7 });
    const texts = await store.writeTexts(place, { "x.txt": "x", "y.txt": "yy" });
    expect(texts.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ["x.txt", 1],
      ["y.txt", 2],
    ]);
  });

  test("are not what was recorded once the same attempt has written them again", async () => {
    const [store, place] = [open(), newPlace()];
    const former = await store.write(place, "a.txt", "former");
    const latter = await store.write(place, "a.txt", "latter");
    await expect(store.read(place, former)).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
    expect(Buffer.from(await store.read(place, latter)).toString()).toBe("latter");
  });

  test("large outputs are known by their content, and survive the run that another copied them from", async () => {
    const [store, one, other] = [open(), newPlace().runId, newPlace().runId];
    const { sha256: hash, sizeBytes } = await store.putOutput(one, '{"a":1}');
    expect([hash, sizeBytes]).toEqual([sha256('{"a":1}'), 7]);
    await store.copyOutput(one, other, hash);
    await store.deleteRun(one);
    await expect(store.getOutput(one, hash)).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
    expect(await store.getOutput(other, hash)).toBe('{"a":1}');
  });

  test("a log gives back its last line", async () => {
    const [store, { runId }] = [open(), newPlace()];
    expect(await store.lastLogLine(runId, "run")).toBeNull();
    await store.appendLog(runId, "run", ['{"n":1}', '{"n":2}']);
    await store.appendLog(runId, "run", []);
    expect([await store.lastLogLine(runId, "run"), await store.lastLogLine(runId, "errors")]).toEqual([
      '{"n":2}',
      null,
    ]);
  });
});

describe("files of runs", () => {
  test("a write that fails leaves neither the file nor its temporary name, and what was there stays", async () => {
    const place = newPlace();
    const kept = await files.write(place, "a.txt", "kept");
    const failing = async (path: string) => {
      await writeFile(path, "half");
      throw new Error("no more");
    };
    await expect(files.writeWith(place, "a.txt", failing)).rejects.toThrow("no more");
    expect(await readdir(files.attemptDir(place))).toEqual(["a.txt"]);
    expect(Buffer.from(await files.read(place, kept)).toString()).toBe("kept");
  });

  test("a file that user code wrote is adopted by its path; a missing one is told", async () => {
    const place = newPlace();
    await files.write(place, "first.txt", "x");
    await writeFile(files.path(place, "own.bin"), "own");
    const adopted = await files.adopt(place, "own.bin");
    expect(adopted).toEqual({ name: "own.bin", sha256: sha256("own"), sizeBytes: 3 });
    expect(await readFile(await files.locate(place, adopted), "utf8")).toBe("own");
    await expect(files.adopt(place, "none.bin")).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
  });

  test("a file that was changed or removed behind the store's back is told, never trusted", async () => {
    const place = newPlace();
    const written = await files.write(place, "a.txt", "right");
    await writeFile(files.path(place, "a.txt"), "wrong");
    for (const read of [() => files.read(place, written), () => files.locate(place, written)]) {
      await expect(read()).rejects.toMatchObject({
        code: "ARTIFACT_CHANGED",
        details: { recordedSha256: sha256("right"), foundSha256: sha256("wrong") },
      });
    }
    await rm(files.path(place, "a.txt"));
    for (const read of [() => files.read(place, written), () => files.locate(place, written)]) {
      await expect(read()).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
    }
    const { sha256: hash } = await files.putOutput(place.runId, "[1]");
    await writeFile(join(files.runDir(place.runId), "outputs", `${hash}.json`), "[2]");
    await expect(files.getOutput(place.runId, hash)).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
  });

  test("no name and no link leads out of the run's folder", async () => {
    const place = newPlace();
    await files.write(place, "a.txt", "x");
    for (const name of ["../b.txt", "/etc/b.txt", "a/../../b.txt"]) {
      expect(() => files.path(place, name)).toThrow();
    }
    await expect(files.getOutput(place.runId, "../../../etc/passwd")).rejects.toMatchObject({
      code: "ARTIFACT_NAME_INVALID",
    });
    expect(() => files.runDir("../other" as RunId)).toThrow();
    const outside = join(root, "outside");
    await mkdir(outside, { recursive: true });
    await symlink(outside, join(files.attemptDir(place), "link"));
    await expect(files.write(place, "link/b.txt", "x")).rejects.toMatchObject({ code: "ARTIFACT_NAME_INVALID" });
    expect(await readdir(outside)).toEqual([]);
    await writeFile(join(outside, "c.txt"), "x");
    await expect(files.adopt(place, "link/c.txt")).rejects.toMatchObject({ code: "ARTIFACT_NAME_INVALID" });
    // Nor is what lies behind it counted or removed.
    await writeFile(join(outside, "large.bin"), Buffer.alloc(100_000));
    expect(await files.sizeOfRun(place.runId)).toBeLessThan(10_000);
    await files.deleteRun(place.runId);
    expect([await readdir(outside), await files.sizeOfRun(place.runId)]).toEqual([["c.txt", "large.bin"], 0]);
  });

  test("the last line of a log is the last whole one, however long the log, before exit as well", async () => {
    const { runId } = newPlace();
    expect(files.lastLogLineNow(runId, "run")).toBeNull();
    await files.appendLog(runId, "run", [`{"long":"${"x".repeat(200_000)}"}`, '{"n":1}']);
    files.appendLogNow(runId, "run", ['{"n":2}']);
    files.appendLogNow(runId, "run", []);
    expect([files.lastLogLineNow(runId, "run"), await files.lastLogLine(runId, "run")]).toEqual(['{"n":2}', '{"n":2}']);
    // A power loss left half a line.
    const path = join(files.runDir(runId), "logs", "run.jsonl");
    await writeFile(path, '{"n":3', { flag: "a" });
    expect([files.lastLogLineNow(runId, "run"), await files.lastLogLine(runId, "run")]).toEqual(['{"n":2}', '{"n":2}']);
  });

  test("runs with files are listed with or without a record, and say when something was added", async () => {
    const place = newPlace();
    const store = new FileArtifactStore(join(root, "listed"));
    expect([await store.listRuns(), await store.changedAt(place.runId)]).toEqual([[], null]);
    await store.write(place, "a.txt", "x");
    await symlink(root, join(root, "listed", "runs", "linked"));
    await writeFile(join(root, "listed", "runs", "file"), "x");
    expect(await store.listRuns()).toEqual([place.runId]);
    const folder = store.runDir(place.runId);
    for (const path of [folder, join(folder, "stages")]) await utimes(path, 1_000, 1_000);
    expect(await store.changedAt(place.runId)).toBe(1_000_000);
    await mkdir(join(folder, "logs"));
    expect(await store.changedAt(place.runId)).toBeGreaterThan(1_000_000);
  });
});
