// Why a narrative has no verdict. A category determines what an operator can do about it (`resume --only
// errors:rate_limit`), and never becomes a label: a failed item is not a "no".

export const ERROR_CATEGORIES = [
  "rate_limit",
  "timeout",
  "server",
  "refusal",
  "invalid_output",
  "auth",
  "other",
] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/** Meaning of each category, and how the run reacts. */
export const CATEGORY_SPECS: Readonly<
  Record<ErrorCategory, { readonly title: string; readonly isRetryable: boolean; readonly stopsRun: boolean }>
> = {
  rate_limit: { title: "the endpoint asked us to slow down", isRetryable: true, stopsRun: false },
  timeout: { title: "no answer in time", isRetryable: true, stopsRun: false },
  server: { title: "the endpoint failed or could not be reached", isRetryable: true, stopsRun: false },
  refusal: { title: "the model declined to answer", isRetryable: false, stopsRun: false },
  // Repaired once within the attempt. A second attempt at temperature 0 would give the same answer.
  invalid_output: {
    title: "the answer did not fit the schema, nor did its repair",
    isRetryable: false,
    stopsRun: false,
  },
  // A rejected key fails every following item too, so stop before 42,000 of them fail.
  auth: { title: "the key was missing or rejected", isRetryable: false, stopsRun: true },
  other: { title: "something else", isRetryable: false, stopsRun: false },
};

export function isErrorCategory(value: string): value is ErrorCategory {
  return (ERROR_CATEGORIES as readonly string[]).includes(value);
}
