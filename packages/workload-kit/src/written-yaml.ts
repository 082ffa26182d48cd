// Parses YAML that a person wrote: its value and the line of each setting, or every syntax error with its line and
// remedy. Pure: the caller reads the file and interprets the settings. Aliases and merge keys work. Custom tags,
// multiple documents and duplicate keys are refused, since each can mean something other than what the author saw.
import { findChangedNumbers, readYaml } from "holdfast/yaml";
import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import type { WrittenProblem } from "./problem.js";

/** Longer than anything a person writes. A larger file is a mistake, such as a data file given in its place. */
const TEXT_CHARS_MAX = 262_144;

/** Returns the line of a setting, from 1: the line of its key if written, else of the nearest enclosing one. */
export type LineOf = (path: readonly PropertyKey[]) => number;

export type WrittenYaml =
  | {
      readonly ok: true;
      readonly given: Readonly<Record<string, unknown>>;
      readonly lineOf: LineOf;
      /** How YAML interpreted unquoted text (`YAML reads 1.10 as the number 1.1`); null if it left it as text. */
      readonly readAs: (path: readonly PropertyKey[]) => string | null;
      /** Paths of numbers that YAML changed: `1.10`, `007`, `1e3`, digits beyond the sixteenth. */
      readonly changed: readonly (readonly PropertyKey[])[];
    }
  | { readonly ok: false; readonly problems: readonly WrittenProblem[] };

export interface YamlSubject {
  /** What the file should contain, for messages about a file that is too large: "the experiment file". */
  readonly name: string;
  /** How such a file begins, for a file that is empty or not a mapping. */
  readonly beginning: string;
}

/** Parses a mapping of settings. */
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
