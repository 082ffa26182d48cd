/** What `--only` says: which items of maps a resume takes up, among them a list of keys in a file. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CAUSE_PATTERN, SourceUnreadableError, WrongUseError } from "@holdfast/core";
import type { Holdfast, Only } from "@holdfast/engine";
import { didYouMean } from "../../suggest.js";

const WORDS = ["missing", "errors", "both", "stale"] as const;

/**
 * `missing`, `errors`, `both`, `errors:<category>`, `cause:<fingerprint>`, `stale`, or `@file` with one key a line.
 * @throws {WrongUseError} WRONG_USE @throws {SourceUnreadableError} SOURCE_UNREADABLE — the file of keys.
 */
export async function parseOnly(text: string | undefined, cwd: string): Promise<Only | undefined> {
  if (text === undefined) return undefined;
  if (text.startsWith("@")) return `keys:${JSON.stringify(await readKeys(resolve(cwd, text.slice(1))))}`;
  if ((WORDS as readonly string[]).includes(text) || /^errors:.+/.test(text)) return text as Only;
  if (text.startsWith("cause:") && CAUSE_PATTERN.test(text.slice("cause:".length))) return text as Only;
  throw new WrongUseError({
    problem: `--only: "${text}" is not one of ${WORDS.join(", ")}, errors:<category>, cause:<fingerprint>, @<file of keys>.${didYouMean(text, WORDS)}`,
  });
}

async function readKeys(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === "ENOENT" ? "there is no such file" : `it cannot be read (${cause.code})`;
    throw new SourceUnreadableError(what, "Name a text file with one key per line", { path }, { cause });
  });
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const keys = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ""))];
  if (keys.length === 0) throw new WrongUseError({ problem: `--only=@${path}: the file contains no keys.` });
  return keys;
}

/** A warning when no failed item has the category asked for; null when there is nothing to warn of. */
export async function categoryWarning(
  holdfast: Holdfast,
  runId: string,
  only: Only | undefined,
): Promise<string | null> {
  const asked = only?.match(/^errors:(.+)$/)?.[1];
  if (asked === undefined) return null;
  const found = new Map<string, number>();
  for (const { errors } of await holdfast.runs.maps(runId)) {
    for (const [category, count] of Object.entries(errors)) {
      found.set(category, (found.get(category) ?? 0) + count);
    }
  }
  if (found.has(asked)) return null;
  const there = [...found].map(([category, count]) => `${category} (${count})`).join(", ");
  return `no failed item has the category "${asked}"; ${there === "" ? "there are no failed items" : `there are: ${there}`}`;
}
