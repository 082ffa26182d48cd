/** Errors for people and for programs, from the one table of problems. */
import { recordError } from "@holdfast/core";
import { specOf } from "../exit.js";
import { nearest } from "../suggest.js";
import type { Colours } from "./colour.js";
import { clean } from "./text.js";

/** The problem+json of an error: the same document that HTTP answers with. */
export function problemDocument(thrown: unknown): Record<string, unknown> {
  const spec = specOf(thrown);
  const { message, code, details, name } = recordError(thrown);
  return {
    type: spec === null ? "about:blank" : `urn:holdfast:problem:${code}`,
    title: spec?.title ?? name,
    status: spec?.httpStatus ?? 500,
    detail: message,
    code: code ?? "UNEXPECTED",
    details: details ?? {},
    advice: adviceFor(thrown),
    isRetryable: spec?.isRetryable ?? false,
  };
}

/** The table's advice, with the run's own id where it is known: what is printed can be typed. */
function adviceFor(thrown: unknown): readonly string[] {
  const spec = specOf(thrown);
  if (spec === null) return ["Run it again with HOLDFAST_DEBUG=1 to see where it was thrown."];
  const details = ((thrown as { details?: unknown }).details ?? {}) as Readonly<Record<string, unknown>>;
  const near = nearName(details);
  const advice = near === null ? spec.advice : [`Did you mean ${near}?`, ...spec.advice];
  const { runId } = details;
  return typeof runId === "string" ? advice.map((line) => line.replaceAll("<runId>", runId)) : advice;
}

/** The known name nearest to the one that was not known: a workflow or a stage. */
function nearName(details: Readonly<Record<string, unknown>>): string | null {
  const given = details.workflow !== undefined && details.known !== undefined ? details.workflow : details.stage;
  const known = details.known ?? details.declared;
  return typeof given === "string" && Array.isArray(known) ? nearest(given, known.map(String)) : null;
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
  for (const advice of adviceFor(thrown)) lines.push(`${colours.cyan("hint:")}  ${clean(advice)}`);
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
