/**
 * The tables of a store, in the order in which they are copied. A table with rows that no list names fails the copy: a new one is
 * decided about, never forgotten.
 */
import type { CopiedTable } from "@holdfast/core";

export const COPIED: readonly CopiedTable[] = [
  { name: "workflow", key: ["workflow_k"] },
  { name: "definition", key: ["definition_k"] },
  { name: "holder", key: ["holder_k"] },
  { name: "map_config", key: ["config_k"] },
  { name: "dataset", key: ["dataset_k"] },
  { name: "dataset_item", key: ["dataset_k", "idx"] },
  { name: "run", key: ["run_k"] },
  { name: "schedule", key: ["schedule_k"] },
  { name: "schedule_tick", key: ["schedule_k", "at", "kind"] },
  { name: "attempt_row", key: ["run_k", "stage", "attempt"] },
  { name: "event_row", key: ["run_k", "seq"] },
  { name: "checkpoint", key: ["run_k", "stage"] },
  { name: "wait", key: ["run_k", "stage", "attempt"] },
  { name: "signal", key: ["run_k", "n"] },
  { name: "family_end", key: ["run_k"] },
  { name: "published", key: ["run_k", "key"] },
  { name: "artifact", key: ["artifact_k"] },
  { name: "dataset_use", key: ["use_k"] },
  { name: "map", key: ["map_k"] },
  { name: "item_attempt", key: ["map_k", "n"] },
  { name: "item_page", key: ["map_k", "first_idx"] },
  { name: "item_left_out", key: ["map_k", "key"] },
  { name: "item_result", key: ["map_k", "key"] },
  { name: "item_failure", key: ["map_k", "key", "attempt"] },
  { name: "paid_result", key: ["run_k", "stage", "key", "config_hash"] },
  { name: "resource_lease", key: ["name"] },
  { name: "purge", key: ["run_k"] },
  { name: "dataset_purge", key: ["dataset_k"] },
  { name: "erased_key", key: ["name", "key_hash"] },
  { name: "removed_sum", key: ["workflow_k", "status", "finished_at", "owner"] },
  { name: "search_field", key: ["workflow_k", "field"] },
  { name: "run_field", key: ["field", "value", "run_k"] },
  { name: "run_cause", key: ["cause", "run_k"] },
  { name: "audit", key: ["id"] },
  { name: "cause_mark", key: ["scope", "fingerprint"] },
  // Last: while they are missing nothing could be executed.
  { name: "run_live", key: ["run_k"] },
];

/** A few rows each, replaced as a whole. Counts may stand in several rows, which are summed by the first column. */
export const REPLACED: readonly (CopiedTable & { readonly isSummed?: true })[] = [
  { name: "erase_salt", key: [] },
  { name: "run_count", key: [], isSummed: true },
  { name: "supervised_count", key: [], isSummed: true },
  { name: "store_default", key: ["name"] },
];

/** Of one store alone, or of processes that are gone. */
export const LEFT: readonly string[] = [
  "boot",
  "event_type",
  "presence",
  "presence",
  "probe",
  "recent_attempt",
  "resource_counter",
  "schema_version",
  "worker",
];

/** Told by clocks that the other store does not have: a lease that was copied has expired. */
export const CLOCKED: Readonly<Record<string, readonly string[]>> = { run_live: ["beat_at", "progress_at"] };
