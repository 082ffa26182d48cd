/** Facets of a list of runs: how many runs each value of a filter would match. Part of the Store contract (`store.ts`). */
import type { RunId } from "../ids.js";
import type { Cost } from "../money.js";
import type { RunQuery } from "./runs.js";

/**
 * The highest count of a facet, in runs. Beyond it `isMore` is true. The limit exists so that a store of a million runs
 * answers as quickly as a small one.
 */
export const FACET_COUNT_MAX = 1_000;
/** How many values of a facet are returned: those with the most runs. */
export const FACET_VALUES_MAX = 12;

/** Filters of the list. A facet ignores the filter on its own field, so that it counts what another choice would match. */
export type FacetQuery = Omit<RunQuery, "limit" | "cursor" | "updatedSince" | "status">;

/** A number of runs, counted up to a limit. */
export interface BoundedCount {
  /** At most `FACET_COUNT_MAX`. */
  readonly count: number;
  /** Whether there are, or may be, more than `count`: the store stopped counting. */
  readonly isMore: boolean;
}

/** One value of a filter with its number of runs, at least one. */
export interface RunFacet extends BoundedCount {
  /** The status, or the name of the workflow or owner. */
  readonly value: string;
}

/** The result of `countFacets`. Values with the most runs come first; states come in the order of `RUN_STATUSES`. */
export interface RunFacets {
  /** Runs that match the whole query. */
  readonly total: BoundedCount;
  /** Runs by status. */
  readonly status: readonly RunFacet[];
  /** Runs by workflow. */
  readonly workflow: readonly RunFacet[];
  /** Runs by owner; runs without one are not counted. */
  readonly owner: readonly RunFacet[];
}

/** Counts and costs that are shown beside a page of runs. */
export interface FacetStore {
  /** Counts the runs that each status, workflow and owner would match, up to `FACET_COUNT_MAX` each. */
  countFacets(query: FacetQuery): Promise<RunFacets>;
  /** Returns the costs of the runs' calls in their current generations. A run without a map has no entry. */
  listCostsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, Cost>>;
}
