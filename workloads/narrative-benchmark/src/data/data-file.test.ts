import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dataFileCandidates, prepareDataFile } from "./data-file.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "narratives-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a relative name is searched in the working directory, then beside the experiment file", () => {
  expect(dataFileCandidates("a.csv", { workingDir: "/w", configDir: "/c" })).toEqual(["/w/a.csv", "/c/a.csv"]);
  expect(dataFileCandidates("a.csv", { workingDir: "/w", configDir: "/w" })).toEqual(["/w/a.csv"]);
  expect(dataFileCandidates("/x/a.csv", { workingDir: "/w", configDir: "/c" })).toEqual(["/x/a.csv"]);
});

test("an existing file is used unchanged, whatever the experiment could generate", async () => {
  await writeFile(join(folder, "a.csv"), "mine");
  const found = await prepareDataFile(
    { file: "a.csv", generate: { what: "narratives", cases: 3 } },
    { workingDir: folder },
  );
  expect(found.generated).toBe(false);
  expect(await readFile(found.path, "utf8")).toBe("mine");
});

test("a missing file is generated if the experiment says how", async () => {
  const made = await prepareDataFile(
    { file: "b.xlsx", generate: { what: "narratives", cases: 3, seed: 1 } },
    { workingDir: folder },
  );
  expect(made).toEqual({ path: join(folder, "b.xlsx"), generated: true });
  expect((await stat(made.path)).size).toBeGreaterThan(1000);
});

test("a missing file that cannot be generated is an error with the paths tried and a remedy", async () => {
  await expect(prepareDataFile({ file: "c.csv" }, { workingDir: folder })).rejects.toThrow(
    `Data file c.csv: not found; looked for ${join(folder, "c.csv")}. Correct \`data.file\`, or make one with \`holdfast generate`,
  );
});
