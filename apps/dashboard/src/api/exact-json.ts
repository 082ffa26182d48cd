/** JSON with its numbers as they were written: what does not fit a double stays its text, from the answer to what is copied of it. */
import { isSafeNumber, parse, stringify } from "lossless-json";

/** A number that no double holds exactly, as it was written. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

const numberOf = (digits: string) => (isSafeNumber(digits) ? Number(digits) : new ExactNumber(digits));

export function parseExact(text: string): unknown {
  // The parser would take this member for the prototype of its object, so that nobody saw it.
  if (text.includes('"__proto__"')) return parseWithOwnProto(text);
  return parse(text, undefined, numberOf);
}

/** Reads through the browser's own parser, which keeps such a member. Browsers before 2025 round its large numbers. */
function parseWithOwnProto(text: string): unknown {
  const read = JSON.parse as (
    text: string,
    each: (name: string, value: unknown, context?: { readonly source?: string }) => unknown,
  ) => unknown;
  return read(text, (_, value, context) =>
    typeof value === "number" && context?.source !== undefined ? numberOf(context.source) : value,
  );
}

const EXACT = [
  {
    test: (value: unknown) => value instanceof ExactNumber,
    stringify: (value: unknown) => (value as ExactNumber).text,
  },
];

/** The text of a value as it was read: no digit is lost. Undefined for what JSON has no word for. */
export const exactText = (value: unknown, indent?: number): string | undefined =>
  stringify(value, undefined, indent, EXACT);
