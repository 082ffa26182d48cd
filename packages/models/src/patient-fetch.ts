// The fetch under the adapters of providers. Two things differ from the platform's own: it sets no time limits of its own, since
// a call's `timeoutMs` is the one limit; and an error that comes as a success is thrown as the error it is.
import { type ErrorBody, readErrorText } from "./error-body.js";
import type { HeaderBag } from "./rate-headers.js";

/** An answer of status 200 whose body is an error. Nothing was generated, so nothing was charged. */
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

/** Under this name every Node from 18 on, and every release of undici, keeps what carries the requests of `fetch`. */
const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * Hands each request to whatever carries those of the process (a proxy that the user has set included), without a limit on the
 * wait for headers and for the next part of a body: by default Node gives up after 300 s, and the answer is paid for twice.
 */
const patient: Dispatcher = {
  dispatch(options, handler) {
    const carrier = (globalThis as { [DISPATCHER]?: Dispatcher })[DISPATCHER];
    if (carrier === undefined) throw new Error("this runtime's fetch has no dispatcher: give the option `fetch`");
    return carrier.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler);
  },
};

/** For adapters, in place of the global fetch. */
export const patientFetch: typeof globalThis.fetch = async (input, init) => {
  const response = await globalThis.fetch(input, { ...init, dispatcher: patient } as RequestInit);
  await refuseErrorAnswer(response);
  return response;
};

/** @throws {ErrorAnswer} where a successful answer holds an error. The response can still be read. */
export async function refuseErrorAnswer(response: Response): Promise<void> {
  if (!response.ok) return;
  // A body that is cut off is cut off for the adapter too, which says so in its own words.
  const text = await response
    .clone()
    .text()
    .catch(() => null);
  const error = text === null ? null : readErrorText(text);
  if (error !== null) throw new ErrorAnswer(error, Object.fromEntries(response.headers));
}
