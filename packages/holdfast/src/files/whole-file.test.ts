import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeWholeText } from "./whole-file.js";

describe("a file", () => {
  test("is there whole or not at all: an abort or an error leaves the one before, and nothing beside it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-export-"));
    const path = join(folder, "out.jsonl");
    await writeFile(path, "before");
    const stopping = new AbortController();
    async function* aborted() {
      yield "half";
      stopping.abort(new Error("stopped"));
      yield "rest";
    }
    await expect(writeWholeText(path, aborted(), { signal: stopping.signal })).rejects.toThrow("stopped");
    async function* broken() {
      yield "half";
      throw new Error("store gone");
    }
    await expect(writeWholeText(path, broken())).rejects.toThrow("store gone");
    expect([await readdir(folder), await readFile(path, "utf8")]).toEqual([["out.jsonl"], "before"]);
    expect(await writeWholeText(path, ["a", "é"])).toEqual({ bytes: 3 });
    expect([await readdir(folder), await readFile(path, "utf8")]).toEqual([["out.jsonl"], "aé"]);
  });

  test("needs its folder, unless missing ones are to be made", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-export-"));
    const path = join(folder, "deep", "er", "out.txt");
    await expect(writeWholeText(path, ["a"])).rejects.toMatchObject({ code: "WRONG_USE" });
    expect(await readdir(folder)).toEqual([]);
    await writeWholeText(path, ["a"], { makesFolders: true });
    expect(await readFile(path, "utf8")).toBe("a");
  });
});
