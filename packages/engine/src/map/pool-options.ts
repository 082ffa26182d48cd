/** What the pool of a map is given. Types only. */
import type { ItemResultWrite } from "@holdfast/core";
import type { Execution } from "../run/execution.js";
import type { ItemFn, ItemLabel, MapOptions } from "../workflow/context.js";
import type { Budget } from "./budget.js";
import type { Commits } from "./commits.js";

export interface PoolOptions {
  readonly execution: Execution;
  readonly stage: string;
  readonly options: MapOptions<unknown> & { readonly itemLabel?: ItemLabel<unknown> | undefined };
  readonly fn: ItemFn<unknown, unknown, unknown>;
  readonly commits: Commits;
  readonly budget: Budget;
  readonly attemptOf: (keys: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly isFirstPass: boolean;
  /** The run was paused for an outage before this execution: one call looks whether it is over. */
  readonly isAfterOutage: boolean;
  readonly latePaid: (result: ItemResultWrite) => void;
  readonly log: (message: string, data?: unknown) => void;
}
