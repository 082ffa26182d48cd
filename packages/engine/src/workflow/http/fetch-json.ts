/**
 * `fetchJson`: one HTTP call whose errors carry the decision about them. It makes no retries of its own: the engine does,
 * with the attempts and the backoff of the stage or map, and across restarts.
 */
import { GiveUpError, peek, peekText, RetryLaterError, readFailure, WrongUseError } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { validate } from "../../base/schema.js";
import { systemClock } from "../../base/system-clock.js";
import { BODY_BYTES_MAX, BodyTooLarge, readBody, readStart } from "./body.js";
import { credentialsOf, RequestSecrets, showUrl } from "./secrets.js";
import { statusError } from "./status-error.js";

/** Options of `fetch`, and what makes a call safe to repeat. */
export interface FetchJsonInit extends RequestInit {
  /** Sent as the header `Idempotency-Key`: give the context's, so that the server recognizes a repeated call. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds for the whole call, its body included. Default: Node's own limits, five minutes without a byte. */
  readonly timeoutMs?: number | undefined;
}

/** Of an answer that is no success; enough for what an error says. */
const ERROR_BODY_BYTES_MAX = 16 * 1024;
const ERROR_BODY_CHARS_MAX = 300;
const ISSUES_MAX = 5;

/**
 * Calls `url` and returns the JSON that it answers, checked by `schema` where one is given; null for an empty body.
 *
 * Use it in a stage or an item of a map, and pass its `signal`. Bodies of more than 16 MiB are refused. No error shows a
 * credential of the request's headers, or the query of its address.
 *
 * @throws {RetryLaterError} RETRY_LATER — 429, 408, 5xx, network failures and timeouts, with the server's Retry-After.
 * @throws {PauseRunError} PAUSE_RUN — 401 to a request with credentials in its headers, and 402.
 * @throws {GiveUpError} GIVE_UP — any other status, and an answer that is no JSON, too large or does not fit `schema`.
 * @throws the reason of `signal`, where it aborted.
 */
export function fetchJson<T>(
  url: string | URL,
  init: FetchJsonInit & { readonly schema: Schema<unknown, T> },
): Promise<T>;
/** Without `schema` the JSON is `unknown`. */
export function fetchJson(url: string | URL, init?: FetchJsonInit): Promise<unknown>;
export async function fetchJson(
  url: string | URL,
  init: FetchJsonInit & { readonly schema?: Schema<unknown, unknown> | undefined } = {},
): Promise<unknown> {
  const { idempotencyKey, timeoutMs, schema, signal, ...rest } = init;
  const address = parseUrl(url);
  const headers = makeHeaders(rest, idempotencyKey);
  const secrets = new RequestSecrets(headers, address);
  const what = `${(rest.method ?? "GET").toUpperCase()} ${showUrl(address)}`;
  const limit = new CallLimit(signal ?? null, timeoutMs);
  try {
    const response = await fetch(address, { ...rest, headers, signal: limit.signal });
    if (!response.ok) throw await refusal(response, what, headers, secrets);
    const text = await readBody(response, BODY_BYTES_MAX);
    return await readJson(text, what, secrets, schema);
  } catch (error) {
    throw limit.isAsked ? limit.reason : classify(error, what, secrets, limit);
  } finally {
    limit.end();
  }
}

/** The caller's signal and the timeout as one, without leaving a listener on a signal that lives on. */
class CallLimit {
  private readonly controller = new AbortController();
  private readonly timer: { cancel(): void } | null;
  /** Milliseconds, once they are over. */
  overMs: number | null = null;

  constructor(
    private readonly asked: AbortSignal | null,
    timeoutMs: number | undefined,
  ) {
    if (timeoutMs !== undefined && !(timeoutMs > 0)) {
      throw new WrongUseError({ problem: `fetchJson: timeoutMs is ${timeoutMs}; a number above 0 is expected.` });
    }
    this.timer =
      timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY
        ? null
        : systemClock.setTimer(timeoutMs, () => {
            this.overMs = timeoutMs;
            this.controller.abort();
          });
    if (asked?.aborted) this.abort();
    asked?.addEventListener("abort", this.abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The caller's signal ended the call, not the timeout. */
  get isAsked(): boolean {
    return this.asked?.aborted === true && this.overMs === null;
  }

  get reason(): unknown {
    return this.asked?.reason;
  }

  end(): void {
    this.timer?.cancel();
    this.asked?.removeEventListener("abort", this.abort);
  }

  private readonly abort = () => this.controller.abort(this.asked?.reason);
}

/** What went wrong besides the status, as an error that decides. */
function classify(error: unknown, what: string, secrets: RequestSecrets, limit: CallLimit): unknown {
  if (limit.overMs !== null) {
    return new RetryLaterError(`${what}: no whole answer within ${limit.overMs} ms`, { kind: "timeout" });
  }
  // Ours already.
  if (peekText(error, "code") !== undefined && readFailure(error).then !== null) return error;
  if (error instanceof BodyTooLarge) {
    const limitMiB = BODY_BYTES_MAX / 1024 / 1024;
    return new GiveUpError(`${what}: the answer has more than ${limitMiB} MiB`, { category: "invalid_output" });
  }
  const { category } = readFailure(error);
  const why = secrets.hide(wordCauses(error));
  const cause = plainCause(error, secrets);
  if (category === "network" || category === "timeout") {
    return new RetryLaterError(`${what}: ${why}`, { kind: category, cause });
  }
  return new GiveUpError(`${what}: ${why}`, { cause });
}

/** "fetch failed" says nothing: its cause does. */
function wordCauses(error: unknown): string {
  const words: string[] = [];
  for (let at = error, depth = 0; at != null && depth < 4; at = peek(at, "cause"), depth++) {
    const word = peekText(at, "message") || peekText(at, "code");
    if (word !== undefined && !words.includes(word)) words.push(word);
  }
  return words.join(": ") || "the call failed";
}

/** The chain of causes without what it may hold besides: its objects are of the platform, and may carry the request. */
function plainCause(error: unknown, secrets: RequestSecrets, depth = 0): Error | undefined {
  if (error == null || depth > 3) return undefined;
  const code = peekText(error, "code");
  const cause = plainCause(peek(error, "cause"), secrets, depth + 1);
  const message = secrets.hide(peekText(error, "message") ?? "");
  const plain = new Error(message, cause === undefined ? undefined : { cause });
  plain.name = peekText(error, "name") ?? "Error";
  // Where it was made says nothing: it was made here.
  delete plain.stack;
  return code === undefined ? plain : Object.assign(plain, { code });
}

async function refusal(response: Response, what: string, headers: Headers, secrets: RequestSecrets) {
  const { text } = await readStart(response, ERROR_BODY_BYTES_MAX).catch(() => ({ text: "" }));
  // Hidden before it is cut: half a credential would not be found.
  const said = secrets.hide(text).replace(/\s+/g, " ").trim();
  const short = said.length > ERROR_BODY_CHARS_MAX ? `${said.slice(0, ERROR_BODY_CHARS_MAX)}…` : said;
  return statusError({
    status: response.status,
    headers: response.headers,
    message: `${what}: HTTP ${response.status}${short === "" ? "" : `: ${short}`}`,
    hasCredentials: credentialsOf(headers).length > 0,
    nowMs: systemClock.nowMs(),
  });
}

async function readJson(
  text: string,
  what: string,
  secrets: RequestSecrets,
  schema: Schema<unknown, unknown> | undefined,
): Promise<unknown> {
  let value: unknown;
  try {
    // JSON may begin with a byte order mark, which the decoder has taken away.
    value = text.trim() === "" ? null : JSON.parse(text);
  } catch {
    const start = secrets.hide(text.slice(0, ERROR_BODY_BYTES_MAX)).replace(/\s+/g, " ").trim().slice(0, 100);
    throw new GiveUpError(`${what}: the answer is no JSON: it begins with "${start}"`, { category: "invalid_output" });
  }
  if (schema === undefined) return value;
  const checked = await validate(schema, value);
  if (checked.ok) return checked.value;
  const issues = checked.issues
    .slice(0, ISSUES_MAX)
    .map(({ path, message }) => (path ? `${path}: ${message}` : message));
  const rest = checked.issues.length > ISSUES_MAX ? `; and ${checked.issues.length - ISSUES_MAX} more` : "";
  const problem = secrets.hide(issues.join("; "));
  throw new GiveUpError(`${what}: the answer does not fit its schema: ${problem}${rest}`, {
    category: "invalid_output",
  });
}

/** @throws {WrongUseError} WRONG_USE — without the address, which may hold credentials. */
function parseUrl(url: string | URL): URL {
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    throw new WrongUseError({ problem: "fetchJson: the address is no absolute URL." });
  }
  if (address.username !== "" || address.password !== "") {
    const problem = `fetchJson: the address at ${address.host} has credentials in it; send them in the header Authorization.`;
    throw new WrongUseError({ problem });
  }
  return address;
}

/** @throws {WrongUseError} WRONG_USE — naming the header, never its value. */
function makeHeaders({ headers: given, body }: RequestInit, idempotencyKey: string | undefined): Headers {
  const headers = new Headers();
  for (const [name, value] of entriesOf(given)) setHeader(headers, name, value);
  if (idempotencyKey !== undefined) setHeader(headers, "idempotency-key", encodeKey(idempotencyKey), "set");
  if (!headers.has("accept")) headers.set("accept", "application/json");
  if (typeof body === "string" && !headers.has("content-type")) headers.set("content-type", "application/json");
  return headers;
}

function entriesOf(given: RequestInit["headers"]): Iterable<readonly [string, string]> {
  if (given === undefined) return [];
  if (Symbol.iterator in given) return given as Iterable<readonly [string, string]>;
  return Object.entries(given as Record<string, string | undefined>).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
}

function setHeader(headers: Headers, name: string, value: string, how: "append" | "set" = "append"): void {
  try {
    headers[how](name, value);
  } catch {
    // The platform's own message quotes the value.
    throw new WrongUseError({
      problem: `fetchJson: the header "${String(name).slice(0, 100)}" cannot be sent as given.`,
    });
  }
}

/** Keys of items may have any letters; a header has not. */
const encodeKey = (key: string) => key.toWellFormed().replace(/[^\x21-\x7e]/gu, encodeURIComponent);
