/** A second SQLite library in the process of a Holdfast is told, in real processes: what is loaded cannot be unloaded. */
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const PACKAGE = dirname(fileURLToPath(new URL(".", import.meta.url)));
const OPEN = `
  const { openHoldfast } = await import("holdfast");
  for (const name of ["one", "two"]) await (await openHoldfast({ dataDir: join(folder, name), workflows: [] })).close();`;

let folder: string;
/** An addon with an SQLite of its own, under the name of a library that people use. */
let addon: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-two-"));
  addon = join(folder, "better_sqlite3.node");
  const prebuilds = join(
    dirname(dirname(createRequire(import.meta.url).resolve("@photostructure/sqlite"))),
    "prebuilds",
    `${process.platform}-${process.arch}`,
  );
  const [name] = await readdir(prebuilds);
  await copyFile(join(prebuilds, name ?? ""), addon);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Standard error of a process that runs `first`, then opens two Holdfasts. */
async function told(first: string, open = OPEN): Promise<string> {
  const code = `
    import { createRequire } from "node:module";
    import { join } from "node:path";
    const require = createRequire(import.meta.url);
    const [folder, addon] = process.argv.slice(1);
    ${first}
    ${open}`;
  const args = ["--input-type=module", "--eval", code, folder, addon];
  return (await promisify(execFile)(process.execPath, args, { cwd: PACKAGE })).stderr;
}

describe("openHoldfast", () => {
  test("warns once of a native SQLite library that is loaded already, names it and the file", async () => {
    const stderr = await told("require(addon);");
    expect(stderr.match(/HOLDFAST_TWO_SQLITE/g)).toHaveLength(1);
    expect(stderr).toContain(addon);
    expect(stderr).toContain(join(folder, "one", "holdfast.db"));
    expect(stderr).toMatch(/read it from another process, or through Holdfast/);
  });

  test("says nothing of its own library, nor where the store is in memory", async () => {
    expect(await told("")).not.toContain("HOLDFAST_TWO_SQLITE");
    const inMemory = `const { openHoldfast } = await import("holdfast");
      await (await openHoldfast({ url: "sqlite::memory:", dataDir: join(folder, "memory"), workflows: [] })).close();`;
    expect(await told("require(addon);", inMemory)).not.toContain("HOLDFAST_TWO_SQLITE");
  });

  test("warns of node:sqlite where the store uses another, and of that other where it uses node:sqlite", async () => {
    const usesBuiltIn = Number(process.versions.node.split(".")[0]) >= 24;
    const theirs = usesBuiltIn ? "@photostructure/sqlite" : "node:sqlite";
    // Node 20 has no library of its own that could be the second.
    const isThere = await import(/* @vite-ignore */ theirs).then(
      () => true,
      () => false,
    );
    const stderr = await told(isThere ? `await import(${JSON.stringify(theirs)});` : "");
    expect(stderr.includes("HOLDFAST_TWO_SQLITE")).toBe(isThere);
    const name = usesBuiltIn ? "@photostructure" : "node:sqlite";
    expect(stderr.includes(name)).toBe(isThere);
  });
});
