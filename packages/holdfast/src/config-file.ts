/**
 * Finding and loading `holdfast.config.ts` (or .js, .mjs). TypeScript is read by jiti, JavaScript by Node itself, and
 * packages that the file imports are the same modules as ours. Every problem names the file, and the line where known.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigInvalidError, recordError } from "@holdfast/core";
import { findConfigProblem, type HoldfastConfig } from "./config.js";

const CONFIG_FILE_NAMES = ["holdfast.config.ts", "holdfast.config.js", "holdfast.config.mjs"] as const;

export interface LoadedConfig {
  readonly config: HoldfastConfig;
  /** Null when there is no file. */
  readonly file: string | null;
  /** The folder that the file's relative paths start from; the working folder without a file. */
  readonly folder: string;
}

/** What a folder without one is told. */
export const NO_CONFIG_FILE =
  "There is no holdfast.config.ts in this folder. Create one: export default defineConfig({ workflows: [ … ] }).";

/** Whether one of the usual names lies in the folder. */
export const hasConfigFile = (cwd: string): boolean => CONFIG_FILE_NAMES.some((name) => existsSync(resolve(cwd, name)));

/** The configuration file: the one named, else the first of the usual names in `cwd`; null when there is none. */
function findConfigFile(cwd: string, named: string | undefined): string | null {
  if (named !== undefined) {
    const path = resolve(cwd, named);
    if (!existsSync(path)) {
      throw new ConfigInvalidError({ subject: named, problem: "there is no such configuration file" });
    }
    return path;
  }
  return CONFIG_FILE_NAMES.map((name) => resolve(cwd, name)).find((path) => existsSync(path)) ?? null;
}

/** @throws {ConfigInvalidError} CONFIG_INVALID — naming file and, where it can be found, line. */
export async function loadConfig(cwd: string, named?: string | undefined): Promise<LoadedConfig> {
  const file = findConfigFile(cwd, named);
  if (file === null) return { config: { workflows: [] }, file: null, folder: cwd };
  const shown = relative(cwd, file).startsWith("..") ? file : relative(cwd, file) || basename(file);
  let found: unknown;
  try {
    found = await importDefault(file);
  } catch (cause) {
    const line = lineOfThrown(cause, file) ?? (await lineOfSyntaxError(file));
    throw new ConfigInvalidError({ subject: at(shown, line), problem: wordThrown(cause, file) }, { cause });
  }
  const problem = findConfigProblem(found);
  if (problem) {
    const line = problem.key === null ? null : lineOfKey(readFileSync(file, "utf8"), problem.key);
    throw new ConfigInvalidError({ subject: at(shown, line), problem: problem.problem });
  }
  return { config: found as HoldfastConfig, file, folder: dirname(file) };
}

async function importDefault(file: string): Promise<unknown> {
  if (!/\.[cm]?ts$/.test(file)) {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  }
  const { createJiti } = await import("jiti");
  // The compiled text is kept beside the project's packages (150 ms sooner the next time), never in a temporary folder
  // that others can write: it is code that this user will run.
  const packages = join(dirname(file), "node_modules");
  const fsCache = existsSync(packages) && join(packages, ".cache", "jiti");
  const jiti = createJiti(import.meta.url, { interopDefault: false, fsCache });
  const module = await jiti.import<{ default?: unknown }>(file);
  return module.default;
}

/** Node does not say where a syntax error of an imported module is; the parser of TypeScript files does, as text. */
async function lineOfSyntaxError(file: string): Promise<number | null> {
  const { createJiti } = await import("jiti");
  const compiled = createJiti(import.meta.url).transform({
    source: readFileSync(file, "utf8"),
    filename: file,
    ts: true,
  });
  const line = compiled.match(/^exports\.__JITI_ERROR__ = .*?"line":(\d+)/)?.[1];
  return line === undefined ? null : Number(line);
}

const at = (file: string, line: number | null) => (line === null ? file : `${file}, line ${line}`);

/** Where in `file` it was thrown: the parser's own place, else the topmost frame inside the file. */
function lineOfThrown(thrown: unknown, file: string): number | null {
  const { loc, stack, message } = (thrown ?? {}) as { loc?: { line?: unknown }; stack?: unknown; message?: unknown };
  if (typeof loc?.line === "number") return loc.line;
  const text = `${typeof message === "string" ? message : ""}\n${typeof stack === "string" ? stack : ""}`;
  for (const place of [file, pathToFileURL(file).href]) {
    const index = text.indexOf(`${place}:`);
    const line = index < 0 ? null : text.slice(index + place.length + 1).match(/^\d+/)?.[0];
    if (line) return Number(line);
  }
  const inMessage = typeof message === "string" ? message.match(/\((\d+):\d+\)/)?.[1] : undefined;
  return inMessage === undefined ? null : Number(inMessage);
}

function wordThrown(thrown: unknown, file: string): string {
  const { name, message } = recordError(thrown);
  // The parser's message goes on with a picture of the code; the line number says as much.
  const first = message.split("\n")[0]?.replaceAll(`${file}:`, "").replace(file, basename(file)).trim() ?? "";
  return name === "Error" || first.startsWith(name) ? first : `${name}: ${first}`;
}

/** The line on which `key:` is written; null when it is not (spread in, computed). */
function lineOfKey(source: string, key: string): number | null {
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const index = source.split("\n").findIndex((line) => new RegExp(`(^|[\\s{,"'])${escaped}["']?\\s*[:,(]`).test(line));
  return index < 0 ? null : index + 1;
}
