/** The check for circles finds one that is planted: of values, of types, of imports made later, between folders. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function look(files: Readonly<Record<string, string>>): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-circles-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, "src", name)), { recursive: true });
    writeFileSync(join(folder, "src", name), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tests/suite/circles.mjs"), folder], {
    encoding: "utf8",
  });
  return { status, said: stderr };
}

test.each([
  ["values", 'import { b } from "./b.js"; export const a = b;', 'export { a as b } from "./a.js";'],
  [
    "types",
    'import type { B } from "./b.js"; export type A = B;',
    'import type { A } from "./a.js"; export type B = A;',
  ],
  ["imports made later", 'export const a = () => import("./b.js");', 'import { a } from "./a.js"; export const b = a;'],
])("two files that import each other are found: %s", (_, a, b) => {
  const { status, said } = look({ "a.ts": a, "b.ts": b });
  expect(status).toBe(1);
  expect(said).toContain("files import each other: a → b → a");
});

test("two folders that import each other are found though no file does, with the imports that tie them", () => {
  const { status, said } = look({
    "one/a.ts": 'import type { B } from "../two/b.js"; export type A = B;',
    "one/c.ts": "export type C = string;",
    "two/b.ts": "export type B = string;",
    "two/d.ts": 'import type { C } from "../one/c.js"; export type D = C;',
  });
  expect(status).toBe(1);
  expect(said).not.toContain("files import");
  expect(said).toContain("folders import each other: one → two → one (one/a → two/b; two/d → one/c)");
});

test("arrows one way are no circle, and neither are tests that reach back", () => {
  const { status, said } = look({
    "index.ts": 'export { a } from "./one/a.js";',
    "one/a.ts": 'import { b } from "../two/b.js"; export const a = b;',
    "two/b.ts": "export const b = 1;",
    "two/b.test.ts": 'import { a } from "../one/a.js"; a;',
  });
  expect([status, said]).toEqual([0, ""]);
});
