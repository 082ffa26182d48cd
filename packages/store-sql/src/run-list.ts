/**
 * Finding runs: ids by their beginning, and pages of runs, newest first, among a hundred thousand and more.
 *
 * A page is found in two steps: the numbers of its runs from narrow indexes, then their wide rows. What one index gives in
 * the order of the page is taken from it as it is. Any other combination of filters is first looked for where it is
 * nearly always found (an owner's or a prefix's few runs, the newest thousand), and only then over all live rows and the
 * index of finished runs, which has all that is asked; so no filter, however rare what it asks for, reads every row.
 */

import type { RunStatus } from "@holdfast/core";
import { STATUS_OF_PHASE } from "./live.js";
import {
  beforeOf,
  costlyRuns,
  filterOf,
  hasValue,
  type ListFilter,
  type ListSql,
  matching,
  quoted,
  rangeOf,
} from "./run-filter.js";
import type { ListQuery } from "./run-query.js";
import { type SqlScalar, type Steps, wait } from "./steps.js";

/** So many rows are looked at one by one before an index is read as a whole: some milliseconds. */
const FEW = 1_000;

/** One more than `limit` when there is a next page, newest first. */
export function* findNumbers(on: ListSql, query: ListQuery): Steps<number[]> {
  const asked = yield* filterOf(on, query);
  if (asked === null) return [];
  const { workflow, owner, idPrefix, updatedSince } = query;
  const { filterCount, isAnyStatus } = asked;
  if (query.cause !== null) return yield* byCause(on, asked, query.cause);
  if (query.fields.length > 0) return yield* byFields(on, asked);
  if (query.costAboveNanos !== null) return yield* byCost(on, asked, query.costAboveNanos);
  if (asked.parentK !== null) return yield* among(on, asked, "r.parent_k = ?", [asked.parentK]);
  if (isAnyStatus && (filterCount === 0 || (filterCount === 1 && (workflow ?? owner) !== null)))
    return yield* inOrder(on, asked);
  if (filterCount === 0) {
    const pages = [yield* live(on, asked)];
    for (const one of asked.endings) pages.push(yield* ended(on, asked, one));
    return merge(asked, ...pages);
  }
  if (owner !== null && (yield* isFew(on, "owner = ?", [owner])))
    return yield* among(on, asked, "r.owner = ?", [owner]);
  if (idPrefix !== null && (yield* isFew(on, "run_id >= ? AND run_id < ?", rangeOf(idPrefix)))) {
    return yield* among(
      on,
      asked,
      "r.run_k IN (SELECT run_k FROM run WHERE run_id >= ? AND run_id < ?)",
      rangeOf(idPrefix),
    );
  }
  if (asked.endings.length > 0 && updatedSince === null) {
    const found = yield* amongNewest(on, asked);
    if (found.length > query.limit) return found;
  }
  return merge(asked, yield* live(on, asked), yield* finished(on, asked));
}

function merge({ limit }: ListFilter, ...pages: readonly (readonly number[])[]): number[] {
  return pages
    .flat()
    .sort((a, b) => b - a)
    .slice(0, limit + 1);
}

function* numbersOf(on: ListSql, sql: string, ...values: readonly SqlScalar[]): Steps<number[]> {
  return (yield* wait(on.sql.all<{ run_k: number }>(sql, ...values))).map((row) => row.run_k);
}

/** At most one filter, which has an index in the order of the page. */
function* inOrder(on: ListSql, asked: ListFilter): Steps<number[]> {
  const { workflowK, owner, limit } = asked;
  return yield* numbersOf(
    on,
    `SELECT run_k FROM run
      WHERE run_k < ? AND run_k >= ? ${workflowK === null ? "" : "AND workflow_k = ?"} ${owner === null ? "" : "AND owner = ?"}
      ORDER BY run_k DESC LIMIT ?`,
    beforeOf(asked),
    asked.from,
    ...[workflowK, owner].filter((value) => value !== null),
    limit + 1,
  );
}

/** Finished runs of one state and nothing else. */
function* ended(on: ListSql, asked: ListFilter, ending: RunStatus): Steps<number[]> {
  return yield* numbersOf(
    on,
    `SELECT run_k FROM run WHERE final_status = '${ending}' AND run_k < ? AND run_k >= ? ${asked.isResumable ? "AND has_record = 1" : ""}
      ORDER BY run_k DESC LIMIT ?`,
    beforeOf(asked),
    asked.from,
    asked.limit + 1,
  );
}

function* isFew(on: ListSql, condition: string, values: readonly SqlScalar[]): Steps<boolean> {
  const row = yield* wait(
    on.sql.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT run_k FROM run WHERE ${condition} LIMIT ${FEW + 1}) few`,
      ...values,
    ),
  );
  return (row?.n ?? 0) <= FEW;
}

/** All filters, each asked of the rows that `source` gives. */
function* among(
  on: ListSql,
  asked: ListFilter,
  source: string,
  sourceValues: readonly SqlScalar[],
  { from, order } = { from: "run r", order: "r.run_k" },
): Steps<number[]> {
  const { sql, values } = matching(asked, order);
  return yield* numbersOf(
    on,
    `SELECT r.run_k FROM ${from} LEFT JOIN run_live l ON l.run_k = r.run_k
      WHERE ${source} AND ${sql} ORDER BY ${order} DESC LIMIT ?`,
    ...sourceValues,
    ...values,
    asked.limit + 1,
  );
}

/** The runs of the first field's value in the order of the page, by its index; the other fields and filters are asked of each. */
function* byFields(on: ListSql, asked: ListFilter): Steps<number[]> {
  const [[field, value] = ["", ""], ...others] = asked.fields;
  const { words } = on;
  const also = others.map(() => `AND ${hasValue(words, "s.run_k")}`);
  return yield* among(
    on,
    asked,
    `s.field = ? AND s.value = ${words.valueAsked} ${also.join(" ")}`,
    [field, value, ...others.flat()].map(words.storable),
    {
      from: `run_field s ${words.join} run r ON r.run_k = s.run_k`,
      order: "s.run_k",
    },
  );
}

/** The runs that had a failure of the cause, in the order of the page; whether they have one now is asked of each. */
function* byCause(on: ListSql, asked: ListFilter, cause: string): Steps<number[]> {
  const also = asked.fields.map(() => `AND ${hasValue(on.words, "s.run_k")}`);
  const values = [cause, ...asked.fields.flat().map(on.words.storable)];
  return yield* among(on, asked, `s.cause = ? ${also.join(" ")}`, values, {
    from: `run_cause s ${on.words.join} run r ON r.run_k = s.run_k`,
    order: "s.run_k",
  });
}

/** The runs whose maps cost something, which are all that can have cost more than an amount. */
function* byCost(on: ListSql, asked: ListFilter, aboveNanos: number): Steps<number[]> {
  return yield* among(on, asked, "true", [aboveNanos], {
    from: `(${costlyRuns(on.words)}) s ${on.words.join} run r ON r.run_k = s.run_k`,
    order: "s.run_k",
  });
}

/** Of the newest runs that one of the filters gives. Less than a page: there may be more among the older ones. */
function* amongNewest(on: ListSql, asked: ListFilter): Steps<number[]> {
  const { workflowK, owner, endings, phases } = asked;
  const ending = phases.length === 0 && endings.length === 1 ? ` AND final_status = '${endings[0]}'` : "";
  const filter = owner !== null ? "AND owner = ?" : workflowK !== null ? "AND workflow_k = ?" : ending;
  const newest = `r.run_k IN (SELECT run_k FROM run WHERE run_k < ? AND run_k >= ? ${filter} ORDER BY run_k DESC LIMIT ${FEW})`;
  const value = owner ?? workflowK;
  return yield* among(on, asked, newest, [beforeOf(asked), asked.from, ...(value === null ? [] : [value])]);
}

/** Over the narrow rows of the runs that are not finished. */
function* live(on: ListSql, asked: ListFilter): Steps<number[]> {
  const { phases, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (phases.length === 0) return [];
  const needsRun = owner !== null || idPrefix !== null || left.needsOwner;
  return yield* numbersOf(
    on,
    `SELECT l.run_k FROM run_live l ${needsRun ? `${on.words.join} run r USING (run_k)` : ""}
      WHERE l.run_k < ? AND l.run_k >= ? ${phases.length === STATUS_OF_PHASE.length ? "" : `AND l.phase IN (${phases.join(", ")})`}
        ${workflowK === null ? "" : "AND l.workflow_k = ?"} ${updatedSince === null ? "" : "AND l.updated_at >= ?"}
        ${isResumable ? "AND l.has_record = 1" : ""} ${owner === null ? "" : "AND r.owner = ?"}
        ${idPrefix === null ? "" : "AND r.run_id >= ? AND r.run_id < ?"} ${left.sql("l.run_k", "l.workflow_k", "r.owner")}
      ORDER BY l.run_k DESC LIMIT ?`,
    beforeOf(asked),
    asked.from,
    ...[workflowK, updatedSince, owner].filter((value) => value !== null),
    ...(idPrefix === null ? [] : rangeOf(idPrefix)),
    ...left.values,
    limit + 1,
  );
}

/** Over the index of finished runs, which has every filter but the id. A run is last updated when it ends. */
function* finished(on: ListSql, asked: ListFilter): Steps<number[]> {
  const { endings, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (endings.length === 0) return [];
  return yield* numbersOf(
    on,
    `SELECT run_k FROM run ${on.words.byFinished}
      WHERE workflow_k ${workflowK === null ? "IN (SELECT workflow_k FROM workflow)" : "= ?"}
        AND final_status IN (${quoted(endings)}) AND finished_at >= ? AND run_k < ? AND run_k >= ?
        ${owner === null ? "" : "AND owner = ?"} ${idPrefix === null ? "" : "AND run_id >= ? AND run_id < ?"}
        ${isResumable ? "AND has_record = 1" : ""} ${left.sql("run.run_k", "workflow_k", "owner")}
      ORDER BY run_k DESC LIMIT ?`,
    ...(workflowK === null ? [] : [workflowK]),
    updatedSince ?? Number.MIN_SAFE_INTEGER,
    beforeOf(asked),
    asked.from,
    ...(owner === null ? [] : [owner]),
    ...(idPrefix === null ? [] : rangeOf(idPrefix)),
    ...left.values,
    limit + 1,
  );
}
