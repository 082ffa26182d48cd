/** The classes of error that the engine knows. */

/** The classes of error that the outside causes or an item itself; a workflow may use words of its own besides. */
export const ERROR_CATEGORIES = [
  "rate_limit",
  "quota",
  "auth",
  "timeout",
  "server",
  "network",
  "context_length",
  "refusal",
  "invalid_output",
  "other",
] as const;
/** One of the categories that the engine knows. */
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/** Failures that the outside causes and that pass: the engine retries them unless told otherwise. */
export const OUTSIDE_CATEGORIES = [
  "rate_limit",
  "server",
  "network",
  "timeout",
] as const satisfies readonly ErrorCategory[];
