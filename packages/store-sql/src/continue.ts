/**
 * A run that ends its generation and begins the next by itself (`continueAs`). Its children stay its children: only a restart ends
 * them. Records of the two generations before the new one are kept; of older ones their events tell what happened.
 */
import { CONTINUES_PER_S_MAX, ContinuesTooFastError, type InputTexts, recordError } from "@holdfast/core";
import type { FamilySql } from "./family.js";
import { type LiveRow, PAUSED, QUEUED, type WaitingTerms } from "./live.js";
import { type Maybe, type Steps, wait } from "./steps.js";
import { DROP_WAITS_OF_RUN_SQL } from "./wait-rows.js";

/** What each store does in its own way. */
export interface ContinueSql extends Pick<FamilySql, "sql"> {
  addEvent(live: LiveRow, type: "run.continued" | "run.failed" | "run.paused", body: object): Maybe<void>;
  setWaiting(live: LiveRow, to: WaitingTerms): Maybe<void>;
  /** Ends the run, with what that means for others. */
  fail(live: LiveRow, reason: string, errorJson: string): Maybe<void>;
  refillRun(runK: number): Maybe<void>;
}

/** Closed generations whose records are kept. */
const KEPT_COUNT = 2;
/** Rows removed with one step at most: a map of a hundred thousand items goes with the next ones. */
const ROWS_MAX = 2_000;
/** Time in which `CONTINUES_PER_S_MAX` generations without a record are too many. */
const WINDOW_MS = 1_000;

export function* continueRun(on: ContinueSql, live: LiveRow, input: InputTexts): Steps<void> {
  const { run_k: runK } = live;
  if (yield* isTooFast(on, live)) {
    const error = recordError(
      new ContinuesTooFastError({ generation: live.generation, perSecond: CONTINUES_PER_S_MAX }),
    );
    const reason = "continues_too_fast";
    yield* wait(on.addEvent(live, "run.failed", { reason, error }));
    yield* wait(on.fail(live, reason, JSON.stringify(error)));
    return;
  }
  const generation = live.generation + 1;
  yield* wait(on.sql.run(DROP_WAITS_OF_RUN_SQL, on.sql.wallMs, runK));
  const { inputJson, givenJson, secretsJson = null } = input;
  yield* wait(
    on.sql.run(
      "UPDATE run SET input = ?, given = ?, secrets = ?, last_error = NULL, last_error_at = NULL WHERE run_k = ?",
      inputJson,
      givenJson,
      secretsJson,
      runK,
    ),
  );
  yield* wait(on.refillRun(runK));
  yield* wait(
    on.sql.run(
      `UPDATE run_live SET generation = ?, has_record = 0, stages_done = 0, items_done = NULL, items_total = NULL,
              items_failed = NULL, items_per_s = NULL, eta_low_at = NULL, eta_high_at = NULL, label = NULL, reached = NULL
        WHERE run_k = ?`,
      generation,
      runK,
    ),
  );
  Object.assign(live, { generation, recoveries: 0, retries: 0, deaths: 0, is_reopening: 0, has_progressed: 1 });
  yield* wait(on.addEvent(live, "run.continued", { generation }));
  yield* removeOld(on, runK, generation - 1 - KEPT_COUNT);
  if (live.wish === "pause") {
    yield* wait(on.addEvent(live, "run.paused", { reason: live.wish_reason }));
    yield* wait(on.setWaiting(live, { phase: PAUSED, wakeAt: null, reason: live.wish_reason }));
    return;
  }
  yield* wait(on.setWaiting(live, { phase: QUEUED, wakeAt: on.sql.dueMs(), reason: null }));
}

/** More generations in a second than allowed, none of which recorded anything. */
function* isTooFast(on: ContinueSql, { run_k, has_record }: LiveRow): Steps<boolean> {
  const nowMs = on.sql.wallMs;
  const before = yield* wait(
    on.sql.get<{ since: number | null; count: number }>(
      "SELECT continued_since AS since, continued_count AS count FROM run WHERE run_k = ?",
      run_k,
    ),
  );
  const { since = null, count = 0 } = before ?? {};
  // A clock that was set back begins a new second.
  const isSame = has_record === 0 && since !== null && nowMs >= since && nowMs - since < WINDOW_MS;
  const next = has_record === 1 ? 0 : isSame ? count + 1 : 1;
  yield* wait(
    on.sql.run(
      "UPDATE run SET continued_since = ?, continued_count = ? WHERE run_k = ?",
      isSame ? since : nowMs,
      next,
      run_k,
    ),
  );
  return next > CONTINUES_PER_S_MAX;
}

const OLD_MAPS = "(SELECT map_k FROM map WHERE run_k = ?1 AND generation <= ?2)";
/** Values: the run's number, the newest generation that goes, rows at most. Parts of a map before the map. */
const OLD_ROWS = [
  `DELETE FROM attempt_row WHERE (run_k, stage, attempt) IN
     (SELECT run_k, stage, attempt FROM attempt_row WHERE run_k = ?1 AND generation <= ?2 LIMIT ?3)`,
  `DELETE FROM wait WHERE (run_k, stage, attempt) IN
     (SELECT run_k, stage, attempt FROM wait WHERE run_k = ?1 AND generation <= ?2 LIMIT ?3)`,
  `DELETE FROM dataset_use WHERE use_k IN
     (SELECT use_k FROM dataset_use WHERE run_k = ?1 AND generation <= ?2 LIMIT ?3)`,
  ...["item_result", "item_attempt", "item_failure", "item_page", "item_left_out"].map((table) => {
    const key = { item_attempt: "n", item_failure: "key, attempt", item_page: "first_idx" }[table] ?? "key";
    return `DELETE FROM ${table} WHERE (map_k, ${key}) IN (SELECT map_k, ${key} FROM ${table} WHERE map_k IN ${OLD_MAPS} LIMIT ?3)`;
  }),
];

function* removeOld(on: ContinueSql, runK: number, upTo: number): Steps<void> {
  if (upTo < 1) return;
  let left = ROWS_MAX;
  for (const sql of OLD_ROWS) {
    if (left <= 0) return;
    left -= yield* wait(on.sql.run(sql, runK, upTo, left));
  }
  if (left > 0) yield* wait(on.sql.run("DELETE FROM map WHERE run_k = ? AND generation <= ?", runK, upTo));
}
