/**
 * Watches runs of a Holdfast server live, in browsers and in Node. The client joins, detects gaps, requests missing events and
 * falls back to a stream or to polling by itself. `@holdfast/client/react` has the hooks.
 */

export {
  parseRunSearch,
  SEARCH_KEYS,
  type SearchKnown,
  type SearchTerm,
  searchOfTerms,
  textOfTerms,
  wordOfTerm,
} from "@holdfast/core";
export type { EventFrame, ProgressFrame } from "@holdfast/protocol";
export type { AnswerOptions, Ask, AsksQuery, ClientAsks, SignalOptions } from "./asks.js";
export type { BulkJob, BulkState } from "./bulk-watch.js";
export {
  type ClientOptions,
  createHoldfastClient,
  type HoldfastClient,
  type Live,
  type WatchedBulk,
  type WatchedRun,
  type WatchedRuns,
} from "./client.js";
export type { ConnectionState } from "./connection.js";
export { HoldfastRequestError, type Problem } from "./http.js";
export type { LinkKind } from "./links.js";
export { applyProgress, type ClientRun, reduceRun } from "./reduce.js";
export type { RunRow } from "./run-list.js";
export { queryOfSearch } from "./run-search.js";
export type { RunState, WatchOptions } from "./run-watch.js";
export { type RunsQuery, type RunsState, searchParamsOf } from "./runs-watch.js";
