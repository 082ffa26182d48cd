/**
 * Errors as documents: RFC 9457 problem+json with our code and suggestions. The command prints it under `--json`, the
 * server answers with it, and the dashboard shows it as a banner. Its content comes from the error table.
 */
import { ACTS_FROM, cureOf, type RunAct } from "./act.js";
import type { ErrorSpec } from "./error-specs/row.js";
import { ERROR_SPECS } from "./error-specs/table.js";
import { HoldfastError } from "./errors/holdfast-error.js";
import type { InputIssue } from "./errors/input.js";
import { recordError } from "./errors/recorded.js";
import { isThrown, peek } from "./errors/thrown.js";
import { type OptionNames, refuseUnknownOptions } from "./known-options.js";
import { nearest } from "./nearest.js";
import type { RunStatus } from "./run-status.js";

/** Something that can be done about a problem. Lists are ordered by likelihood. */
export interface Suggestion {
  /** Stable name of the suggestion. */
  readonly id: string;
  /** Sentence for people. */
  readonly label: string;
  /** `action` is a request to send, `link` a request to read, `command` a line to type, `advice` a sentence. */
  readonly kind: "action" | "link" | "command" | "advice";
  /** HTTP method of a request. Default: no request. */
  readonly method?: string | undefined;
  /** Address of the request. Default: no request. */
  readonly href?: string | undefined;
  /** JSON body of the request. Default: none. */
  readonly body?: unknown;
  /** Command with the same effect. Default: none. */
  readonly cli?: string | undefined;
}

/** Problem document of an error. Fields may be added, never renamed. */
export interface Problem {
  /** `urn:holdfast:problem:<code>`; `about:blank` for errors that the error table does not know. */
  readonly type: string;
  /** Short sentence, the same for every error with this code. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Message of this error. */
  readonly detail: string;
  /** Address that was requested; left out if there was no request. */
  readonly instance?: string | undefined;
  /** Code of the error; `UNEXPECTED` for errors that the error table does not know. */
  readonly code: string;
  /** ID of the HTTP request. Default: left out. */
  readonly requestId?: string | undefined;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** When to retry, in milliseconds from now; null if a retry would not help. */
  readonly retryAfterMs: number | null;
  /** Invalid places, as JSON Pointers. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** Suggestions, most likely remedy first. */
  readonly suggestions: readonly Suggestion[];
  /** Facts about the error, as JSON. */
  readonly details: unknown;
}

/**
 * Returns an error's row in the error table, found by its code, so that errors of another copy of the package are
 * recognized; null if there is none.
 */
export function specOf(thrown: unknown): ErrorSpec | null {
  const own = isThrown(thrown, HoldfastError) ? (peek(thrown, "spec") as ErrorSpec | undefined) : undefined;
  if (own !== undefined) return own;
  const code = peek(thrown, "code");
  return typeof code === "string" && Object.hasOwn(ERROR_SPECS, code)
    ? ((ERROR_SPECS as Readonly<Record<string, ErrorSpec>>)[code] ?? null)
    : null;
}

/** Options of `problemOf`. */
export interface ProblemOptions {
  /** Address that was requested. Default: left out of the document. */
  readonly instance?: string | undefined;
  /** ID of the HTTP request. Default: left out of the document. */
  readonly requestId?: string | undefined;
  /** Advice for an error that the error table does not know, as a sentence. Default: no suggestion. */
  readonly unforeseen?: string | undefined;
  /**
   * Reader of the document. "operator" gets commands to type, requests of the HTTP server, and all facts. "user" is a
   * user of your program: advice in sentences, and nothing that names a worker, host, process or file. Default
   * "operator".
   */
  readonly audience?: "operator" | "user" | undefined;
}

const OPTIONS: OptionNames<ProblemOptions> = { instance: true, requestId: true, unforeseen: true, audience: true };

/**
 * Returns anything that was thrown as a problem document (RFC 9457), for the answer of an HTTP route: `status` is the HTTP
 * status, `code` what programs compare, `title` and `detail` are for people, `suggestions` say what can be done. It never has
 * a stack in it. An error that Holdfast does not know becomes status 500 with the code UNEXPECTED; for a user it says
 * nothing of the error itself.
 * @example
 * ```ts
 * const problem = problemOf(error, { audience: "user" });
 * response.status(problem.status).type("application/problem+json").send(problem);
 * ```
 */
export function problemOf(thrown: unknown, context: ProblemOptions = {}): Problem {
  refuseUnknownOptions("problemOf", context, OPTIONS);
  const problem = wholeProblem(thrown, context);
  return context.audience === "user" ? toUserProblem(problem) : problem;
}

/** Facts about the machine rather than the run. */
const PRIVATE_FACTS = ["holder", "host", "pid", "heldBy", "by", "location", "path", "file", "config", "stack", "cause"];

function toUserProblem(problem: Problem): Problem {
  const facts = Object.entries((problem.details ?? {}) as Facts);
  const shown = facts.filter(([name]) => !PRIVATE_FACTS.includes(name));
  const isUnforeseen = problem.code === "UNEXPECTED";
  // The message is built from the facts. If one of them is hidden, the title replaces it.
  const isHidden = isUnforeseen || shown.length < facts.length;
  return {
    ...problem,
    ...(isUnforeseen ? { title: "Unexpected error", details: {} } : { details: Object.fromEntries(shown) }),
    ...(isHidden ? { detail: isUnforeseen ? "Something went wrong." : `${problem.title}.` } : {}),
    suggestions: adviceOf(problem),
  };
}

/** Advice for a user. Problems of the machine get none, since a user cannot fix them. */
function adviceOf({ status, retryable, suggestions }: Problem): readonly Suggestion[] {
  if (status < 500) return suggestions.flatMap(toAdvice);
  return retryable ? [{ id: "try-again", label: "Try again in a moment.", kind: "advice" }] : [];
}

/** Turns a suggestion into a sentence without its commands and requests; none if nothing useful remains. */
function toAdvice({ id, label }: Suggestion): readonly Suggestion[] {
  const [first, ...others] = label.split("; ").map((part) => part.replace(/: (?:holdfast|GET|DELETE) .*$/, ""));
  if (first === undefined || !isForUsers(first)) return [];
  const told = [first, ...others.filter((part) => isForUsers(part) && part !== "then")].join("; ");
  return [
    {
      id: id.replace(/-(?:holdfast|get-api|delete-api).*$/, ""),
      label: /[.?]$/.test(told) ? told : `${told}.`,
      kind: "advice",
    },
  ];
}

/** True if the text contains no command, option or setting. */
const isForUsers = (part: string) => !/\bholdfast\b|--[a-z]|\bHOLDFAST_|\bserver\.|\/api\/docs/.test(part);

function wholeProblem(thrown: unknown, context: ProblemOptions): Problem {
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

/** Default time until a retry: long enough for a busy store to recover. */
const RETRY_AFTER_MS = 1_000;

type Facts = Readonly<Record<string, unknown>>;

/** Returns the error table's advice, with the run's own ID if known, and the requests that would carry it out. */
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

/** Turns a line of advice into a suggestion; the part to type becomes its command. */
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

/** Returns the known workflow or stage name nearest to the unknown one. */
function nearName(facts: Facts): string | null {
  const given = facts.workflow !== undefined && facts.known !== undefined ? facts.workflow : facts.stage;
  const known = facts.known ?? facts.declared;
  return typeof given === "string" && Array.isArray(known) ? nearest(given, known.map(String)) : null;
}

/** Returns the requests that would fix the problem. Only if the run is known. */
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
        act("resume-reuse", "Continue with the recorded results", { accept: "reuse" }),
        act("resume-redo", "Redo what depends on the change", { accept: "redo" }),
      ];
    case "SOURCE_MISSING":
      return [act("resume-missing-source", "Continue with the ingested rows", { accept: "missing-source" })];
    case "RUN_LOCKED":
      return [act("pause", "Pause it on its worker", {}), look];
    case "ILLEGAL_MOVE": {
      const isKnown = typeof facts.asked === "string" && Object.hasOwn(ACTS_FROM, facts.asked);
      const cure = isKnown ? cureOf(facts.asked as RunAct, facts.status as RunStatus) : null;
      if (cure === null) return [look];
      return [{ ...act(cure.act, cure.label, {}), cli: `holdfast ${cure.act} ${runId}` }, look];
    }
    case "PLAN_STALE":
      return [{ id: "plan", label: "Make a new plan", kind: "action", method: "POST", href: `${href}/plan`, body: {} }];
    case "RUN_CHANGED":
    case "RUN_ID_TAKEN":
    case "IDEMPOTENCY_KEY_REUSED":
      return [look];
    default:
      return [];
  }
}

/** Converts issues, whose paths are dotted, to pointers. */
function pointersOf({ issues, base }: Facts): Problem["errors"] {
  if (!Array.isArray(issues)) return [];
  const under = typeof base === "string" ? base : "";
  return (issues as readonly InputIssue[]).map(({ path, message }) => {
    const parts = path === "" ? [] : path.split(".");
    return { pointer: `${under}${parts.map((part) => `/${escapePart(part)}`).join("")}`, detail: message };
  });
}

const escapePart = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");
