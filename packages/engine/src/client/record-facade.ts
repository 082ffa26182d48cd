/** What a run recorded, as callers read it by the run's id: added to `holdfast.runs`. Types only. */
import type {
  CauseMark,
  CauseState,
  CostView,
  EventText,
  FailureCounts,
  FailureQuery,
  ModelCostView,
  RunEvent,
  RunEventType,
  RunFacets,
} from "@holdfast/core";
import type { ItemView } from "../map/results.js";
import type { InputPreview } from "../workflow/parse-input.js";
import type { RunListQuery, RunView } from "./view-facade.js";

export type { ItemView } from "../map/results.js";
export type { InputPreview } from "../workflow/parse-input.js";

/** A run without its stages and its output: costs two reads, where `RunView` costs several. */
export type RunSummary = Omit<RunView, "stages" | "output" | "costUsd"> & {
  /** US dollars that the calls of its current generation cost; null where it has no map, or no price is known. */
  readonly costUsd: number | null;
};

/** Which runs facets count: a `RunListQuery` without its page. */
export type FacetListQuery = Omit<RunListQuery, "status" | "updatedSince" | "limit" | "cursor">;

/** A map of a run: its counts and its cost. Instants are milliseconds UTC. */
export interface MapView extends CostView {
  /** Stage of the run. */
  readonly stage: string;
  /** Run that holds the results: this one, or, for what a fork kept, the one that made them. */
  readonly runId: string;
  /** Items; null while their number is unknown. */
  readonly total: number | null;
  /** Items with a result. */
  readonly ok: number;
  /** Items whose outcome is an error. */
  readonly failed: number;
  /** Of those, by category. */
  readonly errors: Readonly<Record<string, number>>;
  /** The part of the cost whose calls named their model in their usage, by model, the most expensive first. */
  readonly models: readonly ModelCostView[];
  /** US dollars reserved by calls that were under way at the newest commit. */
  readonly reservedUsd: number;
  /** Budget in US dollars, as the map declared it or a resume raised it; null without one. */
  readonly budgetUsd: number | null;
  /** When the map began. */
  readonly startedAt: number;
  /** When it had a result for each item; null before. */
  readonly finishedAt: number | null;
}

/** How an item of a map stands, without what it holds. Instants are milliseconds UTC. */
export interface ItemStateView {
  /** Key of the item, unique in the map. */
  readonly key: string;
  /** Position of the item in the map's source, from 0. */
  readonly index: number;
  /** How it ended. */
  readonly outcome: "ok" | "error";
  /** When it ended. */
  readonly finishedAt: number;
  /** When its attempt began. */
  readonly startedAt: number;
}

/** A call of a map that is under way. */
export interface ItemCallView {
  /** Key of the item. */
  readonly key: string;
  /** Position of the item in the map's source, from 0. */
  readonly index: number;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  /** When the attempt was announced, just before its call. */
  readonly startedAt: number;
}

/** Which results of a map, in the order of keys. */
export interface ItemListQuery {
  /** Only results of this outcome. Default: all. */
  readonly outcome?: "ok" | "error" | undefined;
  /** Only errors of this category. Default: all. */
  readonly category?: string | undefined;
  /** Fingerprint of a cause: only errors of this cause. Default: all. */
  readonly cause?: string | undefined;
  /** Default 100, at most 500. */
  readonly limit?: number | undefined;
  /** `next` of the page before. Default: the first page. */
  readonly cursor?: string | undefined;
}

/** Which events of a run, in their order. */
export interface EventListQuery {
  /** Only events numbered above this. Default 0. */
  readonly after?: number | undefined;
  /** Only events of this type. Default: all. */
  readonly type?: RunEventType | undefined;
  /** Only events of this stage. Default: all. */
  readonly stage?: string | undefined;
  /** Default 200, at most 1,000. */
  readonly limit?: number | undefined;
}

/** Added to `Runs`. */
export interface RunRecords {
  /** Reads one run without its stages and its output. @throws {RunNotFoundError} RUN_NOT_FOUND */
  readonly summary: (runId: string) => Promise<RunSummary>;
  /** Lists a page of runs as `list` does, without their stages and outputs. */
  readonly summaries: (
    query?: RunListQuery,
  ) => Promise<{ asOf: number; rows: readonly RunSummary[]; next: string | null }>;
  /**
   * Counts what a filter by status, workflow or owner would leave of these runs. Bounded: a count stops at 1,000, and says so in
   * `isMore`. Values without runs are missing.
   */
  readonly facets: (query?: FacetListQuery) => Promise<RunFacets>;
  /**
   * Reads the maps of a run, in the order in which they began; what a fork kept comes first.
   * @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly maps: (runId: string) => Promise<readonly MapView[]>;
  /**
   * Reads a page of a map's results, by key; `next` is the cursor of the page that follows, null for the last one. Empty for a
   * stage that is no map, or has not begun. `handle.items` reads all of them. @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly items: (
    runId: string,
    stage: string,
    query?: ItemListQuery,
  ) => Promise<{ rows: readonly ItemView[]; next: string | null }>;
  /**
   * Reads how the items of a map stand, a page of 2,000 results by key: for a picture of all of them. `inFlight` has the calls
   * under way, oldest first, with the first page. Empty for a stage that is no map. @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly itemStates: (
    runId: string,
    stage: string,
    query?: {
      /** `next` of the page before. Default: the first page. */
      readonly cursor?: string | undefined;
    },
  ) => Promise<{ rows: readonly ItemStateView[]; inFlight: readonly ItemCallView[]; next: string | null }>;
  /**
   * Sums what failed over the newest runs, items and whole runs, by run, stage, category, message and day. Bounded: `isWhole` is
   * false where failures were left out.
   */
  readonly failures: (query: FailureQuery) => Promise<FailureCounts>;
  /** Reads the marks on causes of failures in these scopes, newest first. A scope is an owner, or "" for everybody. */
  readonly causeMarks: (scopes: readonly string[]) => Promise<readonly CauseMark[]>;
  /** Marks a cause in one scope, or with `null` removes the mark. Audited. */
  readonly markCause: (
    fingerprint: string,
    scope: string,
    state: CauseState | null,
    reason?: string | null,
  ) => Promise<CauseMark | null>;
  /**
   * Reads a page of a run's events, by number: empty where there are none yet, and for a run that does not exist.
   * `handle.events` follows them.
   */
  readonly events: (runId: string, query?: EventListQuery) => Promise<readonly RunEvent[]>;
  /**
   * Reads a page of a run's events as a JSON array in text form, for servers that forward it. Costs a fraction of `events`.
   */
  readonly eventText: (runId: string, query?: Pick<EventListQuery, "after" | "limit">) => Promise<EventText>;
  /**
   * Reads the input as it was given, before its schema: what the changes of `restart` and `fork` are laid over. Secrets are
   * replaced by "[secret]". @throws {RunNotFoundError} RUN_NOT_FOUND
   */
  readonly givenInput: (runId: string) => Promise<unknown>;
  /**
   * Says what another input for a run would be recorded as, to compare it with its `input`. Changes nothing.
   * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW
   */
  readonly previewInput: (runId: string, input: unknown) => Promise<InputPreview>;
}
