/** Requests to the server, with Holdfast's header and the token, and with the server's problems as errors. */
import { problem } from "@holdfast/protocol";
import type { z } from "zod";

/** An RFC 9457 problem as the server sends it. */
export type Problem = z.output<typeof problem>;

/** The server refused a request, or could not be reached. `problem` is its response; null if there was none. */
export class HoldfastRequestError extends Error {
  override readonly name = "HoldfastRequestError";
  /** Code from `docs/errors.md`; `NOT_REACHED` if no server answered. */
  readonly code: string;

  constructor(
    message: string,
    readonly status: number | null,
    readonly problem: Problem | null,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = problem?.code ?? (status === null ? "NOT_REACHED" : "UNEXPECTED_ANSWER");
  }
}

export interface HttpOptions {
  readonly base: URL;
  readonly token: () => Promise<string | null>;
  readonly fetch: typeof fetch;
}

export class Http {
  constructor(private readonly options: HttpOptions) {}

  get base(): URL {
    return this.options.base;
  }

  token(): Promise<string | null> {
    return this.options.token();
  }

  /** Returns the raw response. @throws {HoldfastRequestError} if no server answers, or with a problem. */
  async open(
    method: string,
    path: string,
    how: { readonly body?: unknown; readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
  ): Promise<Response> {
    const token = await this.options.token();
    const headers: Record<string, string> = { "x-holdfast-request": "1", ...how.headers };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    if (how.body !== undefined) headers["content-type"] = "application/json";
    let answer: Response;
    try {
      answer = await this.options.fetch(new URL(path.replace(/^\//, ""), this.base), {
        method,
        headers,
        credentials: "same-origin",
        ...(how.body === undefined ? {} : { body: JSON.stringify(how.body) }),
        ...(how.signal === undefined ? {} : { signal: how.signal }),
      });
    } catch (cause) {
      if (how.signal?.aborted) throw cause;
      throw new HoldfastRequestError(`${this.base.host} does not answer.`, null, null, { cause });
    }
    if (answer.ok) return answer;
    const read = problem.safeParse(await answer.json().catch(() => null));
    const found = read.success ? read.data : null;
    throw new HoldfastRequestError(
      found?.detail ?? `${method} ${path} was answered ${answer.status}.`,
      answer.status,
      found,
    );
  }

  async json(method: string, path: string, how: Parameters<Http["open"]>[2] = {}): Promise<unknown> {
    const answer = await this.open(method, path, how);
    return answer.status === 204 ? null : answer.json();
  }
}
