// YAML that a person wrote: its value, where each setting stands, or every mistake of syntax with its line and cure.
// Pure: reading the file and what the settings mean are the caller's. Aliases and merge keys work; custom tags, several
// documents and duplicate keys are refused, since each can mean something else than what the author saw.
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { WrittenProblem } from "./problem.js";

/** Nothing a person writes is longer; a larger file is a mistake (a data file given in its place). */
const TEXT_CHARS_MAX = 1_000_000;

/** Line, from 1, of a setting: of its key where it is written, else of the nearest enclosing one that is. */
export type LineOf = (path: readonly PropertyKey[]) => number;

export type WrittenYaml =
  | {
      readonly ok: true;
      readonly given: Readonly<Record<string, unknown>>;
      readonly lineOf: LineOf;
      /** What YAML made of text without quotes: `YAML reads 1.10 as the number 1.1`; null where it left it a text. */
      readonly readAs: (path: readonly PropertyKey[]) => string | null;
      /** Places of numbers that do not read as they were written: `1.10`, `007`, `1e3`, digits beyond the sixteenth. */
      readonly changed: readonly (readonly PropertyKey[])[];
    }
  | { readonly ok: false; readonly problems: readonly WrittenProblem[] };

export interface YamlSubject {
  /** What the file is to hold, for a file that is too large: "the experiment file". */
  readonly name: string;
  /** How such a file begins, for one that is empty or no mapping. */
  readonly beginning: string;
}

/** Read a mapping of settings. */
export function readWrittenYaml(text: string, { name, beginning }: YamlSubject): WrittenYaml {
  if (text.length > TEXT_CHARS_MAX) {
    return refuseAt(1, "the file is larger than 1 MB.", `name ${name}, not the data.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map(
    (error): WrittenProblem => ({
      line: lines.linePos(error.pos[0]).line,
      path: "",
      message: `not valid YAML: ${oneLine(error.message)}.`,
      cure: yamlCure(error.code),
    }),
  );
  if (broken.length > 0) return { ok: false, problems: broken.sort((a, b) => a.line - b.line) };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    const message = `an alias cannot be resolved: ${oneLine(String(error instanceof Error ? error.message : error))}.`;
    const { line } = lines.linePos(brokenAliasOffset(document));
    return refuseAt(line, message, "write the values out instead of aliases.");
  }
  if (!isMap(document.contents) || typeof value !== "object" || value === null) {
    const isEmpty = value === null || value === undefined;
    return refuseAt(1, isEmpty ? "the file is empty." : "the file is not a mapping of sections.", beginning);
  }
  const given = value as Readonly<Record<string, unknown>>;
  return {
    ok: true,
    given,
    lineOf: (path) => lineOf(document, lines, path),
    readAs: (path) => wordReading(document.getIn(path, true)),
    changed: changedNumbers(document),
  };
}

function wordReading(node: unknown): string | null {
  if (!isScalar(node) || node.type !== "PLAIN" || node.source === undefined) return null;
  const { source, value } = node;
  if (typeof value === "number" || typeof value === "bigint") return `YAML reads ${source} as the number ${value}`;
  if (typeof value === "boolean") return `YAML reads ${source} as a truth value (${value})`;
  if (value instanceof Date) return `YAML reads ${source} as a date (${value.toISOString()})`;
  return value === null && source !== "" ? `YAML reads ${source} as no value` : null;
}

function changedNumbers(document: Document): PropertyKey[][] {
  const found: PropertyKey[][] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key" || node.type !== "PLAIN" || typeof node.value !== "number") return;
      if (node.source === undefined || String(node.value) === node.source) return;
      const steps = [...ancestors, node].flatMap((one, index, all): PropertyKey[] => {
        const above = all[index - 1];
        if (isPair(one) && isScalar(one.key)) return [String(one.key.value)];
        return isSeq(above) ? [above.items.indexOf(one as never)] : [];
      });
      found.push(steps);
    },
  });
  return found;
}

function refuseAt(line: number, message: string, cure: string): WrittenYaml {
  return { ok: false, problems: [{ line, path: "", message, cure }] };
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: Node | null = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item?.range) offset = item.range[0];
      node = item ?? null;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
    if (pair === undefined) break;
    const range = (pair.key as Node).range;
    if (range) offset = range[0];
    node = pair.value as Node | null;
  }
  return lines.linePos(offset).line;
}

/** Where the first alias without an anchor stands; the start of the file when the aliases are merely too many. */
function brokenAliasOffset(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function yamlCure(code: string): string {
  if (code === "DUPLICATE_KEY") return "keep one of the two.";
  if (code === "TAB_AS_INDENT") return "indent with spaces.";
  if (code === "MULTIPLE_DOCS") return "keep one document: remove the second `---`.";
  if (code === "TAG_RESOLVE_FAILED") return "remove the tag (the word after `!`).";
  if (code === "BAD_INDENT") return "give the settings of a section the same number of leading spaces.";
  if (code === "MISSING_CHAR") return "close the quote or bracket, or put the text in quotes.";
  return "put text with special characters in quotes, and check the indentation above.";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[.\s]+$/, "");
}
