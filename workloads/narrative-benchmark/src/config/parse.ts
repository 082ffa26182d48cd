// From the text of an experiment file to a checked configuration, or to every problem in it with its line.
// Pure: reading the file is the caller's. Aliases and merge keys of YAML work; custom tags, several documents
// and duplicate keys are refused, since each can mean something else than what the author saw.
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { crossCheck, type ValidSections } from "./cross-checks.js";
import { cureFor } from "./cures.js";
import { wordIssue } from "./issues.js";
import { ConfigError, type ConfigProblem } from "./problem.js";
import { type ExperimentConfig, REQUIRED_SECTIONS, SECTIONS, type SectionName } from "./schema.js";

/** No experiment needs more; a larger file is a mistake (a data file given as --config), not a configuration. */
const CONFIG_BYTES_MAX = 1_000_000;

export type ParsedConfig =
  | { readonly ok: true; readonly config: ExperimentConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Read an experiment file.
 *
 * @throws {ConfigError} CONFIG_INVALID — with every problem of the file, each with its line, path and cure.
 */
export function parseConfig(
  text: string,
  { file = "experiment.yaml" }: { file?: string | undefined } = {},
): ExperimentConfig {
  const parsed = checkConfig(text);
  if (!parsed.ok) throw new ConfigError({ file, problems: parsed.problems });
  return parsed.config;
}

/** Like `parseConfig`, with the problems as a value; for editors and forms. */
export function checkConfig(text: string): ParsedConfig {
  if (text.length > CONFIG_BYTES_MAX) {
    return refuse([
      { line: 1, path: "", message: "the file is larger than 1 MB.", cure: "name the experiment file, not the data." },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map(
    (error): ConfigProblem => ({
      line: lines.linePos(error.pos[0]).line,
      path: "",
      message: `not valid YAML: ${oneLine(error.message)}.`,
      cure: yamlCure(error.code),
    }),
  );
  if (broken.length > 0) return refuse(broken);
  return checkDocument(document, lines);
}

function checkDocument(document: Document.Parsed, lines: LineCounter): ParsedConfig {
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    const message = `an alias cannot be resolved: ${oneLine(String(error instanceof Error ? error.message : error))}.`;
    return refuse([
      {
        line: lines.linePos(brokenAliasOffset(document)).line,
        path: "",
        message,
        cure: "write the values out instead of aliases.",
      },
    ]);
  }
  if (!isMap(document.contents) || typeof value !== "object" || value === null) {
    const message =
      value === null || value === undefined ? "the file is empty." : "the file is not a mapping of sections.";
    const cure = "start with `experiment:` and `data:`, each with its settings indented below.";
    return refuse([{ line: 1, path: "", message, cure }]);
  }
  const given = value as Readonly<Record<string, unknown>>;
  const problems: ConfigProblem[] = [];
  const report = (path: readonly PropertyKey[], message: string, cure: string) =>
    problems.push({ line: lineOf(document, lines, path), path: path.map(String).join("."), message, cure });

  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(SECTIONS, name)) {
      const issue = wordIssue({ code: "unrecognized_keys", keys: [name], path: [], input: given } as never, given);
      for (const { path, message, cure } of issue) report(path, message, cure);
    }
  }
  const sections: Record<string, unknown> = {};
  for (const name of Object.keys(SECTIONS) as SectionName[]) {
    const isAbsent = !Object.hasOwn(given, name) || given[name] === null;
    if (isAbsent && REQUIRED_SECTIONS.includes(name)) {
      report([name], "the section is missing.", cureFor(name));
      continue;
    }
    if (isAbsent && name === "prompt") continue;
    const result = SECTIONS[name].safeParse(isAbsent ? absentSection(name) : given[name]);
    if (result.success) sections[name] = result.data;
    else
      for (const issue of result.error.issues as z.core.$ZodIssue[]) {
        for (const worded of wordIssue({ ...issue, path: [name, ...issue.path] } as z.core.$ZodIssue, given)) {
          report(worded.path, worded.message, worded.cure);
        }
      }
  }
  const valid = {
    ...(sections as Partial<ValidSections>),
    hasPrompt: (given.prompt ?? null) !== null,
  };
  for (const { path, message, cure } of crossCheck(valid)) report(path, message, cure);
  if (problems.length > 0) return refuse(problems);
  return { ok: true, config: { ...(sections as unknown as ExperimentConfig), prompt: valid.prompt ?? null } };
}

/** What an absent section stands for: the local method, and the defaults of `run`. */
function absentSection(name: SectionName): unknown {
  return name === "model" ? { provider: "local" } : {};
}

function refuse(problems: readonly ConfigProblem[]): ParsedConfig {
  return { ok: false, problems: [...problems].sort((a, b) => a.line - b.line) };
}

/** The line of a setting: of its key where it is written, else of the nearest enclosing one that is. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: Node | null = document.contents;
  let offset = 0;
  for (const step of path) {
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
