/**
 * What a thrown value says about itself: a decision, a category, or the code of a network failure. Pure; never throws.
 *
 * User code wraps errors, and Node wraps its own ("fetch failed" has the refused connection as its cause). The chain of
 * causes is therefore read from the outermost error inwards, and the first statement found counts.
 */

import { ERROR_CATEGORIES, OUTSIDE_CATEGORIES } from "./error-category.js";
import type { DecisionInvalidError } from "./errors/decision.js";
import { HoldfastError } from "./errors/holdfast-error.js";
import { isThrown, peek, peekText, textOf } from "./errors/thrown.js";
import { nearest } from "./nearest.js";

/** Try again, record the failure, or pause the run until the outside cause has passed. */
export type VerdictKind = "retry" | "fail" | "pause";

/** Problem with a decision. `DecisionInvalidError` adds where it happened. */
export type DecisionProblem = Omit<DecisionInvalidError["details"], "place">;

/** Decision and facts read from a thrown value. `then` is null if it decides nothing. */
export interface Failure {
  readonly then: VerdictKind | null;
  /** Category recorded with the failure; null if nothing names one. */
  readonly category: string | null;
  /** Wait as given; the engine clamps it. */
  readonly afterMs: unknown;
  /** Reason of a pause. */
  readonly reason: string | null;
  readonly problem: DecisionProblem | null;
}

/** Maximum depth of causes, so that a cyclic chain ends. */
const CAUSES_MAX = 8;
/** Maximum number of nested errors: more than one name has addresses, for more servers than are called at once. */
const ERRORS_MAX = 32;
const NESTED_MAX = 2;
const NOTHING: Failure = { then: null, category: null, afterMs: undefined, reason: null, problem: null };

/** Reads a thrown value and its causes. */
export function readFailure(thrown: unknown): Failure {
  for (let at = thrown, depth = 0; at != null && depth < CAUSES_MAX; at = peek(at, "cause"), depth++) {
    const said = readOne(at);
    if (said !== null) return said;
  }
  return NOTHING;
}

function readOne(error: unknown): Failure | null {
  const code = peekText(error, "code");
  const category = peekText(error, "category") || undefined;
  const afterMs = peek(error, "afterMs");
  switch (code) {
    case "RETRY_LATER": {
      const kind = peek(error, "kind");
      const isKnown = kind === undefined || (OUTSIDE_CATEGORIES as readonly unknown[]).includes(kind);
      const problem = isKnown ? findWaitProblem("has", afterMs) : findWordProblem("has kind", kind, OUTSIDE_CATEGORIES);
      return {
        ...NOTHING,
        then: "retry",
        category: isKnown && kind !== undefined ? String(kind) : null,
        afterMs,
        problem,
      };
    }
    case "GIVE_UP":
      return {
        ...NOTHING,
        then: "fail",
        category: category ?? "other",
        problem: findCategoryProblem("has", "fail", category),
      };
    case "PAUSE_RUN": {
      const reason = peekText(error, "reason") || null;
      return {
        ...NOTHING,
        then: "pause",
        category: category ?? null,
        reason,
        afterMs,
        problem: findWaitProblem("has", afterMs),
      };
    }
  }
  // An error class that is not ours may spell a known category differently.
  const known = category === undefined ? null : (resembled(category, ERROR_CATEGORIES) ?? category);
  // A violated contract will be violated again at the next attempt.
  if (isThrown(error, HoldfastError) && peek(peek(error, "spec"), "isRetryable") === false) {
    return { ...NOTHING, then: "fail", category: known };
  }
  const said = known ?? platformKind(error);
  return said === null ? null : { ...NOTHING, category: said };
}

/** Describes a word that is not one of the allowed ones. `lead` begins the sentence ("answered with then"). */
export function findWordProblem(lead: string, found: unknown, allowed: readonly string[]): DecisionProblem {
  const text = textOf(found).slice(0, 100);
  const shown = typeof found === "string" ? `"${text}"` : text;
  const words = allowed.map((word) => `"${word}"`);
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return {
    problem: `${lead}: ${shown}; ${expected} is expected.`,
    found: text,
    allowed,
    meant: typeof found === "string" ? (nearest(text, allowed) ?? resembled(text, allowed)) : null,
  };
}

/**
 * Describes an invalid category; null if it is valid. A retry's category decides the wait and the cost of a failure, so
 * it must be a known one. A failure or a pause may use a word of the workflow's own, unless it can only be a misspelled
 * known one.
 */
export function findCategoryProblem(lead: string, kind: VerdictKind, category: unknown): DecisionProblem | null {
  if (category === undefined || (ERROR_CATEGORIES as readonly unknown[]).includes(category)) return null;
  const isOwnWord = kind !== "retry" && typeof category === "string" && category !== "";
  if (isOwnWord && resembled(category, ERROR_CATEGORIES) === null) return null;
  return findWordProblem(`${lead} category`, category, ERROR_CATEGORIES);
}

/** Describes an invalid wait; null if it is a number. Waits often come from a header, so any number is accepted and clamped. */
export function findWaitProblem(lead: string, afterMs: unknown): DecisionProblem | null {
  if (afterMs === undefined || typeof afterMs === "number") return null;
  const found = textOf(afterMs).slice(0, 100);
  const shown = typeof afterMs === "string" ? `"${found}"` : found;
  return {
    problem: `${lead} afterMs: ${shown}; a number of milliseconds is expected.`,
    found,
    allowed: [],
    meant: null,
  };
}

/**
 * Returns the one of `words` that differs from `given` only in case, separators or ending ("rate-limited", "Timed Out",
 * "server_error"). Returns null if there is none or `given` is one of them, so a workflow's own words stay unchanged.
 */
export function resembled(given: string, words: readonly string[]): string | null {
  if (words.includes(given)) return null;
  const letters = plainLetters(given);
  return words.find((word) => isNear(letters, plainLetters(word))) ?? null;
}

const plainLetters = (word: string) =>
  word
    .slice(0, 100)
    .toLowerCase()
    .replace(/[^a-z]+/g, "")
    .replace(/(errors?|ed|ing|s|exceeded)$/, "");

/** Short words resemble each other by accident. */
const LETTERS_MIN = 6;

function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length < LETTERS_MIN || Math.abs(a.length - b.length) > 1) return false;
  const start = [...a].findIndex((letter, at) => letter !== b[at]);
  if (start < 0) return true;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return [restA.slice(1) === restB, restA === restB.slice(1), restA.slice(1) === restB.slice(1)].includes(true);
}

/** Returns whether an error without a category is a network failure or a timeout, by codes of the platform and its clients. */
function platformKind(error: unknown, depth = 0): "network" | "timeout" | null {
  if (peekText(error, "name") === "TimeoutError") return "timeout";
  const code = peekText(error, "code");
  if (code !== undefined) {
    if (TIMEOUT_CODES.has(code)) return "timeout";
    // axios reports a timeout with the code of an aborted connection.
    if (code === "ECONNABORTED" && /timeout/i.test(peekText(error, "message") ?? "")) return "timeout";
    if (NETWORK_CODES.has(code) || NETWORK_PREFIXES.test(code)) return "network";
  }
  // Several addresses or servers were tried, each with its own error.
  const errors = depth < NESTED_MAX ? peek(error, "errors") : null;
  if (!Array.isArray(errors) || errors.length === 0 || errors.length > ERRORS_MAX) return null;
  const kinds = errors.map((one) => platformKind(one, depth + 1) ?? platformKind(peek(one, "cause"), depth + 1));
  return kinds.includes(null) ? null : (kinds[0] ?? null);
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set([
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "ERR_SOCKET_CONNECTION_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);

const NETWORK_CODES: ReadonlySet<string> = new Set([
  "EADDRNOTAVAIL",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "ENOTCONN",
  "ENOTFOUND",
  "EPIPE",
  "EPROTO",
  "ERR_NETWORK",
  "ERR_STREAM_PREMATURE_CLOSE",
  "UND_ERR_DESTROYED",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_SOCKET",
  // Certificates.
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** DNS, TLS, HTTP/2, and servers that do not speak HTTP. */
const NETWORK_PREFIXES = /^(EAI_|CERT_|ERR_TLS_|ERR_SSL_|ERR_HTTP2_(STREAM|SESSION|GOAWAY)|HPE_)/;
