/** Finding runs, as the shared package does it, in the words of PostgreSQL. */
import type { RunQuery } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { FROM_RUN, RUN_COLUMNS } from "./run-row.js";
import { storable, VALUE_ASKED } from "./search.js";

export const WORDS: shared.ListWords = {
  join: "JOIN",
  amount: "?::bigint",
  byFinished: "",
  valueAsked: VALUE_ASKED,
  storable,
};

/** Null where no run can match. */
export const filterOf = (ctx: SqlContext, query: shared.ListQuery): Promise<shared.ListFilter | null> =>
  shared.runInOrder(shared.filterOf({ sql: ctx, words: WORDS }, query));

const findNumbers = (ctx: SqlContext, query: shared.ListQuery): Promise<number[]> =>
  shared.runInOrder(shared.findNumbers({ sql: ctx, words: WORDS }, query));

export async function findRunIds(ctx: SqlContext, idPrefix: string, limit: number): Promise<string[]> {
  const numbers = await findNumbers(ctx, shared.withDefaults({ idPrefix, limit: limit - 1 }));
  const rows = await ctx.all<{ id: string }>(
    "SELECT run_id AS id FROM run WHERE run_k = ANY(?::bigint[]) ORDER BY run_k DESC",
    numbers,
  );
  return rows.map(({ id }) => id);
}

/** One more row than `limit` when there is a next page. */
export async function listRuns(ctx: SqlContext, query: RunQuery): Promise<shared.RunRow[]> {
  const numbers = await findNumbers(ctx, shared.withDefaults(query));
  return ctx.all<shared.RunRow>(
    `SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k = ANY(?::bigint[]) ORDER BY r.run_k DESC`,
    numbers,
  );
}
