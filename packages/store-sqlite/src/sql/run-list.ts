/** Finding runs, as the shared package does it, in the words of SQLite. */
import type { RunQuery } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";
import { VALUE_ASKED } from "./search.js";

/** The planner is told the order of joins and the index, since it counts no rows. */
export const WORDS: shared.ListWords = {
  join: "CROSS JOIN",
  amount: "?",
  byFinished: "INDEXED BY run_finished",
  valueAsked: VALUE_ASKED,
  storable: (value) => value,
};

/** Null where no run can match. */
export const filterOf = (ctx: SqlContext, query: shared.ListQuery): shared.ListFilter | null =>
  shared.runNow(shared.filterOf({ sql: ctx, words: WORDS }, query));

const findNumbers = (ctx: SqlContext, query: shared.ListQuery): number[] =>
  shared.runNow(shared.findNumbers({ sql: ctx, words: WORDS }, query));

export function findRunIds(ctx: SqlContext, idPrefix: string, limit: number): string[] {
  const numbers = findNumbers(ctx, shared.withDefaults({ idPrefix, limit: limit - 1 }));
  return numbers.map((runK) => ctx.get<{ id: string }>("SELECT run_id AS id FROM run WHERE run_k = ?", runK)?.id ?? "");
}

/** One more row than `limit` when there is a next page. */
export function listRuns(ctx: SqlContext, query: RunQuery): shared.RunRow[] {
  const numbers = findNumbers(ctx, shared.withDefaults(query));
  return ctx.all<shared.RunRow>(
    `SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k IN (SELECT value FROM json_each(?)) ORDER BY r.run_k DESC`,
    JSON.stringify(numbers),
  );
}
