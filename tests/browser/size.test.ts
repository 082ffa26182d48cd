/**
 * The size of the page's first load as it is sent: the scripts and styles of its shell, with everything they load
 * immediately.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

/** Without fonts, which browsers cache permanently. */
const FIRST_LOAD_BYTES_MAX = 280_000;
const APP = new URL("../../apps/dashboard/dist/app/", import.meta.url);

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

/** The files of the entry, and those of the pages that it loads immediately. */
function filesOf(manifest: Readonly<Record<string, Chunk>>, names: readonly string[]): ReadonlySet<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const add = (name: string) => {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) return;
    seen.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const other of chunk.imports ?? []) add(other);
  };
  for (const name of names) add(name);
  return files;
}

test("the first load, the list of runs and a run's page together, is at most 280 kB gzip without fonts", () => {
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", APP), "utf8")) as Record<string, Chunk>;
  const files = filesOf(manifest, ["index.html", "src/run/run-page.tsx"]);
  expect(files.size).toBeGreaterThan(3);
  const sizes = [...files].map(
    (file) => [file, gzipSync(readFileSync(new URL(file, APP)), { level: 9 }).length] as const,
  );
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  expect(total, sizes.map(([file, bytes]) => `${bytes} ${file}`).join("\n")).toBeLessThanOrEqual(FIRST_LOAD_BYTES_MAX);
});

test("nothing of the page loads from elsewhere", () => {
  const shell = readFileSync(new URL("index.html", APP), "utf8");
  expect(shell).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});
