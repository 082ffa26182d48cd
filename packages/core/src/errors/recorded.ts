/**
 * Errors as plain data: the form in which attempts, runs and problems record a thrown value.
 *
 * Reading never throws, whatever the value (`thrown.ts`). Records are bounded, since a message of megabytes would
 * appear in every list of runs. A cut record says so; the engine keeps the whole error in a file of the run.
 */
import { isThrown, peek, peekText, textOf } from "./thrown.js";

/** A recorded error: plain data, the same live and after a restart. */
export interface RecordedError {
  /** Name of the error's class. */
  readonly name: string;
  /** Message of the error. */
  readonly message: string;
  /** Code of the error, if it has one. */
  readonly code?: string | undefined;
  /** Category by which failed items are selected (such as "rate_limit"), if known. */
  readonly category?: string | undefined;
  /** Facts about the error, as JSON. */
  readonly details?: unknown;
  /** Stack, if there is one. */
  readonly stack?: string | undefined;
  /** Cause of the error; at most four levels. */
  readonly cause?: RecordedError | undefined;
  /** Output file of the run with the whole error as JSON, if this record was cut. */
  readonly whole?: { readonly sha256: string; readonly sizeBytes: number } | undefined;
}

/** Maximum size of a recorded error, in bytes of JSON. It holds a screen of stack and causes, and keeps lists small. */
export const RECORDED_ERROR_BYTES_MAX = 16 * 1024;

/** Maximum depth of causes, so that a cyclic chain ends. */
const CAUSES_MAX = 4;
/** Maximum length of the whole error in its file, in UTF-16 units. Longer errors are cut even there. */
const WHOLE_CHARS_MAX = 64 * 1024 * 1024;
/** Maximum length of the message within the first line of a stack. */
const STACK_MESSAGE_CHARS_MAX = 500;
/** Maximum length of name, code and category, which are words. */
const WORD_CHARS_MAX = 200;

/** Returns any thrown value as plain data within `RECORDED_ERROR_BYTES_MAX`. Never throws. */
export function recordError(thrown: unknown): RecordedError {
  return boundError(readError(thrown));
}

/**
 * Returns any thrown value as plain data without that limit: name, message, code, category, details, stack, causes.
 * Never throws.
 */
export function readError(thrown: unknown, depth = 0): RecordedError {
  if (!isErrorLike(thrown)) return { name: "Error", message: cutText(textOf(thrown), WHOLE_CHARS_MAX) };
  const code = peek(thrown, "code");
  const details = peek(thrown, "details");
  const stack = peekText(thrown, "stack");
  const category = peekText(thrown, "category");
  const cause = depth < CAUSES_MAX ? peek(thrown, "cause") : undefined;
  return {
    name: cutText(peekText(thrown, "name") ?? "Error", WORD_CHARS_MAX),
    message: cutText(messageOf(thrown), WHOLE_CHARS_MAX),
    ...(typeof code === "string" || typeof code === "number" ? { code: cutText(String(code), WORD_CHARS_MAX) } : {}),
    ...(category === undefined ? {} : { category: cutText(category, WORD_CHARS_MAX) }),
    ...(details === undefined || details === null ? {} : { details: plain(details) }),
    ...(stack === undefined ? {} : { stack: cutText(stack, WHOLE_CHARS_MAX) }),
    ...(cause === undefined ? {} : { cause: readError(cause, depth + 1) }),
  };
}

/**
 * Cuts an error, including its causes, to the limit. Returns it unchanged if it fits and its stack is no longer than a
 * record keeps.
 */
export function boundError(error: RecordedError): RecordedError {
  let bounded = shorten(error, LENGTHS);
  // For multi-byte texts, long details or four long causes, halve the lengths until the record fits.
  for (let chars = 2_000; jsonBytes(bounded) > RECORDED_ERROR_BYTES_MAX && chars >= 50; chars = Math.floor(chars / 2)) {
    bounded = shorten(error, {
      message: chars,
      stack: chars,
      text: Math.floor(chars / 4),
      cause: Math.floor(chars / 4),
    });
    if (jsonBytes(bounded) <= RECORDED_ERROR_BYTES_MAX) return bounded;
    const { details, ...rest } = bounded;
    bounded = details === undefined ? rest : { ...rest, details: cutText(textOf(details), chars) };
  }
  return bounded;
}

/** Returns whether `bounded` says less than `error`. A stack without its last frames counts as complete. */
export function isCutShort(error: RecordedError, bounded: RecordedError): boolean {
  if (error.message !== bounded.message) return true;
  if (JSON.stringify(error.details) !== JSON.stringify(bounded.details)) return true;
  return error.cause !== undefined && (bounded.cause === undefined || isCutShort(error.cause, bounded.cause));
}

/**
 * Lengths that leave most errors whole. A stage's failure has another error in its details; that one must not be cut
 * twice, so texts in details may be as long as a cut text with its marker.
 */
const LENGTHS: Lengths = { message: 4_000, stack: 4_000, text: 4_100, cause: 2_000 };

interface Lengths {
  readonly message: number;
  readonly stack: number;
  /** Maximum length of each text in the details. */
  readonly text: number;
  /** Maximum length of the message and the stack of each cause. */
  readonly cause: number;
}

function shorten(error: RecordedError, to: Lengths): RecordedError {
  const { message, stack, details, cause } = error;
  const shortMessage = cutText(message, to.message);
  return {
    ...error,
    name: cutText(error.name, WORD_CHARS_MAX),
    message: shortMessage,
    ...(details === undefined ? {} : { details: shortenValue(details, to.text) }),
    ...(stack === undefined ? {} : { stack: cutText(shortenStack(stack, message), to.stack) }),
    ...(cause === undefined ? {} : { cause: shorten(cause, { ...to, message: to.cause, stack: to.cause }) }),
  };
}

/** Shortens a long message at the start of the stack, since the record already has it. Readers need the frames. */
function shortenStack(stack: string, message: string): string {
  return message.length > STACK_MESSAGE_CHARS_MAX
    ? stack.replace(message, () => cutText(message, STACK_MESSAGE_CHARS_MAX))
    : stack;
}

function shortenValue(value: unknown, chars: number): unknown {
  if (typeof value === "string") return cutText(value, chars);
  if (Array.isArray(value)) return value.map((inner) => shortenValue(inner, chars));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortenValue(inner, chars)]));
}

const CUT = /… \(cut, (\d+) characters\)$/;

/** Returns the first `chars` of a text and its original length, even if it was cut before. */
export function cutText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return `${text.slice(0, chars)}… (cut, ${CUT.exec(text)?.[1] ?? text.length} characters)`;
}

const utf8 = (text: string) => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A surrogate pair takes four bytes, so each half counts as two.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
};
const jsonBytes = (error: RecordedError) => utf8(JSON.stringify(error));

/** True also for an error of another realm (a `vm` context, a test runner). */
function isErrorLike(thrown: unknown): boolean {
  if (isThrown(thrown, Error)) return true;
  return peekText(thrown, "message") !== undefined && peekText(thrown, "stack") !== undefined;
}

function messageOf(thrown: unknown): string {
  const message = peek(thrown, "message");
  if (message !== undefined) return textOf(message);
  return "an error whose message cannot be read";
}

/** Returns details as JSON, or as text if that fails. */
function plain(value: unknown): unknown {
  try {
    const json = JSON.stringify(value) ?? "null";
    return json.length > WHOLE_CHARS_MAX ? cutText(json, WHOLE_CHARS_MAX) : JSON.parse(json);
  } catch {
    return textOf(value);
  }
}
