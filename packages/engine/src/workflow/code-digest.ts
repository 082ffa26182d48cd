/**
 * What a workflow's code is, as a digest: of the file that defines it and the files that it imports by relative paths, or, where
 * there is no file to read, of the text of its functions.
 *
 * A difference must mean that code changed, so everything else is left out: names and places of files, the machine, the
 * version of Node, line ends, and formatting (white space, semicolons, trailing commas, kinds of quotes). TypeScript and what was
 * compiled from it are other texts of the same code: each says which of the two it is, and only alike are compared. Packages are not read:
 * their versions stand in the lockfile.
 */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";

/** Far more than a workflow has; a bundle that splits itself into more is not followed further. */
const FILES_MAX = 2_000;

type Functions = readonly ((...given: never[]) => unknown)[];

/** "ts:<sha256>", "js:<sha256>" or "text:<sha256>"; null where nothing can be told. */
export function digestCode(site: string | null, functions: Functions): string | null {
  const files = site === null ? null : filesFrom(site);
  if (files !== null && site !== null) return `${formOf(site)}:${digest([...files.values()].sort())}`;
  // What a loader makes of TypeScript differs by the loader.
  if (site !== null && formOf(site) === "ts") return null;
  return `text:${digest(functions.map((fn) => plain(Function.prototype.toString.call(fn))))}`;
}

/** Whether two digests say that code changed. Of unlike kinds nobody can tell. */
export function isCodeChanged(was: string | null, now: string | null): boolean {
  return was !== null && now !== null && kindOf(was) === kindOf(now) && was !== now;
}

const kindOf = (code: string) => code.slice(0, code.indexOf(":"));

/** For people: as much as tells two apart. */
export const shortCode = (code: string) => `files ${code.slice(code.indexOf(":") + 1).slice(0, 12)}`;

const formOf = (path: string) => (/^\.[cm]?tsx?$/.test(extname(path)) ? "ts" : "js");

function digest(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex");
}

/** Code without what a formatter changes. */
export function plain(code: string): string {
  return code
    .replace(/[\s;\uFEFF]+/g, "")
    .replace(/'/g, '"')
    .replace(/,(?=[)\]}])/g, "");
}

/** Plain texts by path; null where the first file cannot be read. */
function filesFrom(site: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  const waiting = [site];
  for (let path = waiting.pop(); path !== undefined && found.size < FILES_MAX; path = waiting.pop()) {
    const text = read(path);
    if (text === null) {
      if (found.size === 0) return null;
      continue;
    }
    found.set(path, plain(text));
    for (const specifier of importsOf(text)) {
      const target = resolveImport(path, specifier);
      if (target !== null && !found.has(target) && !waiting.includes(target)) waiting.push(target);
    }
  }
  return found;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Also those in comments and texts: one file too many is always the same one. */
const IMPORTS = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(IMPORTS)].map(([, specifier]) => (specifier ?? "").replace(/[?#].*$/, ""));
}

/** What TypeScript writes as ".js" lies there as ".ts". */
const SPELLINGS = [
  (path: string) => path,
  (path: string) => path.replace(/\.([cm]?)jsx?$/, ".$1ts"),
  (path: string) => path.replace(/\.jsx?$/, ".tsx"),
  ...[".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"].map(
    (end) => (path: string) => `${path}${end}`,
  ),
];

function resolveImport(from: string, specifier: string): string | null {
  const wanted = resolve(dirname(from), specifier);
  for (const spell of SPELLINGS) {
    const path = spell(wanted);
    // By its real place: one file behind two links is one file.
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return realpathSync(path);
  }
  return null;
}
