/**
 * Finding runs: ids by their beginning, and pages of runs, newest first, among a hundred thousand and more.
 *
 * A page is found in two steps: the numbers of its runs from narrow indexes, then their wide rows. What one index gives in
 * the order of the page is taken from it as it is. Any other combination of filters is first looked for where it is
 * nearly always found (an owner's or a prefix's few runs, the newest thousand), and only then over all live rows and the
 * index of finished runs, which has all that is asked; so no filter, however rare what it asks for, reads every row.
 */
import { isFinished, RUN_STATUSES, type RunExclusions, type RunQuery, type RunStatus, toNanos } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { readCursor } from "../cursor.js";
import type { SqlValue } from "../driver.js";
import { STATUS_OF_PHASE } from "./live.js";
import { COSTLY_RUNS, costOfRun } from "./run-costs.js";
import { FROM_RUN, RUN_COLUMNS, type RunRow } from "./run-row.js";
import { VALUE_ASKED } from "./search.js";

/** `RunQuery` with its defaults; null is any. */
export interface ListQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly workflow: string | null;
  readonly owner: string | null;
  readonly isResumable: boolean;
  readonly idPrefix: string | null;
  readonly updatedSince: number | null;
  /** Search fields with the value of each. */
  readonly fields: readonly (readonly [field: string, value: string])[];
  readonly not: { readonly [K in keyof RunExclusions]-?: NonNullable<RunExclusions[K]> };
  readonly createdSince: number | null;
  readonly createdBefore: number | null;
  readonly costAboveNanos: number | null;
  readonly costBelowNanos: number | null;
  readonly limit: number;
  readonly before: number | null;
}

export function withDefaults(query: RunQuery): ListQuery {
  const { status, statuses = RUN_STATUSES, not, costAboveUsd, costBelowUsd, cursor } = query;
  const isAny = status === undefined && query.statuses === undefined;
  return {
    statuses: isAny ? null : RUN_STATUSES.filter((one) => statuses.includes(one) && (status ?? one) === one),
    workflow: query.workflow ?? null,
    owner: query.owner ?? null,
    isResumable: query.isResumable === true,
    idPrefix: query.idPrefix ?? null,
    updatedSince: query.updatedSince ?? null,
    fields: Object.entries(query.fields ?? {}),
    not: { workflows: not?.workflows ?? [], owners: not?.owners ?? [], fields: not?.fields ?? [] },
    createdSince: query.createdSince ?? null,
    createdBefore: query.createdBefore ?? null,
    costAboveNanos: costAboveUsd === undefined ? null : toNanos(costAboveUsd),
    costBelowNanos: costBelowUsd === undefined ? null : toNanos(costBelowUsd),
    limit: query.limit,
    before: cursor === undefined ? null : readCursor(cursor, 1)[0],
  };
}

/** So many rows are looked at one by one before an index is read as a whole: some milliseconds. */
const FEW = 1_000;

export function findRunIds(ctx: SqlContext, idPrefix: string, limit: number): string[] {
  const numbers = findNumbers(ctx, withDefaults({ idPrefix, limit: limit - 1 }));
  return numbers.map((runK) => ctx.get<{ id: string }>("SELECT run_id AS id FROM run WHERE run_k = ?", runK)?.id ?? "");
}

/** One more row than `limit` when there is a next page. */
export function listRuns(ctx: SqlContext, query: RunQuery): RunRow[] {
  const numbers = findNumbers(ctx, withDefaults(query));
  return ctx.all<RunRow>(
    `SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k IN (SELECT value FROM json_each(?)) ORDER BY r.run_k DESC`,
    JSON.stringify(numbers),
  );
}

/** A query with its workflow's number and its states told apart. */
export interface ListFilter extends Omit<ListQuery, "workflow" | "statuses"> {
  readonly workflowK: number | null;
  readonly phases: readonly number[];
  readonly endings: readonly RunStatus[];
  readonly isAnyStatus: boolean;
  /** Filters besides the states. */
  readonly filterCount: number;
  /** The first number that may be on the page. */
  readonly from: number;
  readonly left: LeftOut;
}

/** What is left out, and what a run may cost: asked of each row. */
interface LeftOut {
  readonly sql: (runK: string, workflowK: string, owner: string) => string;
  readonly values: readonly SqlValue[];
  readonly needsOwner: boolean;
}

/** Null where no run can match. */
export function filterOf(ctx: SqlContext, query: ListQuery): ListFilter | null {
  const { statuses, workflow, owner, isResumable, idPrefix, updatedSince } = query;
  const resumable = (["paused", "failed"] as const).filter((status) => statuses?.includes(status) ?? true);
  const wanted: readonly RunStatus[] = isResumable ? resumable : (statuses ?? [...STATUS_OF_PHASE, ...ENDINGS]);
  const workflowK =
    workflow === null
      ? null
      : ctx.get<{ k: number }>("SELECT workflow_k AS k FROM workflow WHERE name = ?", workflow)?.k;
  if (workflowK === undefined || wanted.length === 0) return null;
  const { createdSince, createdBefore } = query;
  const upTo = createdBefore === null ? Number.MAX_SAFE_INTEGER : firstSince(ctx, createdBefore);
  const left = leftOut(query);
  return {
    ...query,
    workflowK,
    left,
    from: createdSince === null ? 0 : firstSince(ctx, createdSince),
    before: Math.min(query.before ?? Number.MAX_SAFE_INTEGER, upTo),
    phases: STATUS_OF_PHASE.flatMap((status, phase) => (wanted.includes(status) ? [phase] : [])),
    endings: wanted.filter(isFinished),
    isAnyStatus: statuses === null && !isResumable,
    filterCount: [workflow, owner, idPrefix, updatedSince, left.values.length > 0 ? true : null].filter(
      (value) => value !== null,
    ).length,
  };
}

function findNumbers(ctx: SqlContext, query: ListQuery): number[] {
  const asked = filterOf(ctx, query);
  if (asked === null) return [];
  const { workflow, owner, idPrefix, updatedSince } = query;
  const { filterCount, isAnyStatus } = asked;
  if (query.fields.length > 0) return byFields(ctx, asked);
  if (query.costAboveNanos !== null) return byCost(ctx, asked, query.costAboveNanos);
  if (isAnyStatus && (filterCount === 0 || (filterCount === 1 && (workflow ?? owner) !== null)))
    return inOrder(ctx, asked);
  if (filterCount === 0) return merge(asked, live(ctx, asked), ...asked.endings.map((one) => ended(ctx, asked, one)));
  if (owner !== null && isFew(ctx, "owner = ?", [owner])) return among(ctx, asked, "r.owner = ?", [owner]);
  if (idPrefix !== null && isFew(ctx, "run_id >= ? AND run_id < ?", rangeOf(idPrefix))) {
    return among(ctx, asked, "r.run_k IN (SELECT run_k FROM run WHERE run_id >= ? AND run_id < ?)", rangeOf(idPrefix));
  }
  if (asked.endings.length > 0 && updatedSince === null) {
    const found = amongNewest(ctx, asked);
    if (found.length > query.limit) return found;
  }
  return merge(asked, live(ctx, asked), finished(ctx, asked));
}

/**
 * The first run that was made at this instant or later. Runs are numbered as they are made, so it is found in some twenty steps;
 * of two between which a clock was set back, the earlier number counts as the earlier one.
 */
function firstSince(ctx: SqlContext, at: number): number {
  let low = 0;
  let high = (ctx.get<{ k: number | null }>("SELECT max(run_k) AS k FROM run")?.k ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = ctx.get<{ k: number; at: number }>(
      "SELECT run_k AS k, created_at AS at FROM run WHERE run_k >= ? ORDER BY run_k LIMIT 1",
      middle,
    );
    if (row === undefined || row.at >= at) high = middle;
    else low = row.k + 1;
  }
  return low;
}

function leftOut({ not, costAboveNanos, costBelowNanos }: ListQuery): LeftOut {
  const { workflows, owners, fields } = not;
  return {
    sql: (runK, workflowK, owner) =>
      [
        ...workflows.map(() => `AND ${workflowK} IS NOT (SELECT workflow_k FROM workflow WHERE name = ?)`),
        ...owners.map(() => `AND ${owner} IS NOT ?`),
        ...fields.map(
          () =>
            `AND NOT EXISTS (SELECT 1 FROM run_field n WHERE n.field = ? AND n.value = ${VALUE_ASKED} AND n.run_k = ${runK})`,
        ),
        costAboveNanos === null ? "" : `AND ${costOfRun(runK)} > ?`,
        costBelowNanos === null ? "" : `AND ${costOfRun(runK)} < ?`,
      ].join(" "),
    values: [
      ...workflows,
      ...owners,
      ...fields.flat(),
      ...[costAboveNanos, costBelowNanos].filter((nanos) => nanos !== null),
    ],
    needsOwner: owners.length > 0,
  };
}

export const ENDINGS = ["completed", "failed", "cancelled"] as const satisfies readonly RunStatus[];
/** Run ids are plain ASCII, so "~" (the last printable character) ends the range that starts with the prefix. */
export const rangeOf = (prefix: string) => [prefix, `${prefix}~`] as const;
export const beforeOf = ({ before }: ListFilter) => before ?? Number.MAX_SAFE_INTEGER;
const quoted = (endings: readonly RunStatus[]) => endings.map((ending) => `'${ending}'`).join(", ");

function merge({ limit }: ListFilter, ...pages: readonly (readonly number[])[]): number[] {
  return pages
    .flat()
    .sort((a, b) => b - a)
    .slice(0, limit + 1);
}

function numbersOf(ctx: SqlContext, sql: string, ...values: readonly SqlValue[]): number[] {
  return ctx.all<{ run_k: number }>(sql, ...values).map((row) => row.run_k);
}

/** At most one filter, which has an index in the order of the page. */
function inOrder(ctx: SqlContext, asked: ListFilter): number[] {
  const { workflowK, owner, limit } = asked;
  return numbersOf(
    ctx,
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
function ended(ctx: SqlContext, asked: ListFilter, ending: RunStatus): number[] {
  return numbersOf(
    ctx,
    `SELECT run_k FROM run WHERE final_status = '${ending}' AND run_k < ? AND run_k >= ? ${asked.isResumable ? "AND has_record = 1" : ""}
      ORDER BY run_k DESC LIMIT ?`,
    beforeOf(asked),
    asked.from,
    asked.limit + 1,
  );
}

function isFew(ctx: SqlContext, condition: string, values: readonly SqlValue[]): boolean {
  const row = ctx.get<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT run_k FROM run WHERE ${condition} LIMIT ${FEW + 1})`,
    ...values,
  );
  return (row?.n ?? 0) <= FEW;
}

/** All filters, each asked of the rows that `source` gives. */
function among(
  ctx: SqlContext,
  asked: ListFilter,
  source: string,
  sourceValues: readonly SqlValue[],
  { from, order } = { from: "run r", order: "r.run_k" },
): number[] {
  const { sql, values } = matching(asked, order);
  return numbersOf(
    ctx,
    `SELECT r.run_k FROM ${from} LEFT JOIN run_live l ON l.run_k = r.run_k
      WHERE ${source} AND ${sql} ORDER BY ${order} DESC LIMIT ?`,
    ...sourceValues,
    ...values,
    asked.limit + 1,
  );
}

/** All filters but the search fields, over `run r` and its `run_live l`. */
export function matching(
  asked: ListFilter,
  order: string,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const { phases, endings, workflowK, owner, idPrefix, updatedSince, isResumable, left } = asked;
  const states = [
    phases.length === 0 ? "" : `l.phase IN (${phases.join(", ")})`,
    endings.length === 0 ? "" : `r.final_status IN (${quoted(endings)})`,
  ];
  return {
    sql: `${order} < ? AND ${order} >= ? AND (${states.filter((state) => state !== "").join(" OR ")})
        ${workflowK === null ? "" : "AND r.workflow_k = ?"} ${owner === null ? "" : "AND r.owner = ?"}
        ${idPrefix === null ? "" : "AND r.run_id >= ? AND r.run_id < ?"}
        ${updatedSince === null ? "" : "AND coalesce(l.updated_at, r.updated_at) >= ?"}
        ${isResumable ? "AND coalesce(l.has_record, r.has_record) = 1" : ""}
        ${left.sql("r.run_k", "r.workflow_k", "r.owner")}`,
    values: [
      beforeOf(asked),
      asked.from,
      ...[workflowK, owner].filter((value) => value !== null),
      ...(idPrefix === null ? [] : rangeOf(idPrefix)),
      ...(updatedSince === null ? [] : [updatedSince]),
      ...left.values,
    ],
  };
}

/** Asked of `s.run_k`: whether the run has a value in a field. */
export const HAS_VALUE = `EXISTS (SELECT 1 FROM run_field o WHERE o.field = ? AND o.value = ${VALUE_ASKED} AND o.run_k = s.run_k)`;

/** The runs of the first field's value in the order of the page, by its index; the other fields and filters are asked of each. */
function byFields(ctx: SqlContext, asked: ListFilter): number[] {
  const [[field, value] = ["", ""], ...others] = asked.fields;
  const also = others.map(() => `AND ${HAS_VALUE}`);
  return among(
    ctx,
    asked,
    `s.field = ? AND s.value = ${VALUE_ASKED} ${also.join(" ")}`,
    [field, value, ...others.flat()],
    {
      from: "run_field s CROSS JOIN run r ON r.run_k = s.run_k",
      order: "s.run_k",
    },
  );
}

/** The runs whose maps cost something, which are all that can have cost more than an amount. */
function byCost(ctx: SqlContext, asked: ListFilter, aboveNanos: number): number[] {
  return among(ctx, asked, "true", [aboveNanos], {
    from: `(${COSTLY_RUNS}) s CROSS JOIN run r ON r.run_k = s.run_k`,
    order: "s.run_k",
  });
}

/** Of the newest runs that one of the filters gives. Less than a page: there may be more among the older ones. */
function amongNewest(ctx: SqlContext, asked: ListFilter): number[] {
  const { workflowK, owner, endings, phases } = asked;
  const ending = phases.length === 0 && endings.length === 1 ? ` AND final_status = '${endings[0]}'` : "";
  const filter = owner !== null ? "AND owner = ?" : workflowK !== null ? "AND workflow_k = ?" : ending;
  const newest = `r.run_k IN (SELECT run_k FROM run WHERE run_k < ? AND run_k >= ? ${filter} ORDER BY run_k DESC LIMIT ${FEW})`;
  const value = owner ?? workflowK;
  return among(ctx, asked, newest, [beforeOf(asked), asked.from, ...(value === null ? [] : [value])]);
}

/** Over the narrow rows of the runs that are not finished. */
function live(ctx: SqlContext, asked: ListFilter): number[] {
  const { phases, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (phases.length === 0) return [];
  const needsRun = owner !== null || idPrefix !== null || left.needsOwner;
  return numbersOf(
    ctx,
    `SELECT l.run_k FROM run_live l ${needsRun ? "CROSS JOIN run r USING (run_k)" : ""}
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
function finished(ctx: SqlContext, asked: ListFilter): number[] {
  const { endings, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (endings.length === 0) return [];
  return numbersOf(
    ctx,
    `SELECT run_k FROM run INDEXED BY run_finished
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
