/** Error categories that the engine knows. */

/** Categories for failures with an outside cause and for failures of an item itself. Workflows may add their own words. */
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

/** Categories with an outside cause that passes. The engine retries these failures by default. */
export const OUTSIDE_CATEGORIES = [
  "rate_limit",
  "server",
  "network",
  "timeout",
] as const satisfies readonly ErrorCategory[];
