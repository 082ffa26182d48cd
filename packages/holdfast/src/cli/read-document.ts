/**
 * Reading a JSON or YAML file that a person wrote: inputs and configurations. Every problem names file, line and
 * column. Nothing here knows what the document means.
 */
import { readFile, stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { findJsonTextProblem } from "@holdfast/core";
import { SourceUnreadableError } from "@holdfast/engine";
import type { Scalar } from "yaml";
import type { YamlReading } from "../yaml.js";

/** 32 MiB: an input is recorded with the run; what is larger belongs in a file that the input names. */
const DOCUMENT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * A JSON or YAML document as a value; `-` reads standard input. Relative paths start from `cwd`.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — not there, not readable, not text, not well-formed (with its line).
 */
export async function readDocument(path: string, { stdin, cwd }: DocumentPlace): Promise<ReadDocument> {
  const name = path === "-" ? "standard input" : path;
  const bytes = path === "-" ? await readAll(stdin) : await readBytes(path, cwd);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(name, "it is not UTF-8 text", { cause });
  }
  if (text.trim() === "") throw unreadable(name, "it is empty");
  const isYaml = [".yaml", ".yml"].includes(extname(path).toLowerCase());
  if (isYaml) {
    const reading = await parseYaml(text, name);
    return { name, value: reading.value, ...(await placesIn(reading, "YAML")) };
  }
  const value = parseJson(text, name);
  // JSON is YAML without comforts, so the same reader finds its places; in what is larger nobody wrote numbers by hand, and
  // reading it once more would take longer than all else.
  const { readYaml } = await import("../yaml.js");
  const places = readYaml(text);
  return places.ok ? { name, value, ...(await placesIn(places, "JSON")) } : { name, value };
}

/** Where a command reads: its standard input, and the folder it was started in. */
export interface DocumentPlace {
  readonly stdin: AsyncIterable<unknown>;
  readonly cwd: string;
}

/** A document as a value, and where in it a field stands: the line, from 1, of the deepest part of `path` there is. */
export interface ReadDocument {
  readonly name: string;
  readonly value: unknown;
  readonly lineOf?: ((path: readonly string[]) => number | null) | undefined;
  /** What was made of text without quotes: "YAML reads 1.10 as the number 1.1"; null where it was left a text. */
  readonly readAs?: ((path: readonly string[]) => Reading | null) | undefined;
  /** Places of the numbers that do not read as they were written. */
  readonly changed?: (() => readonly (readonly string[])[]) | undefined;
}

export interface Reading {
  readonly words: string;
  /** The value does not read as it was written: 1.10, 007, 1e3. */
  readonly isChanged: boolean;
}

type Places = Required<Pick<ReadDocument, "lineOf" | "readAs" | "changed">>;

type ReadYaml = Extract<YamlReading, { ok: true }>;

/** A document as `readYaml` gave it: YAML, or JSON, which is YAML without comforts. */
async function placesIn({ document, lines }: ReadYaml, language: "YAML" | "JSON"): Promise<Places> {
  const { findChangedNumbers } = await import("../yaml.js");
  const nodeAt = (path: readonly string[]) =>
    document.getIn(
      path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    ) as Partial<Scalar> | undefined | null;
  return {
    lineOf: (path) => {
      for (let depth = path.length; depth > 0; depth--) {
        const node = nodeAt(path.slice(0, depth));
        if (node?.range) return lines.linePos(node.range[0]).line;
      }
      return null;
    },
    readAs: (path) => {
      const node = nodeAt(path);
      if (node?.type !== "PLAIN" || typeof node.value === "string" || !node.source) return null;
      const { source, value } = node;
      const kind =
        typeof value === "boolean"
          ? "truth value"
          : value === null
            ? "value"
            : value instanceof Date
              ? "date"
              : "number";
      const words = `${language} reads ${source} as the ${kind} ${value instanceof Date ? value.toISOString() : String(value)}`;
      return { words, isChanged: String(value) !== source };
    },
    changed: () => findChangedNumbers(document).map((steps) => steps.map(String)),
  };
}

async function readBytes(path: string, cwd: string): Promise<Uint8Array> {
  try {
    // Before it is read: a device has no end.
    const { size } = await stat(resolve(cwd, path));
    if (size > DOCUMENT_MAX_BYTES) throw tooLong(path, size);
    return await readFile(resolve(cwd, path));
  } catch (cause) {
    if (cause instanceof SourceUnreadableError) throw cause;
    throw unreadable(path, fileProblem(cause), { cause });
  }
}

interface Why {
  readonly cause?: unknown;
  readonly line?: number | undefined;
}

function unreadable(
  path: string,
  what: string,
  { cause, line }: Why = {},
  cure = "Correct it, or name another file",
): SourceUnreadableError {
  return new SourceUnreadableError(what, cure, { path, line }, { cause });
}

/** What is wrong with a file, in words; the code where we have none. */
function fileProblem(thrown: unknown): string {
  const code = (thrown as { code?: unknown }).code;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    ENOTDIR: "part of the path is not a folder",
    EACCES: "this user may not read it",
    EISDIR: "it is a folder, a file is expected",
    EMFILE: "too many files are open",
  };
  return words[String(code)] ?? `it cannot be read (${thrown instanceof Error ? thrown.message : String(thrown)})`;
}

function tooLong(name: string, bytes: number | string): SourceUnreadableError {
  return unreadable(name, `it has ${bytes} bytes, at most ${DOCUMENT_MAX_BYTES} are read`);
}

async function readAll(stdin: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const given of stdin) {
    const chunk = typeof given === "string" ? Buffer.from(given) : (given as Uint8Array);
    bytes += chunk.byteLength;
    if (bytes > DOCUMENT_MAX_BYTES) throw tooLong("standard input", "more");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — with line and column. */
function parseJson(given: string, name: string): unknown {
  const text = given.replace(/^\uFEFF/, "");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const found = message.match(/position (\d+)/)?.[1];
    // Without a position the text ended too early: the place is its end.
    const offset = found === undefined ? text.trimEnd().length : Number(found);
    const { line, column } = placeOf(text, offset);
    const sign = [...text.slice(offset, offset + 2)][0];
    const problem =
      sign === undefined || sign.trim() === "" ? "it ends too early" : `unexpected ${JSON.stringify(sign)}`;
    throw unreadable(name, `not JSON: ${problem} (column ${column})`, { cause, line });
  }
  const problem = findJsonTextProblem(text);
  if (problem === null) return value;
  const { line, column } = placeOf(text, problem.offset);
  const place = problem.path.map((part) => String(part).slice(0, 200)).join(".");
  const subject = problem.message.startsWith("is nested") ? "it" : JSON.stringify(place);
  throw unreadable(name, `${subject} ${problem.message} (column ${column})`, { line });
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — with line and column. */
async function parseYaml(text: string, name: string): Promise<ReadYaml> {
  const { readYaml } = await import("../yaml.js");
  // Nobody waits for this process but who started it: as long as an input may be. Depth and aliases are limited as everywhere.
  const reading = readYaml(text, { charsMax: DOCUMENT_MAX_BYTES, tokensMax: DOCUMENT_MAX_BYTES });
  if (reading.ok) return reading;
  const { line, column, message, cure } = reading.problems[0] ?? {
    line: 1,
    column: 1,
    message: "it cannot be read",
    cure: "",
  };
  throw unreadable(name, `not YAML: ${message} (column ${column})`, { line }, cure);
}

/** Line and column, from 1, of an offset. */
function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
