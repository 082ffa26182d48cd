/** Suggestion for a mistyped name, appended to messages. */
import { nearest } from "@holdfast/core";

/** ` Did you mean X?`, or nothing. */
export function didYouMean(given: string, names: readonly string[], prefix = ""): string {
  const name = nearest(given, names);
  return name === null ? "" : ` Did you mean ${prefix}${name}?`;
}
