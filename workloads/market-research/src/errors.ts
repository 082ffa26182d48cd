/**
 * Errors that this workload raises while it runs, one class per code.
 *
 * Every message gives the subject, what happened, what was expected and the remedy. The input schema reports problems
 * of the *input* before a run exists.
 */
import { plural } from "holdfast/extend";

export { SourceUnreadableError } from "@holdfast/workload-kit/sources";

/** Base of all errors of this workload: a literal `code` to compare, and JSON `details` to show. */
export abstract class MarketResearchError extends Error {
  abstract readonly code: string;
  abstract readonly details: Record<string, unknown>;
  override get name(): string {
    return this.constructor.name;
  }
}

/** A violated rule of a gate, with its place. */
export interface Violation {
  /** The rule's short name, e.g. `uncited` or `placeholder-bounds`. */
  rule: string;
  /** Place: a line of synthesis.md, a slide number, a reference. */
  where: string;
  message: string;
}

/** Maximum violations worded in a message. `details` and the artifact have all of them. */
const WORDED_MAX = 5;

function wordViolations(violations: readonly Violation[]): string {
  const worded = violations.slice(0, WORDED_MAX).map((one) => `${one.where}: ${one.rule}: ${one.message}`);
  const more = violations.length - worded.length;
  return worded.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** CONTENT_CHECK_FAILED: the synthesis still contains unsupported claims after the improvement stage. */
export class ContentCheckError extends MarketResearchError {
  readonly code = "CONTENT_CHECK_FAILED";
  readonly details: { score: number; threshold: number; violations: Violation[] };
  constructor(check: { score: number; threshold: number; violations: readonly Violation[] }) {
    super(
      `Content check: the improved synthesis scores ${check.score} where ${check.threshold} is required. ` +
        `${wordViolations(check.violations)}. Supply sources that carry the missing evidence, then start a new run.`,
    );
    this.details = { score: check.score, threshold: check.threshold, violations: [...check.violations] };
  }
}

/** PRE_BUILD_CHECK_FAILED: no deck can be built from the deck's data. */
export class PreBuildCheckError extends MarketResearchError {
  readonly code = "PRE_BUILD_CHECK_FAILED";
  readonly details: { violations: Violation[] };
  constructor(violations: readonly Violation[]) {
    super(
      `Pre-build check: ${plural(violations.length, "rule")} broken, none allowed. ${wordViolations(violations)}. ` +
        "Look at check in deck-data.json for all of them, then restart the run from stage 3.",
    );
    this.details = { violations: [...violations] };
  }
}

/** DECK_CHECK_FAILED: the built deck violates the template. Raised only under `strictTemplate`. */
export class DeckHealthError extends MarketResearchError {
  readonly code = "DECK_CHECK_FAILED";
  readonly details: { violations: Violation[] };
  constructor(violations: readonly Violation[]) {
    super(
      `Deck health check: ${plural(violations.length, "rule")} of the template broken, none allowed. ` +
        `${wordViolations(violations)}. Correct the deck and run again, or set strictTemplate to false to deliver it with the violations on record.`,
    );
    this.details = { violations: [...violations] };
  }
}
