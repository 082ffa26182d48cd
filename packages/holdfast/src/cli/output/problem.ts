/** Errors for people and for programs, from the one table of problems. */
import { type Problem, problemOf, recordError, specOf, suggestionsFor } from "@holdfast/core";
import type { Colours } from "./colour.js";
import { clean } from "./text.js";

const UNFORESEEN = "Run the command again with HOLDFAST_DEBUG=1 to see where the error was thrown.";

/** The problem+json of an error: the same document that HTTP answers with. */
export function problemDocument(thrown: unknown): Problem {
  return problemOf(thrown, { unforeseen: UNFORESEEN });
}

export function problemLines(thrown: unknown, colours: Colours, isDebug: boolean): string[] {
  const { message, code, stack } = recordError(thrown);
  const [first = "", ...rest] = clean(message).split("\n");
  const lines = [`${colours.red("error:")} ${first}`, ...rest.map((text) => `       ${text}`)];
  // Several fields in one message: one a line is easier to read.
  const issues = issuesOf(thrown);
  if (issues.length > 1) {
    lines.splice(0, lines.length, `${colours.red("error:")} ${clean(first.split(": ")[0] ?? "")}:`);
    lines.push(...issues.map((issue) => `  ${clean(issue)}`));
  }
  for (const { kind, label, cli } of suggestionsFor(thrown, UNFORESEEN)) {
    // Requests are for those who came over HTTP, unless they are a command as well.
    const text = kind === "action" || kind === "link" ? (cli === undefined ? null : `${label}: ${cli}`) : label;
    if (text !== null) lines.push(`${colours.cyan("hint:")}  ${clean(text)}`);
  }
  if (code !== undefined && specOf(thrown) !== null) lines.push(colours.dim(`code:  ${code}`));
  if (isDebug && stack !== undefined) lines.push(colours.dim(clean(stack)));
  return lines;
}

function issuesOf(thrown: unknown): readonly string[] {
  const { issues } = ((thrown as { details?: unknown } | null)?.details ?? {}) as { issues?: unknown };
  if (!Array.isArray(issues)) return [];
  return issues.map(({ path, message }: { path: string; message: string }) =>
    path === "" ? message : `${path}: ${message}`,
  );
}
