// The fetch function of the provider adapters. It differs from the platform's own in two ways: it has no time limits of
// its own, since a call's `timeoutMs` is the only limit, and it throws an error that comes as a success.
import { type ErrorBody, readErrorText } from "./error-body.js";
import type { HeaderBag } from "./rate-headers.js";

/** A response with status 200 and an error in its body. Nothing was generated, so nothing was charged. */
export class ErrorAnswer extends Error {
  override readonly name = "ErrorAnswer";
  constructor(
    readonly body: ErrorBody,
    readonly headers: HeaderBag,
  ) {
    super(body.message);
  }
}

interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

/** Node 18 and later, and every release of undici, keep the dispatcher of `fetch` under this name. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * Passes each request to the process's dispatcher (including a proxy set by the user), without a limit on the wait for
 * headers or for the next part of a body. By default Node gives up after 300 s, and the answer would be paid for twice.
 */
const patient: Dispatcher = {
  dispatch(options, handler) {
    const carrier = (globalThis as { [DISPATCHER]?: Dispatcher })[DISPATCHER];
    if (carrier === undefined) throw new Error("this runtime's fetch has no dispatcher: give the option `fetch`");
    return carrier.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler);
  },
};

/** Replacement of the global fetch for adapters. */
export const patientFetch: typeof globalThis.fetch = async (input, init) => {
  const response = await globalThis.fetch(input, { ...init, dispatcher: patient } as RequestInit);
  await refuseErrorAnswer(response);
  return response;
};

/** Rejects a success response that holds an error. @throws {ErrorAnswer} The response can still be read. */
export async function refuseErrorAnswer(response: Response): Promise<void> {
  if (!response.ok) return;
  // A cut-off body is cut off for the adapter too, which reports it.
  const text = await response
    .clone()
    .text()
    .catch(() => null);
  const error = text === null ? null : readErrorText(text);
  if (error !== null) throw new ErrorAnswer(error, Object.fromEntries(response.headers));
}
