/**
 * Taking secrets out of texts for people: logs, events, messages of errors. What a stage returns, saves or writes to a file
 * is data and stays as it is.
 */

import { type RecordedError, recordError } from "@holdfast/core";

/** What stands in the place of a secret wherever a run is shown. */
export const SECRET_SHOWN = "[secret]";

/** Shorter texts are hidden at their own place alone: looked for in every line they would hide half of it. */
const TEXT_CHARS_MIN = 6;

export class SecretMask {
  private readonly texts: readonly string[];

  /** Texts and numbers, also inside lists and objects. */
  constructor(secrets: readonly unknown[]) {
    const texts = new Set<string>();
    for (const text of secrets.flatMap(leavesOf)) {
      if (text.length < TEXT_CHARS_MIN) continue;
      // As it stands, in a JSON text and in an address.
      for (const form of [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(toWellFormed(text))]) {
        texts.add(form);
      }
    }
    // The longest first: one secret may hold another.
    this.texts = [...texts].sort((a, b) => b.length - a.length);
  }

  isIn(text: string): boolean {
    return this.texts.some((one) => text.includes(one));
  }

  text(text: string): string {
    return this.texts.reduce((masked, one) => masked.replaceAll(one, SECRET_SHOWN), text);
  }

  /** An error as it is recorded; its name, code and category tell programs what it is and stay. */
  error(error: RecordedError): RecordedError {
    const { message, stack, details, cause } = error;
    return {
      ...error,
      message: this.text(message),
      ...(stack === undefined ? {} : { stack: this.text(stack) }),
      ...(details === undefined ? {} : { details: this.json(details) }),
      ...(cause === undefined ? {} : { cause: this.error(cause) }),
    };
  }

  /** The same for one that is passed on as it was thrown. */
  thrown(thrown: unknown): unknown {
    if (this.texts.length === 0 || thrown == null) return thrown;
    return Object.assign(new Error(), this.error(recordError(thrown)));
  }

  /** A copy with every text masked, keys included; the same value where there is nothing to hide. */
  json<T>(value: T): T {
    return this.texts.length === 0 ? value : (this.copy(value) as T);
  }

  jsonText(json: string | null): string | null {
    return this.texts.length === 0 || json === null ? json : JSON.stringify(this.copy(JSON.parse(json)));
  }

  private copy(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return this.isIn(String(value)) ? SECRET_SHOWN : value;
    if (Array.isArray(value)) return value.map((inner) => this.copy(inner));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [this.text(name), this.copy(inner)]));
  }
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/** Half of a surrogate pair has no place in an address. */
const toWellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, "\uFFFD");
