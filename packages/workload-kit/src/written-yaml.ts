// YAML that a person wrote: its value, where each setting stands, or every mistake of syntax with its line and cure.
// Pure: reading the file and what the settings mean are the caller's. Aliases and merge keys work; custom tags, several
// documents and duplicate keys are refused, since each can mean something else than what the author saw.
import { findChangedNumbers, readYaml } from "holdfast/yaml";
import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import type { WrittenProblem } from "./problem.js";

/** Nothing a person writes is longer; a larger file is a mistake (a data file given in its place). */
const TEXT_CHARS_MAX = 262_144;

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
    return refuseAt(1, `the file is longer than ${TEXT_CHARS_MAX} characters.`, `name ${name}, not the data.`);
  }
  const reading = readYaml(text, { charsMax: TEXT_CHARS_MAX });
  if (!reading.ok) {
    const problems = reading.problems.map(({ line, message, cure }): WrittenProblem => {
      return {
        line,
        path: "",
        message: `not valid YAML: ${message}.`,
        cure: `${cure.charAt(0).toLowerCase()}${cure.slice(1)}.`,
      };
    });
    return { ok: false, problems };
  }
  const { document, lines, value } = reading;
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
    changed: findChangedNumbers(document),
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
