/** Folders of models: which files are read, and which are refused instead of being ignored. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../executor/session.fixture.js";
import { loadModels } from "./load.js";

const MODEL = "-- grain: employee_id\nSELECT employee_id, false AS is_hce FROM {{ ref('spell') }}\n";

test("a model replaces the one with its name, and changes the hash", async () => {
  const own = await loadModels(null);
  const folder = await makeFolder();
  await writeFile(join(folder, "hce.sql"), MODEL);
  await writeFile(join(folder, "README.md"), "Not a model.");
  const both = await loadModels(folder);
  expect(both.models.find(({ name }) => name === "hce")?.text).toBe(MODEL);
  expect(both.models).toHaveLength(own.models.length);
  expect(both.hash).not.toBe(own.hash);
});

test("a folder without models is refused, with a hint where they may be", async () => {
  const folder = await makeFolder();
  await expect(loadModels(folder)).rejects.toThrow("the folder holds no models, files that end in .sql");
  await mkdir(join(folder, "models"));
  await writeFile(join(folder, "models", "hce.sql"), MODEL);
  await expect(loadModels(folder)).rejects.toThrow(`name ${join(folder, "models")} where they lie there`);
});

test.each([
  ["Hce.sql", MODEL, "lower-case letters"],
  ["hce.SQL", MODEL, "ending in .sql"],
  ["hce.sql", "", "its header lacks"],
  ["new.first.sql", MODEL, "there is no new.sql for the later years"],
])("%s with the text %j is refused", async (name, text, problem) => {
  const folder = await makeFolder();
  await writeFile(join(folder, name), text);
  await expect(loadModels(folder)).rejects.toThrow(problem);
});

test("a file instead of the folder, and a folder instead of a model, are refused by name", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "hce.sql"), MODEL);
  await expect(loadModels(join(folder, "hce.sql"))).rejects.toThrow("it is a file; name the folder it lies in");
  await mkdir(join(folder, "state.sql"));
  await expect(loadModels(folder)).rejects.toThrow("state.sql: it cannot be read (EISDIR)");
});
