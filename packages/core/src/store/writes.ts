/**
 * What writes answer and what asked-for changes carry, for every noun of the contract.
 */
import type { AuditStamp } from "../audit.js";
import type { WishKind } from "../run.js";
import type { RunStatus } from "../run-status.js";

/** The answer to a fenced write. `wish` is what a person asked of the run meanwhile. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly wish: WishKind | null }
  | { readonly kind: "leaseLost"; readonly heldBy: string | null }
  | { readonly kind: "cancelled"; readonly wish: WishKind }
  /** The outcome of this stage is recorded already; what is recorded stays. */
  | { readonly kind: "duplicate" };

/** What every asked-for change of a run may carry. */
export interface ChangeTerms {
  /** Written in the transaction of the change, when there is one. Left out or null where nobody asked. */
  readonly audit?: AuditStamp | null | undefined;
  /** Change only the run that the caller saw: `revisionOf` its record, compared in the transaction. Left out: any. */
  readonly ifRevision?: string | undefined;
}

/** The run is not as the caller saw it (`ifRevision`): nothing was done, nothing written. What it is now. */
export interface RunChanged {
  readonly kind: "changed";
  readonly revision: string;
  readonly status: RunStatus;
}
