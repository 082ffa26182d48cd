/** The store with what looking after many runs needs, until the contract and its implementation have it all. */
import type {
  AttemptRecord,
  AuditStamp,
  ManagementStore,
  MoveOutcome,
  RunId,
  RunningFacts,
  Store,
} from "@holdfast/core";

export interface RunActivity {
  readonly status: "queued" | "running" | "paused";
  readonly idleForMs: number;
  readonly running: RunningFacts | null;
}

export type ManagedStore = Store &
  ManagementStore & {
    listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>>;
    listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>>;
    deleteRun(runId: RunId, terms?: { readonly audit?: AuditStamp | null }): Promise<MoveOutcome>;
  };
