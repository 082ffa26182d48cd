/** Run ids as people give them: whole, by a unique start, or `@last`. */
import { isRunId, parseRunId } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

const LAST = "@last";

/**
 * The whole id. What cannot be an id is refused before the store is asked.
 * @throws {BadRunIdError} BAD_RUN_ID, {AmbiguousRunIdError} AMBIGUOUS_RUN_ID, {RunNotFoundError} RUN_NOT_FOUND
 */
export async function findRun(holdfast: Holdfast, given: string): Promise<string> {
  if (given !== LAST && !isRunId(given)) parseRunId(given);
  return holdfast.runs.find(given);
}
