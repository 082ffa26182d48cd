/**
 * Asking the server: relative to where the page is mounted, with the header that says a person of this page meant it. What is
 * refused becomes an `ApiProblem` with the server's own words; a server that does not answer becomes an `Unreachable`.
 */
import type { Problem } from "./types.js";

/** The server refused, and said why. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** Nobody answered: the connection is gone, or the server is. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server does not answer.", { cause });
  }
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  /** A file as the body, sent as it is. */
  readonly file?: Blob | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Reads the text of the answer. Default JSON.parse, which rounds what is over 2^53. */
  readonly parse?: ((text: string) => unknown) | undefined;
}

type Listener = (event: "answered" | "unreachable" | "signedOut") => void;
const listeners = new Set<Listener>();

/** For the connection chip and the sign-in: how the last request went. */
export function onTraffic(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell: Listener = (event) => {
  for (const listener of listeners) listener(event);
};

export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const { method = "GET", body, file, headers, signal, parse = JSON.parse } = options;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      signal: signal ?? null,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(method === "GET" ? {} : { "x-holdfast-request": "1" }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(file === undefined ? {} : { "content-type": "application/octet-stream" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(file === undefined ? {} : { body: file }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    tell("unreachable");
    throw new Unreachable(cause);
  }
  tell("answered");
  const text = await answer.text();
  if (answer.ok) return (text === "" ? null : parse(text)) as T;
  if (answer.status === 401) tell("signedOut");
  throw new ApiProblem(answer.status, problemOf(answer, text));
}

/** A proxy in between may answer with a page of its own. */
function problemOf(answer: Response, text: string): Problem {
  try {
    const read = JSON.parse(text) as Problem;
    if (typeof read.code === "string") return read;
  } catch {
    // Not ours.
  }
  return {
    type: "about:blank",
    title: answer.statusText,
    status: answer.status,
    detail: `The server answered ${answer.status} ${answer.statusText}.`,
    code: "UNKNOWN",
    retryable: answer.status >= 500,
    retryAfterMs: null,
    errors: [],
    suggestions: [],
  };
}

/** A query of what is set. */
export function query(values: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (set.length === 0) return "";
  return `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}

export const runPath = (runId: string, rest = ""): string => `api/runs/${encodeURIComponent(runId)}${rest}`;
