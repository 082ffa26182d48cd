/**
 * An error as plain data: what attempts, runs and problems record of whatever was thrown.
 *
 * Reading never throws, whatever was thrown (`thrown.ts`). A record is bounded: a message of megabytes would be in every list of
 * runs. What is cut says so; the engine keeps the whole error in a file of the run.
 */
import { isThrown, peek, peekText, textOf } from "./thrown.js";

/** An error as recorded: plain data, the same live and after a restart. */
export interface RecordedError {
  /** Name of the error's class. */
  readonly name: string;
  /** Message of the error. */
  readonly message: string;
  /** Code of the error, when it has one. */
  readonly code?: string | undefined;
  /** Category by which failed items are selected ("rate_limit"), when one is known. */
  readonly category?: string | undefined;
  /** Facts of the error, as JSON. */
  readonly details?: unknown;
  /** Stack, when there is one. */
  readonly stack?: string | undefined;
  /** What caused it, at most four deep. */
  readonly cause?: RecordedError | undefined;
  /** Where more was thrown than is recorded here: the output file of the run that has the whole of it, as JSON. */
  readonly whole?: { readonly sha256: string; readonly sizeBytes: number } | undefined;
}

/** A recorded error takes at most this many bytes of JSON: a screen full of stack and causes, and lists stay small. */
export const RECORDED_ERROR_BYTES_MAX = 16 * 1024;

/** Causes are followed this deep; a chain that ends in itself must end. */
const CAUSES_MAX = 4;
/** Of the whole error as it is kept in a file: beyond this even the file is cut. UTF-16 units. */
const WHOLE_CHARS_MAX = 64 * 1024 * 1024;
/** Of the message in the first line of a stack. */
const STACK_MESSAGE_CHARS_MAX = 500;
/** Name, code and category are words, not texts. */
const WORD_CHARS_MAX = 200;

/** Whatever was thrown, as plain data within `RECORDED_ERROR_BYTES_MAX`. Never throws. */
export function recordError(thrown: unknown): RecordedError {
  return boundError(readError(thrown));
}

/** The same as it is: name, message, code, category, details, stack and causes. Never throws. */
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

/** The error within the bound, causes included; the same where it fits and its stack is no longer than a record keeps. */
export function boundError(error: RecordedError): RecordedError {
  let bounded = shorten(error, LENGTHS);
  // Texts of many bytes a character, long details or four long causes: ever less of each, until it fits.
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

/** Whether `bounded` says less than `error`; a stack that lost its last frames is no loss. */
export function isCutShort(error: RecordedError, bounded: RecordedError): boolean {
  if (error.message !== bounded.message) return true;
  if (JSON.stringify(error.details) !== JSON.stringify(bounded.details)) return true;
  return error.cause !== undefined && (bounded.cause === undefined || isCutShort(error.cause, bounded.cause));
}

/**
 * What most errors keep whole. An error that has another in its details, as a stage's failure has, does not cut that one a second
 * time: its texts are as long as they get here, marker included.
 */
const LENGTHS: Lengths = { message: 4_000, stack: 4_000, text: 4_100, cause: 2_000 };

interface Lengths {
  readonly message: number;
  readonly stack: number;
  /** Of each text in the details. */
  readonly text: number;
  /** Of the message and the stack of each cause. */
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

/** It begins with the message, which stands beside it already: its frames are what is looked for. */
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

/** The first `chars` of a text, and how long it was: of one that was cut before, how long it was then. */
export function cutText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  return `${text.slice(0, chars)}… (cut, ${CUT.exec(text)?.[1] ?? text.length} characters)`;
}

const utf8 = (text: string) => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // A pair of surrogates has four bytes, which is two for each.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
};
const jsonBytes = (error: RecordedError) => utf8(JSON.stringify(error));

/** Also one of another realm, as a `vm` context or a test runner makes them. */
function isErrorLike(thrown: unknown): boolean {
  if (isThrown(thrown, Error)) return true;
  return peekText(thrown, "message") !== undefined && peekText(thrown, "stack") !== undefined;
}

function messageOf(thrown: unknown): string {
  const message = peek(thrown, "message");
  if (message !== undefined) return textOf(message);
  return "an error whose message cannot be read";
}

/** Details as JSON where they can be, else their text. */
function plain(value: unknown): unknown {
  try {
    const json = JSON.stringify(value) ?? "null";
    return json.length > WHOLE_CHARS_MAX ? cutText(json, WHOLE_CHARS_MAX) : JSON.parse(json);
  } catch {
    return textOf(value);
  }
}
