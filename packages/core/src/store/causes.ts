/** Causes of failures that people have dealt with: part of the Store contract (`store.ts`). */
import type { AuditStamp } from "../audit.js";

/** What somebody said of a cause. A resolved one comes back if it occurs again; an ignored one does not. */
export const CAUSE_STATES = ["resolved", "ignored"] as const;
/** One of `CAUSE_STATES`. */
export type CauseState = (typeof CAUSE_STATES)[number];

/** Marks that `listCauseMarks` returns, newest first. */
export const CAUSE_MARKS_MAX = 5_000;

/** A mark on a cause. */
export interface CauseMark {
  /** Fingerprint of the cause. */
  readonly fingerprint: string;
  /** Whose view it is in: an owner, or "" for everybody's. */
  readonly scope: string;
  /** What was said of it. */
  readonly state: CauseState;
  /** Who set it. */
  readonly markedBy: string;
  /** When, in milliseconds UTC by the store's clock. */
  readonly markedAt: number;
  /** Why; `null` if no reason was given. */
  readonly note: string | null;
}

/** A mark to set, or to remove. */
export interface CauseMarkRequest extends Pick<CauseMark, "fingerprint" | "scope"> {
  /** `null` removes the mark. */
  readonly state: CauseState | null;
  /** Its actor is who sets the mark, its reason is the note. */
  readonly audit: AuditStamp;
}

/** Marks on causes. */
export interface CauseStore {
  /** Strict. Sets or replaces the mark of this scope, with its audit entry. Returns the mark; `null` if it was removed. */
  markCause(request: CauseMarkRequest): Promise<CauseMark | null>;
  /** Marks of these scopes, newest first, at most `CAUSE_MARKS_MAX`. */
  listCauseMarks(scopes: readonly string[]): Promise<readonly CauseMark[]>;
}
