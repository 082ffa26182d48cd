/**
 * What a request carries that no error may show: credentials in its headers and its address. An error is recorded, shown,
 * exported; a server may send back what it was sent, and the platform quotes what it refuses.
 */

const SECRET_NAME = /auth|cookie|credential|key|passw|secret|session|signature|token/i;
/** Of our own making, and what a reader of an error needs. */
const SHOWN_NAMES: ReadonlySet<string> = new Set(["idempotency-key"]);
/** Shorter values are words that stand in any text. */
const SECRET_CHARS_MIN = 6;
const HIDDEN = "[hidden]";

/** The values of headers that identify the caller, by the names of the headers. */
export function credentialsOf(headers: Headers): readonly string[] {
  return [...headers].filter(([name]) => SECRET_NAME.test(name) && !SHOWN_NAMES.has(name)).map(([, value]) => value);
}

/** Replaces in any text what the request's headers and address hold. */
export class RequestSecrets {
  private readonly values: readonly string[];

  constructor(headers: Headers, url: URL) {
    const values = new Set<string>();
    for (const value of credentialsOf(headers)) {
      values.add(value);
      // "Bearer abc", "a=1; b=2": a server that repeats it may leave out the rest.
      for (const part of value.split(/[\s;,]+/)) values.add(part.slice(part.indexOf("=") + 1)).add(part);
    }
    for (const [name, value] of url.searchParams) {
      if (SECRET_NAME.test(name)) values.add(value).add(encodeURIComponent(value));
    }
    values.add(url.search);
    // The longest first: one may contain another.
    this.values = [...values].filter(({ length }) => length >= SECRET_CHARS_MIN).sort((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    return this.values.reduce((hidden, value) => hidden.replaceAll(value, HIDDEN), text);
  }
}

/** An address for messages: without credentials, query and fragment. */
export function showUrl({ protocol, host, pathname, search }: URL): string {
  const path = pathname.length > 200 ? `${pathname.slice(0, 200)}…` : pathname;
  return `${protocol}//${host}${path}${search === "" ? "" : "?…"}`;
}
