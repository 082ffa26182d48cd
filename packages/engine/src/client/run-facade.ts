/** `holdfast.runs` and `holdfast.leases`. Types only. */
import type { Readable } from "node:stream";
import type { ArtifactRecord, LeaseFacts, LeaseView } from "@holdfast/core";
import type { ByteRange, LinkTerms } from "../files/artifact-store.js";
import type { ActOptions, RunInspection } from "../manage/facade.js";
import type { RunHandle } from "./handle-facade.js";
import type { RunRecords } from "./record-facade.js";
import type { RunListQuery, RunView } from "./view-facade.js";

/** Acts take a reason, or `ActOptions`; each is audited under the Holdfast's actor, in the transaction of its change. */
export interface Runs extends RunInspection, RunRecords {
  /**
   * Lists a page of runs, newest first. `asOf` is the wall clock in milliseconds UTC, `next` the cursor of the page
   * that follows, null for the last one.
   */
  readonly list: (query?: RunListQuery) => Promise<{ asOf: number; rows: readonly RunView[]; next: string | null }>;
  /** Reads one run with its stages and output. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly get: (runId: string) => Promise<RunView>;
  /** A unique prefix or "@last" to the whole id. @throws {AmbiguousRunIdError} {RunNotFoundError} */
  readonly find: (idOrPrefix: string) => Promise<string>;
  /**
   * Removes the run, its records and its files. Refused while it is running, and while runs that were forked from it are
   * there: what they kept (results of maps, files) stays with the run that made it. `evenIfForked` takes it from them.
   * @throws {RunForkedError} RUN_FORKED @throws {IllegalMoveError} ILLEGAL_MOVE @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly delete: (
    runId: string,
    how?: string | (ActOptions & { readonly evenIfForked?: boolean | undefined }),
  ) => Promise<void>;
  /**
   * Pauses a run: at once when nobody executes it, else its worker obeys at its next heartbeat. @throws
   * {IllegalMoveError} ILLEGAL_MOVE
   */
  readonly pause: (runId: string, how?: string | ActOptions) => Promise<void>;
  /** Cancels a run, as `pause` pauses it. @throws {IllegalMoveError} ILLEGAL_MOVE */
  readonly cancel: (runId: string, how?: string | ActOptions) => Promise<void>;
  /** Ends a run as failed, for the reason given. @throws {IllegalMoveError} ILLEGAL_MOVE */
  readonly fail: (runId: string, how: string | (ActOptions & { readonly reason: string })) => Promise<void>;
  /** Again from the start, with the recorded input or `set` changes to the given one; the id stays. */
  readonly restart: (
    runId: string,
    options?: ActOptions & { readonly set?: Record<string, unknown> | undefined },
  ) => Promise<RunHandle>;
  /**
   * A new run that keeps the recorded outcomes of the stages declared before `from`, and goes its own way from there, with
   * the recorded input or `set` changes to the given one. A map run again takes over the results of unchanged items.
   */
  readonly fork: (
    runId: string,
    options: ActOptions & {
      readonly from: string;
      readonly runId?: string | undefined;
      readonly set?: Record<string, unknown> | undefined;
    },
  ) => Promise<RunHandle>;
  /** Files that a run's attempts wrote, each with its absolute path or its `s3://` address; one stage's when it is given. */
  readonly artifacts: (
    runId: string,
    stage?: string,
  ) => Promise<readonly (ArtifactRecord & { readonly path: string })[]>;
  /**
   * Opens one of the files that `artifacts` lists, wherever they are kept, or a part of it. Destroy the stream if you do not read
   * it to its end.
   * @throws {ArtifactMissingError} ARTIFACT_MISSING — the file is gone.
   * @throws {ArtifactChangedError} ARTIFACT_CHANGED — it is not what was recorded; on object storage this is also found at the end
   * of a whole file, before its last bytes are given out.
   */
  readonly openArtifact: (runId: string, artifact: ArtifactRecord, range?: ByteRange) => Promise<Readable>;
  /** A link by which a browser fetches the file for five minutes; null unless artifacts are on object storage with a `publicEndpoint`. */
  readonly linkArtifact: (runId: string, artifact: ArtifactRecord, terms: LinkTerms) => Promise<string | null>;
  /** A stage's recorded output. */
  readonly output: (runId: string, stage: string) => Promise<unknown>;
}

/** Who executes what. */
export interface Leases {
  /** Lease of a run; null when nobody holds it. */
  readonly get: (runId: string) => Promise<LeaseView | null>;
  /**
   * All leases, each with whether its holder is proven dead; with `silentForMs` those whose holder gave no sign of life for at
   * least so long. Only lists, whatever the threshold: a lease is taken when it is expired or its holder proven dead, since a
   * holder that is silent for less still trusts it.
   * @throws {WrongUseError} WRONG_USE — for a threshold that is no number of milliseconds.
   */
  readonly list: (query?: {
    readonly silentForMs?: number | undefined;
  }) => Promise<readonly (LeaseFacts & { readonly isHolderDead: boolean })[]>;
  /** Recovers every run whose lease is expired or whose holder is proven dead; how many. `management.recover` says more. */
  readonly clean: () => Promise<number>;
}
