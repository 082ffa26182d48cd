/**
 * Errors as documents: RFC 9457 problem+json with our code and with what can be done. The command prints it under `--json`,
 * the server answers with it, the screen makes its banner of it. Everything comes from the one table of problems.
 */
import { cureOf, type RunAct } from "./act.js";
import type { ErrorSpec } from "./error-specs/row.js";
import { ERROR_SPECS } from "./error-specs/table.js";
import { HoldfastError } from "./errors/holdfast-error.js";
import type { InputIssue } from "./errors/input.js";
import { recordError } from "./errors/recorded.js";
import { isThrown, peek } from "./errors/thrown.js";
import { nearest } from "./nearest.js";
import type { RunStatus } from "./run.js";

/** One thing that can be done about a problem, most likely cure first. */
export interface Suggestion {
  /** Stable name of the suggestion. */
  readonly id: string;
  /** Sentence for people. */
  readonly label: string;
  /** `action` is a request to send, `link` one to look at, `command` a line to type, `advice` a sentence. */
  readonly kind: "action" | "link" | "command" | "advice";
  /** HTTP method of a request. Default: no request. */
  readonly method?: string | undefined;
  /** Address of the request. Default: no request. */
  readonly href?: string | undefined;
  /** JSON body of the request. Default: none. */
  readonly body?: unknown;
  /** The same as a command. */
  readonly cli?: string | undefined;
}

/** The document of an error. Fields may be added, never renamed. */
export interface Problem {
  /** `urn:holdfast:problem:<code>`; `about:blank` for errors that the table does not know. */
  readonly type: string;
  /** Short sentence, the same for every error of the code. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Message of this error. */
  readonly detail: string;
  /** The address that was asked; left out where nothing was. */
  readonly instance?: string | undefined;
  /** Code of the error; `UNEXPECTED` for errors that the table does not know. */
  readonly code: string;
  /** Id of the HTTP request. Default: left out. */
  readonly requestId?: string | undefined;
  /** The same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** When to try again, in milliseconds from now; null when it would not help. */
  readonly retryAfterMs: number | null;
  /** Places that do not fit, as JSON Pointers. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** What can be done, most likely cure first. */
  readonly suggestions: readonly Suggestion[];
  /** Facts of the error, as JSON. */
  readonly details: unknown;
}

/** An error's row in the table of problems; found by its code, so that errors of any copy of a package are known. */
export function specOf(thrown: unknown): ErrorSpec | null {
  const own = isThrown(thrown, HoldfastError) ? (peek(thrown, "spec") as ErrorSpec | undefined) : undefined;
  if (own !== undefined) return own;
  const code = peek(thrown, "code");
  return typeof code === "string" && Object.hasOwn(ERROR_SPECS, code)
    ? ((ERROR_SPECS as Readonly<Record<string, ErrorSpec>>)[code] ?? null)
    : null;
}

/**
 * Whatever was thrown, as a problem. `unforeseen` is what can be done about an error that the table does not know.
 * Nothing of a stack is in it.
 */
export function problemOf(
  thrown: unknown,
  context: {
    readonly instance?: string | undefined;
    readonly requestId?: string | undefined;
    readonly unforeseen?: string | undefined;
  } = {},
): Problem {
  const spec = specOf(thrown);
  const { message, code, details, name } = recordError(thrown);
  const facts = (details ?? {}) as Facts;
  return {
    type: spec === null ? "about:blank" : `urn:holdfast:problem:${code}`,
    title: spec?.title ?? name,
    status: spec?.httpStatus ?? 500,
    detail: message,
    ...(context.instance === undefined ? {} : { instance: context.instance }),
    code: spec === null ? "UNEXPECTED" : (code ?? "UNEXPECTED"),
    ...(context.requestId === undefined ? {} : { requestId: context.requestId }),
    retryable: spec?.isRetryable ?? false,
    retryAfterMs:
      typeof facts.retryAfterMs === "number" ? facts.retryAfterMs : spec?.isRetryable ? RETRY_AFTER_MS : null,
    errors: pointersOf(facts),
    suggestions: suggestionsFor(thrown, context.unforeseen),
    details: facts,
  };
}

/** Where nothing tells when: long enough for a busy store to come to rest. */
const RETRY_AFTER_MS = 1_000;

type Facts = Readonly<Record<string, unknown>>;

/** The table's advice with the run's own id where it is known, and the requests that would carry it out. */
export function suggestionsFor(thrown: unknown, unforeseen?: string | undefined): readonly Suggestion[] {
  const spec = specOf(thrown);
  const facts = (peek(thrown, "details") ?? {}) as Facts;
  const { runId } = facts;
  const lines = spec === null ? (unforeseen === undefined ? [] : [unforeseen]) : spec.advice;
  const advice = lines.map((line) => fromLine(typeof runId === "string" ? line.replaceAll("<runId>", runId) : line));
  const near = nearName(facts);
  const first: Suggestion[] =
    near === null ? [] : [{ id: "did-you-mean", label: `Did you mean ${near}?`, kind: "advice" }];
  const code = peek(thrown, "code");
  return [...first, ...actionsFor(String(code), facts), ...advice];
}

/** A line of advice; what it says to type is its command. */
function fromLine(label: string): Suggestion {
  const cli = label.match(/: (holdfast [^;,.]+)/)?.[1]?.trim();
  const id = label
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")
    .split("-")
    .slice(0, 4)
    .join("-")
    .replace(/^-|-$/g, "");
  return cli === undefined ? { id, label, kind: "advice" } : { id, label, kind: "command", cli };
}

/** The known name nearest to the one that was not known: a workflow or a stage. */
function nearName(facts: Facts): string | null {
  const given = facts.workflow !== undefined && facts.known !== undefined ? facts.workflow : facts.stage;
  const known = facts.known ?? facts.declared;
  return typeof given === "string" && Array.isArray(known) ? nearest(given, known.map(String)) : null;
}

/** The requests that would mend it. Only where the run is known. */
function actionsFor(code: string, facts: Facts): readonly Suggestion[] {
  const { runId } = facts;
  if (typeof runId !== "string") return [];
  const href = `/api/runs/${encodeURIComponent(runId)}`;
  const act = (id: string, label: string, body: object): Suggestion => {
    return { id, label, kind: "action", method: "PUT", href, body: { action: id.split("-")[0], ...body } };
  };
  const look: Suggestion = { id: "look", label: "Look at the run", kind: "link", method: "GET", href };
  switch (code) {
    case "DRIFT":
      return [
        act("resume-reuse", "Go on with what is recorded", { accept: "reuse" }),
        act("resume-redo", "Do again what depends on the change", { accept: "redo" }),
      ];
    case "SOURCE_MISSING":
      return [act("resume-missing-source", "Go on from what was ingested", { accept: "missing-source" })];
    case "RUN_LOCKED":
      return [act("pause", "Pause it where it runs", {}), look];
    case "ILLEGAL_MOVE": {
      const cure = cureOf(facts.asked as RunAct, facts.status as RunStatus);
      if (cure === null) return [look];
      return [{ ...act(cure.act, cure.label, {}), cli: `holdfast ${cure.act} ${runId}` }, look];
    }
    case "PLAN_STALE":
      return [
        { id: "plan", label: "Make the plan again", kind: "action", method: "POST", href: `${href}/plan`, body: {} },
      ];
    case "RUN_CHANGED":
    case "RUN_ID_TAKEN":
    case "IDEMPOTENCY_KEY_REUSED":
      return [look];
    default:
      return [];
  }
}

/** Issues as pointers; an issue's path is dotted. */
function pointersOf({ issues, base }: Facts): Problem["errors"] {
  if (!Array.isArray(issues)) return [];
  const under = typeof base === "string" ? base : "";
  return (issues as readonly InputIssue[]).map(({ path, message }) => {
    const parts = path === "" ? [] : path.split(".");
    return { pointer: `${under}${parts.map((part) => `/${escapePart(part)}`).join("")}`, detail: message };
  });
}

const escapePart = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");
