/** Code by its digest: what is a change of it, and what must never be taken for one. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestCode, isCodeChanged } from "./code-digest.js";
import { findDefineSite } from "./define-site.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-code-"));
});
afterEach(() => rm(folder, { recursive: true }));

const MAIN = `import { helper } from './lib/helper.js';
import { z } from "zod";
export const run = async ({ stage }) => {
  return stage("one", async () => helper([1, 2]));
};
`;
const HELPER = `export function helper(list) {\n  return list.length; // how many\n}\n`;

async function project(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const all: Record<string, string> = { "main.js": MAIN, "lib/helper.js": HELPER, ...files };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(join(folder, name, file, ".."), { recursive: true });
    await writeFile(join(folder, name, file), text);
  }
  return join(folder, name, "main.js");
}

const digest = (path: string) => digestCode(path, []);

test("the same files give the same digest at another place, behind a link, with other line ends and other formatting", async () => {
  const one = digest(await project("one"));
  expect(one).toMatch(/^js:[0-9a-f]{64}$/);
  await cp(join(folder, "one"), join(folder, "elsewhere"), { recursive: true });
  await symlink(join(folder, "one"), join(folder, "link"));
  const crlf = await project("crlf", { "main.js": `\uFEFF${MAIN.replaceAll("\n", "\r\n")}` });
  const formatted = MAIN.replaceAll(";", "").replaceAll("'", '"').replace("[1, 2]", "[\n\t1,\n\t2,\n]");
  const others = [join(folder, "elsewhere/main.js"), join(folder, "link/main.js"), crlf];
  others.push(await project("formatted", { "main.js": formatted }));
  expect(others.map(digest)).toEqual(others.map(() => one));
});

test("a change of the file, of what it imports, and of what that imports, is one; what is beside them is none", async () => {
  const one = digest(await project("one"));
  const imports = { "lib/helper.js": `import "./deep.js";\n${HELPER}` };
  const deep = digest(await project("deep", { ...imports, "lib/deep.js": "1" }));
  const others = [
    await project("main", { "main.js": MAIN.replace("[1, 2]", "[1, 3]") }),
    await project("helper", { "lib/helper.js": HELPER.replace("length", "size") }),
    await project("comment", { "lib/helper.js": HELPER.replace("how many", "so many") }),
    await project("deeper", { ...imports, "lib/deep.js": "2" }),
  ].map(digest);
  expect(new Set([one, deep, ...others]).size).toBe(6);
  for (const other of others) expect(isCodeChanged(one, other)).toBe(true);
  expect(digest(await project("beside", { "lib/other.js": "new", "node_modules/zod/index.js": "new" }))).toBe(one);
});

test("what TypeScript imports as .js is found as .ts, and cycles end", async () => {
  const cycle = 'import type { run } from "../main.js";\nexport const helper = (list: number[]) => list.length;\n';
  const write = (text: string, name: string) => project(name, { "main.ts": MAIN, "lib/helper.ts": text });
  await rm(await write(cycle, "one"));
  await rm(join(folder, "one/lib/helper.js"));
  const one = digest(join(folder, "one/main.ts"));
  expect(one).toMatch(/^ts:/);
  await writeFile(join(folder, "one/lib/helper.ts"), cycle.replace("length", "at(0)"));
  expect(isCodeChanged(one, digest(join(folder, "one/main.ts")))).toBe(true);
});

test("source and what was compiled from it are not compared, nor what cannot be read", async () => {
  const js = digest(await project("one"));
  await writeFile(join(folder, "main.ts"), MAIN);
  expect(isCodeChanged(js, digest(join(folder, "main.ts")))).toBe(false);
  // A bundle without its files: the text of its functions, but never what a loader has made of TypeScript.
  expect(digestCode(join(folder, "gone.js"), [() => 1])).toMatch(/^text:/);
  expect(digestCode(join(folder, "gone.ts"), [() => 1])).toBeNull();
  expect([isCodeChanged(js, null), isCodeChanged(null, js)]).toEqual([false, false]);
});

test("without a file the text of the functions is what counts, whatever its formatting", () => {
  const of = (body: string) => digestCode(null, [new Function("list", body) as () => unknown]);
  expect(of("return list.length;")).toBe(of("  return list.length"));
  expect(isCodeChanged(of("return list.length"), of("return list.size"))).toBe(true);
});

test("the file that a call stands in is found, also where source maps rewrite the text of stacks", () => {
  const called = () => findDefineSite(called);
  expect(called()).toBe(import.meta.filename ?? new URL(import.meta.url).pathname);
});

test("other versions of Node give the same digest", async () => {
  const path = await project("one");
  const program = `
    const { digestCode } = await import(${JSON.stringify(new URL("../../dist/workflow/code-digest.js", import.meta.url).href)});
    console.log(digestCode(${JSON.stringify(path)}, []), digestCode(null, [function named(list) { return list . length }]));`;
  const kept = new URL("../../../../.nodes/", import.meta.url);
  const versions = existsSync(kept) ? await readdir(kept) : [];
  const nodes = versions
    .map((version) => new URL(`${version}/node_modules/.bin/node`, kept).pathname)
    .filter(existsSync);
  const run = async (node: string) =>
    (await promisify(execFile)(node, ["--input-type=module", "-e", program])).stdout.trim();
  const own = await run(process.execPath);
  expect(own).toMatch(/^js:[0-9a-f]{64} text:[0-9a-f]{64}$/);
  for (const node of nodes) expect([node, await run(node)]).toEqual([node, own]);
});
