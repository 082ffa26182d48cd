import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findInFiles } from "./find-texts.js";

async function found(folder: string, texts: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of findInFiles(folder, texts)) paths.push(relative(folder, path));
  return paths.sort();
}

test("files that hold one of the texts are found, as it is and as JSON writes it, also across reads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-find-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "stages", "deep"), { recursive: true });
  const contents = {
    "plain.txt": "the key is ada@example.org.",
    "stages/quoted.json": JSON.stringify({ says: 'a "b"\nc' }),
    "stages/deep/split.bin": `${"x".repeat(64 * 1024 - 5)}ada@example.org`,
    "stages/none.txt": "ada@example.or g",
    empty: "",
  };
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
  expect(await found(folder, ["ada@example.org"])).toEqual(["plain.txt", "stages/deep/split.bin"]);
  expect(await found(folder, ['a "b"\nc', "nobody"])).toEqual(["stages/quoted.json"]);
  expect(await found(join(folder, "gone"), ["ada"])).toEqual([]);
});
