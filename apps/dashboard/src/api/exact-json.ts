/** JSON with its numbers as they were written: what does not fit a double stays a bigint or its text. */
import { isSafeNumber, parse } from "lossless-json";

/** A number that no double holds exactly, as it was written. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

export function parseExact(text: string): unknown {
  return parse(text, undefined, (digits) => (isSafeNumber(digits) ? Number(digits) : new ExactNumber(digits)));
}
