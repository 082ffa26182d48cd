// Parses the text of an experiment file into a checked configuration, or every problem with its line. Pure: the caller
// reads the file. Aliases and merge keys of YAML work. Custom tags, multiple documents and duplicate keys are refused,
// since each can mean something other than what the author saw.
import { readWrittenYaml } from "@holdfast/workload-kit";
import type { z } from "zod";
import { crossCheck, type ValidSections } from "./cross-checks.js";
import { cureFor } from "./cures.js";
import { wordIssue } from "./issues.js";
import { ConfigError, type ConfigProblem } from "./problem.js";
import { type ExperimentConfig, REQUIRED_SECTIONS, SECTIONS, type SectionName } from "./schema.js";

export type ParsedConfig =
  | { readonly ok: true; readonly config: ExperimentConfig }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Parses an experiment file.
 *
 * @throws {ConfigError} CONFIG_INVALID with every problem of the file, each with its line, path and remedy.
 */
export function parseConfig(
  text: string,
  { file = "experiment.yaml" }: { file?: string | undefined } = {},
): ExperimentConfig {
  const parsed = checkConfig(text);
  if (!parsed.ok) throw new ConfigError({ file, problems: parsed.problems });
  return parsed.config;
}

/** Same as `parseConfig`, but returns the problems; for editors and forms. */
export function checkConfig(text: string): ParsedConfig {
  const written = readWrittenYaml(text, {
    name: "the experiment file",
    beginning: "start with `experiment:` and `data:`, each with its settings indented below.",
  });
  if (!written.ok) return written;
  const { given, lineOf, readAs, changed } = written;
  const problems: ConfigProblem[] = [];
  const report = (path: readonly PropertyKey[], message: string, cure: string) =>
    problems.push({ line: lineOf(path), path: path.map(String).join("."), message, cure });

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
          const reading = expectsText(issue) ? readAs(worded.path) : null;
          if (reading === null) report(worded.path, worded.message, worded.cure);
          else report(worded.path, `${reading}, where a text is expected.`, `put it in quotes; ${worded.cure}`);
        }
      }
  }
  // A whole number is accepted as a version, but only if it reads as it was written.
  for (const path of changed) {
    if (path.join(".") !== "prompt.version" || problems.some((one) => one.path === "prompt.version")) continue;
    report(path, `${readAs(path)}, where a text is expected.`, `put it in quotes; ${cureFor("prompt.version")}`);
  }
  const valid = {
    ...(sections as Partial<ValidSections>),
    hasPrompt: (given.prompt ?? null) !== null,
  };
  for (const { path, message, cure } of crossCheck(valid)) report(path, message, cure);
  if (problems.length > 0) return refuse(problems);
  return { ok: true, config: { ...(sections as unknown as ExperimentConfig), prompt: valid.prompt ?? null } };
}

/** Returns whether the schema expects a text and found something else. */
function expectsText(issue: z.core.$ZodIssue): boolean {
  if (issue.code === "invalid_type") return issue.expected === "string";
  return issue.code === "invalid_union" && issue.errors.flat().some(expectsText);
}

/** Default of a missing section: the local method, or the defaults of `run`. */
function absentSection(name: SectionName): unknown {
  return name === "model" ? { provider: "local" } : {};
}

function refuse(problems: readonly ConfigProblem[]): ParsedConfig {
  return { ok: false, problems: [...problems].sort((a, b) => a.line - b.line) };
}
