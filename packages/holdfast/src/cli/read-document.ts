/**
 * Reading a JSON or YAML file that a person wrote: inputs and configurations. Every problem names file, line and
 * column. Nothing here knows what the document means.
 */
import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { SourceUnreadableError } from "@holdfast/engine";

/** 32 MiB: an input is recorded with the run; what is larger belongs in a file that the input names. */
const DOCUMENT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * A JSON or YAML document as a value; `-` reads standard input. Relative paths start from `cwd`.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — not there, not readable, not text, not well-formed (with its line).
 */
export async function readDocument(path: string, { stdin, cwd }: DocumentPlace): Promise<ReadDocument> {
  const name = path === "-" ? "standard input" : path;
  const bytes = path === "-" ? await readAll(stdin) : await readBytes(path, cwd);
  if (bytes.byteLength > DOCUMENT_MAX_BYTES) {
    throw unreadable(name, `it has ${bytes.byteLength} bytes, at most ${DOCUMENT_MAX_BYTES} are read`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(name, "it is not UTF-8 text", { cause });
  }
  if (text.trim() === "") throw unreadable(name, "it is empty");
  const isYaml = [".yaml", ".yml"].includes(extname(path).toLowerCase());
  if (isYaml) return { name, value: await parseYaml(text, name), ...(await placesIn(text, "YAML")) };
  const value = parseJson(text, name);
  // JSON is YAML without comforts, so the same reader finds its places; in what is larger nobody wrote numbers by hand.
  return text.length > PLACES_CHARS_MAX ? { name, value } : { name, value, ...(await placesIn(text, "JSON")) };
}

/** Places of a larger JSON document are not looked for: reading it once more would take longer than all else. */
const PLACES_CHARS_MAX = 1024 * 1024;

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

/** Of a text that was parsed before without an error. */
async function placesIn(
  text: string,
  language: "YAML" | "JSON",
): Promise<Required<Pick<ReadDocument, "lineOf" | "readAs" | "changed">>> {
  const { isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const nodeAt = (path: readonly string[]) =>
    document.getIn(
      path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    );
  return {
    lineOf: (path) => {
      for (let depth = path.length; depth > 0; depth--) {
        const node = nodeAt(path.slice(0, depth));
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return null;
    },
    readAs: (path) => {
      const node = nodeAt(path);
      if (!isScalar(node) || node.type !== "PLAIN" || typeof node.value === "string" || !node.source) return null;
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
    changed: () => {
      const found: string[][] = [];
      visit(document, {
        Scalar(key, node, ancestors) {
          if (key === "key" || node.type !== "PLAIN" || typeof node.value !== "number") return;
          if (node.source === undefined || String(node.value) === node.source) return;
          const steps = [...ancestors, node].flatMap((one, index, all): string[] => {
            const above = all[index - 1];
            if (isPair(one) && isScalar(one.key)) return [String(one.key.value)];
            return isSeq(above) ? [String(above.items.indexOf(one as never))] : [];
          });
          found.push(steps);
        },
      });
      return found;
    },
  };
}

async function readBytes(path: string, cwd: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(cwd, path));
  } catch (cause) {
    throw unreadable(path, fileProblem(cause), { cause });
  }
}

interface Why {
  readonly cause?: unknown;
  readonly line?: number | undefined;
}

function unreadable(path: string, what: string, { cause, line }: Why = {}): SourceUnreadableError {
  return new SourceUnreadableError(what, "Correct it, or name another file", { path, line }, { cause });
}

/** What is wrong with a file, in words; the code where we have none. */
function fileProblem(thrown: unknown): string {
  const code = (thrown as { code?: unknown }).code;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    ENOTDIR: "a part of the path is no folder",
    EACCES: "this user may not read it",
    EISDIR: "it is a folder, a file is expected",
    EMFILE: "too many files are open",
  };
  return words[String(code)] ?? `it cannot be read (${thrown instanceof Error ? thrown.message : String(thrown)})`;
}

async function readAll(stdin: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — with line and column. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const found = message.match(/position (\d+)/)?.[1];
    // Without a position the text ended too early: the place is its end.
    const { line, column } = placeOf(text, found === undefined ? text.trimEnd().length : Number(found));
    const problem = message.replace(/ in JSON at position \d+.*$/s, "").replace(/ at position \d+.*$/s, "");
    throw unreadable(name, `not JSON: ${problem} (column ${column})`, { cause, line });
  }
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — with line and column. */
async function parseYaml(text: string, name: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  // Aliases are limited: a few lines of them can grow to gigabytes ("billion laughs").
  const document = parseDocument(text, { prettyErrors: false });
  const error = document.errors[0];
  if (error) {
    const { line, column } = placeOf(text, error.pos[0]);
    throw unreadable(name, `not YAML: ${error.message} (column ${column})`, { line });
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw unreadable(name, `not YAML: ${(cause as Error).message}`, { cause });
  }
}

/** Line and column, from 1, of an offset. */
function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
