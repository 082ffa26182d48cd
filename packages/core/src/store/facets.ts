/** Facets of a list of runs: how many runs each value of a filter would leave. Part of the Store contract (`store.ts`). */
import type { RunId } from "../ids.js";
import type { Cost } from "../money.js";
import type { RunQuery } from "./runs.js";

/** The most that one facet counts. More is told as such, so that a store of a million runs answers as quickly as a small one. */
export const FACET_COUNT_MAX = 1_000;
/** Values of a facet: the most frequent ones. */
export const FACET_VALUES_MAX = 12;

/** Which runs; each facet leaves out the filter of its own kind, so that it counts what another choice would leave. */
export type FacetQuery = Omit<RunQuery, "limit" | "cursor" | "updatedSince" | "status">;

/** A number of runs. */
export interface BoundedCount {
  /** At most `FACET_COUNT_MAX`. */
  readonly count: number;
  /** There are more than `count`, or may be: the store stopped looking. */
  readonly isMore: boolean;
}

/** One value with its count; never zero. */
export interface RunFacet extends BoundedCount {
  readonly value: string;
}

/** The answer to `countFacets`. Values with the most runs come first; states in their own order. */
export interface RunFacets {
  /** Runs that match the whole query. */
  readonly total: BoundedCount;
  readonly status: readonly RunFacet[];
  readonly workflow: readonly RunFacet[];
  readonly owner: readonly RunFacet[];
}

/** What a page of runs shows beside them. */
export interface FacetStore {
  /** Counts, bounded, of what a filter by status, workflow or owner would leave. */
  countFacets(query: FacetQuery): Promise<RunFacets>;
  /** Costs of the runs' calls in their current generations; a run without a map is missing. */
  listCostsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, Cost>>;
}
