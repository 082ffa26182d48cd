/** The bundles that packages export contain what was compiled, each module once, and keep a way back to the sources. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleWhatChanged } from "../../build/bundle.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-bundle-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** A package as the compiler leaves it: an entry, and a thread two folders down that is started by its path. */
async function compile(answer: number): Promise<void> {
  const way = { types: "./dist/index.d.ts", default: "./bundle/index.js" };
  await write("package.json", JSON.stringify({ name: "planted", type: "module", exports: { ".": way } }));
  const start = `
    export const thread = new URL("./inner/thread.js", import.meta.url);
    export const own = { module: import.meta.url };
  `;
  const entry = `export { own, thread } from "./deep/start.js";\nexport { answer } from "./deep/inner/answer.js";\n`;
  const modules = {
    index: entry,
    "deep/start": start,
    "deep/inner/answer": `export const answer = ${answer};\n`,
    "deep/inner/thread": `import { answer } from "./answer.js";\nexport const told = [answer, import.meta.url];\n`,
  };
  for (const [name, text] of Object.entries(modules)) {
    await write(`src/${name}.ts`, text);
    await write(`dist/${name}.js`, text);
  }
  await write("dist/.tsbuildinfo", "{}");
}

const bundled = (name: string) => pathToFileURL(join(folder, "bundle", name)).href;

test("a module that is found by its path keeps that path in the bundle, and shares what others load", async () => {
  await compile(1);
  await bundleWhatChanged([folder]);
  const index = (await import(bundled("index.js"))) as { thread: URL; own: { module: string } };
  expect(index.thread.href).toBe(bundled("deep/inner/thread.js"));
  const thread = (await import(index.thread.href)) as { told: unknown[] };
  expect(thread.told).toEqual([1, index.thread.href]);
  const again = (await import(index.own.module)) as typeof index;
  expect(again.own).toBe(index.own);
});

test("modules compiled since are bundled again, and removed ones are dropped", async () => {
  await compile(1);
  await bundleWhatChanged([folder]);
  await writeFile(join(folder, "bundle", "gone.chunk.js"), "");
  const read = () => readdirSync(join(folder, "bundle")).map((name) => readText(join(folder, "bundle", name)));
  await bundleWhatChanged([folder]);
  expect(read().join("\n")).toContain("answer = 1;");
  await compile(2);
  const later = new Date(Date.now() + 5_000);
  await utimes(join(folder, "dist", ".tsbuildinfo"), later, later);
  await bundleWhatChanged([folder]);
  expect(read().join("\n")).toContain("answer = 2;");
  expect(existsSync(join(folder, "bundle", "gone.chunk.js"))).toBe(false);
});

const readText = (path: string) => (path.endsWith(".js") ? readFileSync(path, "utf8") : "");

test("each module is in one file of its own package's bundle, so that a class exists once in a process", () => {
  const homes = new Map<string, string[]>();
  for (const bundle of bundlesOf(["packages", "apps"])) {
    for (const map of (readdirSync(bundle, { recursive: true }) as string[]).filter((name) => name.endsWith(".map"))) {
      const { sources } = JSON.parse(readFileSync(join(bundle, map), "utf8")) as { sources: string[] };
      for (const source of sources.filter((name) => !name.startsWith("\0"))) {
        const path = join(dirname(join(bundle, map)), source);
        expect(path.startsWith(join(bundle, "..", "src"))).toBe(true);
        expect(existsSync(path)).toBe(true);
        homes.set(path, [...(homes.get(path) ?? []), map]);
      }
    }
  }
  expect([...homes].filter(([, maps]) => maps.length > 1)).toEqual([]);
  expect(homes.size).toBeGreaterThan(300);
});

const bundlesOf = (areas: readonly string[]) =>
  areas
    .flatMap((area) => readdirSync(join(ROOT, area)).map((name) => join(ROOT, area, name, "bundle")))
    .filter((path) => existsSync(path));

test("a stack leads to the TypeScript that was compiled", async () => {
  const words = `import("holdfast").then(({ defineWorkflow }) => defineWorkflow({})).catch((e) => console.log(e.stack))`;
  const { stdout } = await run(process.execPath, ["--enable-source-maps", "-e", words], { cwd: ROOT });
  const [, path = "", line] = stdout.match(/\((\/.*define-workflow\.ts):(\d+):\d+\)/) ?? [];
  expect(path).toBe(join(ROOT, "packages/engine/src/workflow/define-workflow.ts"));
  expect(readFileSync(path, "utf8").split("\n")[Number(line) - 1]).toContain("checkStageName(");
});
