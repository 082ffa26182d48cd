/** Options of `createHoldfast`. Types only. */
import type { Actor, Clock, DatasetFiles, Holder, RecoveryDefaults, RetentionPolicy, Store } from "@holdfast/core";
import type { ZoneData } from "../calendar/zone.js";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { EngineLimits } from "../run/deps.js";
import type { StoreWait } from "../run/store-waits.js";
import type { Workflow } from "../workflow/define-workflow.js";

/** Options of `createHoldfast`. */
export interface CreateOptions {
  /** Store to work over; `close` closes it. */
  readonly store: Store;
  /** Workflows that may be started and executed. */
  // biome-ignore lint/suspicious/noExplicitAny: a list of workflows of any input and output
  readonly workflows: readonly Workflow<any, any, any>[];
  /** Folder of the runs' files. */
  readonly dataDir: string;
  /** The worker's name, for people; default host, pid and a random part. */
  readonly holder?: string | undefined;
  /** Time to live of a lease without beats. Default 5 min, the backstop; a run's `stallAfterMs` is judged sooner. */
  readonly leaseMs?: number | undefined;
  /** How often a lease is renewed, in milliseconds. Default 5,000, or a sixth of `leaseMs`. */
  readonly heartbeatMs?: number | undefined;
  /** How long a drain may take. Default 25 s, under the 30 s that Kubernetes grants. */
  readonly stopGraceMs?: number | undefined;
  /** How often an idle worker looks for queued runs without a hint. Default 250 ms. */
  readonly pollMs?: number | undefined;
  /** How often a worker looks for runs whose holder died. Default 1 s. */
  readonly scanMs?: number | undefined;
  /** How long a stage may block the event loop and keep its lease. Default 30 min. */
  readonly maxBlockedMs?: number | undefined;
  /** Write output.json, meta.json, error.json of every attempt and the run's logs. Default true. */
  readonly stageFiles?: boolean | undefined;
  /** Limits of the engine. Default: `LIMIT_DEFAULTS`. */
  readonly limits?: Partial<EngineLimits> | undefined;
  /** In whose name acts are done and audited. Default: the user of the system, through the library. */
  readonly actor?: Actor | undefined;
  /** What supervisors remove without being asked. Default: nothing. */
  readonly retention?: RetentionPolicy | undefined;
  /** Called when runs executed here begin to wait for a busy or full store, and with null when they go on. Must not throw. */
  readonly onStoreWait?: ((wait: StoreWait | null) => void) | undefined;
  /**
   * By what runs are judged here where their workflow says nothing: `idleTimeoutMs` (default two hours without an outcome, an
   * item, a checkpoint or progress; null for never), `idleCheckMs`, `maxRetries`, `maxRecoveries`, `onStall`.
   */
  readonly defaults?: { readonly recovery?: RecoveryDefaults | undefined } | undefined;
  /**
   * Called once for each workflow whose run is waited for while no living worker takes its runs for 30 s. Default: a warning of
   * Node with the code HOLDFAST_NO_WORKER. Must not throw.
   */
  readonly onNoWorker?: ((run: { readonly runId: string; readonly workflow: string }) => void) | undefined;
  /** This process ends when it is no longer a child of the process of this id, also while a stage blocks its event loop. */
  readonly diesWith?: number | undefined;
  /** Reader of dataset files. Default: none, and `dataset.ingest` is refused. */
  readonly datasetFiles?: DatasetFiles | undefined;
  // Ports, for the simulation and for tests.
  /** Clock. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Rules of time zones. Default: those of this Node. */
  readonly zones?: ZoneData | undefined;
  /** Random numbers from 0 to 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** The same for waits between attempts. Default: `random`. */
  readonly backoffRandom?: (() => number) | undefined;
  /** Store of artifacts. Default: files below `dataDir`. */
  readonly artifacts?: ArtifactStore | undefined;
  /** Identity of this process as a holder of leases. Default: read from the system. */
  readonly identity?: Holder | undefined;
  /** Whether the holder of a lease is proven dead, seen from this one. Default: asks the kernel. */
  readonly isProvenDead?: ((holder: Holder, self: Holder) => boolean) | undefined;
}
