/** Child runs in the Store contract (`waits.ts` opens their waits). */
import type { ChildRule } from "../child.js";
import type { RunId } from "../ids.js";
import type { RunCreate } from "./runs.js";

/** A child run to create with the wait that opens for it. */
export interface ChildStart {
  readonly create: RunCreate;
  readonly rule: ChildRule;
}

/** Why a child run was not created. */
export type ChildRefusal =
  /** Another run has its ID. */
  | { readonly kind: "idTaken"; readonly runId: RunId }
  /** It would have more than `CHILD_DEPTH_MAX` parents above it. */
  | { readonly kind: "tooDeep" }
  /** It would be the same as `runId`, which is above it: same workflow, same input. */
  | { readonly kind: "ofItself"; readonly runId: RunId };
