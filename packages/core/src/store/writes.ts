/** Answers of writes, and the terms that a requested change carries, for all parts of the contract. */
import type { AuditStamp } from "../audit.js";
import type { WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";

/** Answer to a fenced write. `wish` is a person's pending request for this run. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly wish: WishKind | null }
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind }
  /** This stage's outcome was recorded before. The recorded outcome stays. */
  | { readonly kind: "duplicate" };

/** Terms that a requested change of a run may carry. */
export interface ChangeTerms {
  /**
   * Audit entry written in the transaction of the change, if there is a change. Left out or null if nobody requested
   * it.
   */
  readonly audit?: AuditStamp | null | undefined;
  /**
   * Applies only to the revision that the caller saw: `revisionOf` its record, compared in the transaction. Default:
   * any.
   */
  readonly ifRevision?: string | undefined;
}

/**
 * The run is not as the caller saw it (`ifRevision`). Nothing was written. Holds the run's present revision and status.
 */
export interface RunChanged {
  readonly kind: "changed";
  readonly revision: string;
  readonly status: RunStatus;
}
