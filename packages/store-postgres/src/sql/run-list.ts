/**
 * Finding runs: ids by their beginning, and pages of runs, newest first, among a hundred thousand and more.
 *
 * A page is found in two steps: the numbers of its runs from narrow indexes, then their wide rows. What one index gives in
 * the order of the page is taken from it as it is. Any other combination of filters is first looked for where it is
 * nearly always found (an owner's or a prefix's few runs, the newest thousand), and only then over all live rows and the
 * index of finished runs, which has all that is asked; so no filter, however rare what it asks for, reads every row.
 */
import type { RunStatus } from "@holdfast/core";
import { isFinished } from "@holdfast/core";
import type { SqlContext, SqlValue } from "../context.js";
import { flatMapInOrder } from "../in-order.js";
import { STATUS_OF_PHASE } from "./live.js";
import { COSTLY_RUNS, costOfRun } from "./run-costs.js";
import { FROM_RUN, RUN_COLUMNS, type RunRow } from "./run-row.js";
import { storable, VALUE_ASKED } from "./search.js";

export interface ListArgs {
  /** Null is any. */
  readonly statuses: readonly RunStatus[] | null;
  readonly workflow: string | null;
  readonly owner: string | null;
  readonly isResumable: boolean;
  readonly idPrefix: string | null;
  readonly updatedSince: number | null;
  /** Search fields with the value of each. */
  readonly fields: readonly (readonly [field: string, value: string])[];
  readonly not: {
    readonly workflows: readonly string[];
    readonly owners: readonly string[];
    readonly fields: readonly (readonly [field: string, value: string])[];
  };
  readonly createdSince: number | null;
  readonly createdBefore: number | null;
  readonly costAboveNanos: number | null;
  readonly costBelowNanos: number | null;
  readonly limit: number;
  readonly before: number | null;
}

/** So many rows are looked at one by one before an index is read as a whole: some milliseconds. */
const FEW = 1_000;

export async function findRunIds(ctx: SqlContext, idPrefix: string, limit: number): Promise<string[]> {
  const any = {
    statuses: null,
    workflow: null,
    owner: null,
    isResumable: false,
    updatedSince: null,
    fields: [],
    not: { workflows: [], owners: [], fields: [] },
    createdSince: null,
    createdBefore: null,
    costAboveNanos: null,
    costBelowNanos: null,
    before: null,
  };
  const numbers = await findNumbers(ctx, { ...any, idPrefix, limit: limit - 1 });
  const rows = await ctx.all<{ id: string }>(
    "SELECT run_id AS id FROM run WHERE run_k = ANY(?::bigint[]) ORDER BY run_k DESC",
    numbers,
  );
  return rows.map(({ id }) => id);
}

/** One more row than `limit` when there is a next page. */
export async function listRuns(ctx: SqlContext, query: ListArgs): Promise<RunRow[]> {
  const numbers = await findNumbers(ctx, query);
  return await ctx.all<RunRow>(
    `SELECT ${RUN_COLUMNS} ${FROM_RUN} WHERE r.run_k = ANY(?::bigint[]) ORDER BY r.run_k DESC`,
    numbers,
  );
}

/** A query with its workflow's number and its states told apart. */
export interface ListFilter extends Omit<ListArgs, "workflow" | "statuses"> {
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
export async function filterOf(ctx: SqlContext, query: ListArgs): Promise<ListFilter | null> {
  const { statuses, workflow, owner, isResumable, idPrefix, updatedSince } = query;
  const resumable = (["paused", "failed"] as const).filter((status) => statuses?.includes(status) ?? true);
  const wanted: readonly RunStatus[] = isResumable ? resumable : (statuses ?? [...STATUS_OF_PHASE, ...ENDINGS]);
  const workflowK =
    workflow === null
      ? null
      : (await ctx.get<{ k: number }>("SELECT workflow_k AS k FROM workflow WHERE name = ?", workflow))?.k;
  if (workflowK === undefined || wanted.length === 0) return null;
  const { createdSince, createdBefore } = query;
  const upTo = createdBefore === null ? Number.MAX_SAFE_INTEGER : await firstSince(ctx, createdBefore);
  const left = leftOut(query);
  return {
    ...query,
    workflowK,
    left,
    from: createdSince === null ? 0 : await firstSince(ctx, createdSince),
    before: Math.min(query.before ?? Number.MAX_SAFE_INTEGER, upTo),
    phases: STATUS_OF_PHASE.flatMap((status, phase) => (wanted.includes(status) ? [phase] : [])),
    endings: wanted.filter(isFinished),
    isAnyStatus: statuses === null && !isResumable,
    filterCount: [workflow, owner, idPrefix, updatedSince, left.values.length > 0 ? true : null].filter(
      (value) => value !== null,
    ).length,
  };
}

async function findNumbers(ctx: SqlContext, query: ListArgs): Promise<number[]> {
  const asked = await filterOf(ctx, query);
  if (asked === null) return [];
  const { workflow, owner, idPrefix, updatedSince } = query;
  const { filterCount, isAnyStatus } = asked;
  if (query.fields.length > 0) return await byFields(ctx, asked);
  if (query.costAboveNanos !== null) return await byCost(ctx, asked, query.costAboveNanos);
  if (isAnyStatus && (filterCount === 0 || (filterCount === 1 && (workflow ?? owner) !== null)))
    return await inOrder(ctx, asked);
  if (filterCount === 0) {
    return merge(asked, await live(ctx, asked), await flatMapInOrder(asked.endings, (one) => ended(ctx, asked, one)));
  }
  if (owner !== null && (await isFew(ctx, "owner = ?", [owner])))
    return await among(ctx, asked, "r.owner = ?", [owner]);
  if (idPrefix !== null && (await isFew(ctx, "run_id >= ? AND run_id < ?", rangeOf(idPrefix)))) {
    return await among(
      ctx,
      asked,
      "r.run_k IN (SELECT run_k FROM run WHERE run_id >= ? AND run_id < ?)",
      rangeOf(idPrefix),
    );
  }
  if (asked.endings.length > 0 && updatedSince === null) {
    const found = await amongNewest(ctx, asked);
    if (found.length > query.limit) return found;
  }
  return merge(asked, await live(ctx, asked), await finished(ctx, asked));
}

/**
 * The first run that was made at this instant or later. Runs are numbered as they are made, so it is found in some twenty steps;
 * of two between which a clock was set back, the earlier number counts as the earlier one.
 */
async function firstSince(ctx: SqlContext, at: number): Promise<number> {
  let low = 0;
  let high = ((await ctx.get<{ k: number | null }>("SELECT max(run_k) AS k FROM run"))?.k ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await ctx.get<{ k: number; at: number }>(
      "SELECT run_k AS k, created_at AS at FROM run WHERE run_k >= ? ORDER BY run_k LIMIT 1",
      middle,
    );
    if (row === undefined || row.at >= at) high = middle;
    else low = row.k + 1;
  }
  return low;
}

function leftOut({ not, costAboveNanos, costBelowNanos }: ListArgs): LeftOut {
  const { workflows, owners, fields } = not;
  return {
    sql: (runK, workflowK, owner) =>
      [
        ...workflows.map(() => `AND ${workflowK} IS DISTINCT FROM (SELECT workflow_k FROM workflow WHERE name = ?)`),
        ...owners.map(() => `AND ${owner} IS DISTINCT FROM ?`),
        ...fields.map(
          () =>
            `AND NOT EXISTS (SELECT 1 FROM run_field n WHERE n.field = ? AND n.value = ${VALUE_ASKED} AND n.run_k = ${runK})`,
        ),
        costAboveNanos === null ? "" : `AND ${costOfRun(runK)} > ?::bigint`,
        costBelowNanos === null ? "" : `AND ${costOfRun(runK)} < ?::bigint`,
      ].join(" "),
    values: [
      ...workflows,
      ...owners,
      ...fields.flat().map(storable),
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

async function numbersOf(ctx: SqlContext, sql: string, ...values: readonly SqlValue[]): Promise<number[]> {
  return (await ctx.all<{ run_k: number }>(sql, ...values)).map((row) => row.run_k);
}

/** At most one filter, which has an index in the order of the page. */
async function inOrder(ctx: SqlContext, asked: ListFilter): Promise<number[]> {
  const { workflowK, owner, limit } = asked;
  return await numbersOf(
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
async function ended(ctx: SqlContext, asked: ListFilter, ending: RunStatus): Promise<number[]> {
  return await numbersOf(
    ctx,
    `SELECT run_k FROM run WHERE final_status = '${ending}' AND run_k < ? AND run_k >= ? ${asked.isResumable ? "AND has_record = 1" : ""}
      ORDER BY run_k DESC LIMIT ?`,
    beforeOf(asked),
    asked.from,
    asked.limit + 1,
  );
}

async function isFew(ctx: SqlContext, condition: string, values: readonly SqlValue[]): Promise<boolean> {
  const row = await ctx.get<{ n: number }>(
    `SELECT count(*) AS n FROM (SELECT run_k FROM run WHERE ${condition} LIMIT ${FEW + 1}) few`,
    ...values,
  );
  return (row?.n ?? 0) <= FEW;
}

/** All filters, each asked of the rows that `source` gives. */
async function among(
  ctx: SqlContext,
  asked: ListFilter,
  source: string,
  sourceValues: readonly SqlValue[],
  { from, order } = { from: "run r", order: "r.run_k" },
): Promise<number[]> {
  const { sql, values } = matching(asked, order);
  return await numbersOf(
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

/** Whether the run `r` has a value in a field. */
export const HAS_VALUE = `EXISTS (SELECT 1 FROM run_field o WHERE o.field = ? AND o.value = ${VALUE_ASKED} AND o.run_k = r.run_k)`;

/** The runs of the first field's value in the order of the page, by its index; the other fields and filters are asked of each. */
async function byFields(ctx: SqlContext, asked: ListFilter): Promise<number[]> {
  const [[field, value] = ["", ""], ...others] = asked.fields;
  const also = others.map(() => `AND ${HAS_VALUE}`);
  return await among(
    ctx,
    asked,
    `s.field = ? AND s.value = ${VALUE_ASKED} ${also.join(" ")}`,
    [field, value, ...others.flat()].map(storable),
    {
      from: "run_field s JOIN run r ON r.run_k = s.run_k",
      order: "s.run_k",
    },
  );
}

/** The runs whose maps cost something, which are all that can have cost more than an amount. */
async function byCost(ctx: SqlContext, asked: ListFilter, aboveNanos: number): Promise<number[]> {
  return await among(ctx, asked, "true", [aboveNanos], {
    from: `(${COSTLY_RUNS}) s JOIN run r ON r.run_k = s.run_k`,
    order: "s.run_k",
  });
}

/** Of the newest runs that one of the filters gives. Less than a page: there may be more among the older ones. */
async function amongNewest(ctx: SqlContext, asked: ListFilter): Promise<number[]> {
  const { workflowK, owner, endings, phases } = asked;
  const ending = phases.length === 0 && endings.length === 1 ? ` AND final_status = '${endings[0]}'` : "";
  const filter = owner !== null ? "AND owner = ?" : workflowK !== null ? "AND workflow_k = ?" : ending;
  const newest = `r.run_k IN (SELECT run_k FROM run WHERE run_k < ? AND run_k >= ? ${filter} ORDER BY run_k DESC LIMIT ${FEW})`;
  const value = owner ?? workflowK;
  return await among(ctx, asked, newest, [beforeOf(asked), asked.from, ...(value === null ? [] : [value])]);
}

/** Over the narrow rows of the runs that are not finished. */
async function live(ctx: SqlContext, asked: ListFilter): Promise<number[]> {
  const { phases, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (phases.length === 0) return [];
  const needsRun = owner !== null || idPrefix !== null || left.needsOwner;
  return await numbersOf(
    ctx,
    `SELECT l.run_k FROM run_live l ${needsRun ? "JOIN run r USING (run_k)" : ""}
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
async function finished(ctx: SqlContext, asked: ListFilter): Promise<number[]> {
  const { endings, workflowK, owner, idPrefix, updatedSince, isResumable, limit, left } = asked;
  if (endings.length === 0) return [];
  return await numbersOf(
    ctx,
    `SELECT run_k FROM run
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
