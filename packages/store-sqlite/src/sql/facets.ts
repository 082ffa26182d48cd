/**
 * Facets: how many runs each state, workflow and owner would leave. Every read is bounded, so no count costs more in a store of a
 * million runs: what is narrow (an owner, a field, a prefix, a price) is counted among its own newest runs, anything else value by
 * value in the indexes of the states, and each of these stops at `FACET_COUNT_MAX` matches or `LOOKED_MAX` rows.
 */
import {
  type BoundedCount,
  FACET_COUNT_MAX,
  FACET_VALUES_MAX,
  type FacetQuery,
  RUN_STATUSES,
  type RunStatus,
} from "@holdfast/core";
import {
  beforeOf,
  costlyRuns,
  hasValue,
  type ListFilter,
  type ListQuery,
  matching,
  rangeOf,
  withDefaults,
} from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import type { SqlValue } from "../driver.js";
import { filterOf, WORDS } from "./run-list.js";
import { VALUE_ASKED } from "./search.js";

export interface FacetRow extends BoundedCount {
  readonly value: string;
}

export interface FacetRows {
  readonly total: BoundedCount;
  readonly status: readonly FacetRow[];
  readonly workflow: readonly FacetRow[];
  readonly owner: readonly FacetRow[];
}

/** Rows of an index that one count reads: some milliseconds. */
const LOOKED_MAX = 10_000;
/** Whole rows of runs that one histogram reads: they lie apart from each other. */
const NARROW_MAX = 5_000;
/** Workflows and owners that are counted one by one. */
const VALUES_LOOKED_MAX = 50;

export function countFacets(ctx: SqlContext, facets: FacetQuery): FacetRows {
  const query = withDefaults({ ...facets, limit: 0 });
  const status = statusFacet(ctx, { ...query, statuses: null });
  const chosen = RUN_STATUSES.filter((one) => query.statuses?.includes(one) ?? true);
  const total = sumOf(status.filter(({ value }) => chosen.includes(value as RunStatus)));
  return {
    total,
    status,
    workflow: top(workflowFacet(ctx, { ...query, workflow: null })),
    owner: top(ownerFacet(ctx, { ...query, owner: null })),
  };
}

const bounded = (found: number, isCut = false): BoundedCount => ({
  count: Math.min(found, FACET_COUNT_MAX),
  isMore: isCut || found > FACET_COUNT_MAX,
});

const sumOf = (counts: readonly BoundedCount[]): BoundedCount =>
  bounded(
    counts.reduce((sum, { count }) => sum + count, 0),
    counts.some(({ isMore }) => isMore),
  );

const top = (rows: readonly FacetRow[]): readonly FacetRow[] =>
  rows
    .filter(({ count, isMore }) => count > 0 || isMore)
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, FACET_VALUES_MAX);

function statusFacet(ctx: SqlContext, query: ListQuery): readonly FacetRow[] {
  const asked = filterOf(ctx, query);
  if (asked === null) return [];
  const found = isNarrow(query)
    ? histogram(
        ctx,
        asked,
        "coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END)",
      )
    : RUN_STATUSES.map((value) => {
        const one = filterOf(ctx, { ...query, statuses: [value] });
        return { value, ...(one === null ? bounded(0) : count(ctx, one)) };
      });
  const byValue = new Map(found.map((row) => [row.value, row]));
  return RUN_STATUSES.flatMap((status) => byValue.get(status) ?? []).filter(({ count, isMore }) => count > 0 || isMore);
}

function workflowFacet(ctx: SqlContext, query: ListQuery): readonly FacetRow[] {
  const asked = filterOf(ctx, query);
  if (asked === null) return [];
  if (isNarrow(query))
    return histogram(ctx, asked, "(SELECT w.name FROM workflow w WHERE w.workflow_k = r.workflow_k)");
  const names = ctx.all<{ k: number; name: string }>(
    "SELECT workflow_k AS k, name FROM workflow ORDER BY workflow_k LIMIT ?",
    VALUES_LOOKED_MAX,
  );
  return names.map(({ k, name }) => ({ value: name, ...count(ctx, { ...asked, workflowK: k }) }));
}

/** Runs of nobody are under no value. */
function ownerFacet(ctx: SqlContext, query: ListQuery): readonly FacetRow[] {
  const asked = filterOf(ctx, query);
  if (asked === null) return [];
  if (isNarrow(query)) return histogram(ctx, asked, "r.owner");
  const isOpen = asked.isAnyStatus && asked.workflowK === null && asked.left.values.length === 0;
  return isOpen ? owners(ctx, asked) : ownersAmong(ctx, asked);
}

/** What has a source of its own, whose runs are few. */
const isNarrow = ({ cause, fields, owner, idPrefix, costAboveNanos }: ListQuery) =>
  cause !== null || fields.length > 0 || owner !== null || idPrefix !== null || costAboveNanos !== null;

/** Of the newest runs of the source, by an expression over `r` and `l`. */
function histogram(ctx: SqlContext, asked: ListFilter, value: string): readonly FacetRow[] {
  const { sql, values } = sourceOf(asked);
  const source = `${sql} LIMIT ${NARROW_MAX}`;
  const isCut = (ctx.get<{ n: number }>(`SELECT count(*) AS n FROM (${source})`, ...values)?.n ?? 0) >= NARROW_MAX;
  const others = asked.cause === null ? asked.fields.slice(1) : asked.fields;
  const filter = matching(asked, "r.run_k");
  const rows = ctx.all<{ value: string | null; n: number }>(
    `SELECT ${value} AS value, count(*) AS n
       FROM (${source}) s CROSS JOIN run r ON r.run_k = s.run_k LEFT JOIN run_live l ON l.run_k = r.run_k
      WHERE ${filter.sql} ${others.map(() => `AND ${hasValue(WORDS, "s.run_k")}`).join(" ")} GROUP BY 1`,
    ...values,
    ...filter.values,
    ...others.flat(),
  );
  return rows.flatMap((row) => (row.value === null ? [] : [{ value: row.value, ...bounded(row.n, isCut) }]));
}

function sourceOf(asked: ListFilter): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const { cause, fields, owner, idPrefix, costAboveNanos, from } = asked;
  const [first] = fields;
  const range = [beforeOf(asked), from];
  const newest = "AND run_k < ? AND run_k >= ? ORDER BY run_k DESC";
  if (cause !== null)
    return { sql: `SELECT run_k FROM run_cause WHERE cause = ? ${newest}`, values: [cause, ...range] };
  if (first !== undefined) {
    const sql = `SELECT run_k FROM run_field WHERE field = ? AND value = ${VALUE_ASKED} ${newest}`;
    return { sql, values: [...first, ...range] };
  }
  if (owner !== null) return { sql: `SELECT run_k FROM run WHERE owner = ? ${newest}`, values: [owner, ...range] };
  if (idPrefix !== null)
    return { sql: "SELECT run_k FROM run WHERE run_id >= ? AND run_id < ?", values: rangeOf(idPrefix) };
  return { sql: costlyRuns(WORDS), values: [costAboveNanos ?? 0] };
}

/** By states, workflow, times and what is left out: each state has an index of its own. */
function count(ctx: SqlContext, asked: ListFilter): BoundedCount {
  const parts = [
    ...asked.phases.map((phase) => countLive(ctx, asked, phase)),
    ...asked.endings.map((ending) => countEnded(ctx, asked, ending)),
  ];
  return sumOf(parts);
}

interface Counted {
  readonly looked: number;
  readonly found: number;
}

/** Where every row that is read counts, reading one more than is told is enough. */
const lookedMax = ({ left, isResumable, createdSince, createdBefore }: ListFilter) =>
  left.values.length > 0 || isResumable || createdSince !== null || createdBefore !== null
    ? LOOKED_MAX
    : FACET_COUNT_MAX + 1;

function countLive(ctx: SqlContext, asked: ListFilter, phase: number): BoundedCount {
  const { isResumable, left } = asked;
  const max = lookedMax(asked);
  const { sql, values } = liveRows(asked, phase, max);
  const { looked, found } = ctx.get<Counted>(
    `SELECT count(*) AS looked, coalesce(sum(1 ${isResumable ? "AND l.has_record = 1" : ""}
            ${left.sql("l.run_k", "l.workflow_k", OWNER_OF_LIVE)}), 0) AS found FROM (${sql}) l`,
    ...left.values,
    ...values,
  ) ?? { looked: 0, found: 0 };
  return bounded(found, looked >= max);
}

/** Queued runs have an index by workflow; of running and paused ones there are few beside them. */
function liveRows(asked: ListFilter, phase: number, max: number) {
  const { workflowK } = asked;
  return {
    sql: `SELECT run_k, workflow_k, has_record FROM run_live
           WHERE phase = ${phase} ${workflowK === null ? "" : "AND workflow_k = ?"} AND run_k < ? AND run_k >= ? LIMIT ${max}`,
    values: [...(workflowK === null ? [] : [workflowK]), beforeOf(asked), asked.from],
  };
}

const OWNER_OF_LIVE = "(SELECT o.owner FROM run o WHERE o.run_k = l.run_k)";

/** A run ends after it was made, so those that are too old are passed over in the index, and most of those that are too young. */
function countEnded(ctx: SqlContext, asked: ListFilter, ending: RunStatus): BoundedCount {
  const { isResumable, left } = asked;
  const max = lookedMax(asked);
  const { sql, values } = endedRows(asked, ending, max);
  const { looked, found } = ctx.get<Counted>(
    `SELECT count(*) AS looked, coalesce(sum(e.run_k < ? AND e.run_k >= ? ${isResumable ? `AND ${HAS_RECORD}` : ""}
            ${left.sql("e.run_k", "e.workflow_k", "e.owner")}), 0) AS found FROM (${sql}) e`,
    beforeOf(asked),
    asked.from,
    ...left.values,
    ...values,
  ) ?? { looked: 0, found: 0 };
  return bounded(found, looked >= max);
}

const HAS_RECORD = "(SELECT o.has_record FROM run o WHERE o.run_k = e.run_k) = 1";

function endedRows({ workflowK, createdSince }: ListFilter, ending: RunStatus, max: number) {
  return {
    sql: `SELECT run_k, workflow_k, owner FROM run INDEXED BY run_finished
           WHERE workflow_k ${workflowK === null ? "IN (SELECT workflow_k FROM workflow)" : "= ?"}
             AND final_status = '${ending}' AND finished_at >= ? LIMIT ${max}`,
    values: [...(workflowK === null ? [] : [workflowK]), createdSince ?? Number.MIN_SAFE_INTEGER],
  };
}

/** Every owner in turn, each found by a step in the index of owners, which also counts their runs. */
function owners(ctx: SqlContext, asked: ListFilter): readonly FacetRow[] {
  const names = ctx.all<{ owner: string }>(
    `WITH RECURSIVE o(owner) AS (
       SELECT min(owner) FROM run WHERE owner IS NOT NULL
       UNION ALL SELECT (SELECT min(r.owner) FROM run r WHERE r.owner > o.owner) FROM o WHERE o.owner IS NOT NULL)
     SELECT owner FROM o WHERE owner IS NOT NULL LIMIT ?`,
    VALUES_LOOKED_MAX,
  );
  return names.map(({ owner }) => {
    const row = ctx.get<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT 1 FROM run WHERE owner = ? AND run_k < ? AND run_k >= ? LIMIT ?)`,
      owner,
      beforeOf(asked),
      asked.from,
      FACET_COUNT_MAX + 1,
    );
    return { value: owner, ...bounded(row?.n ?? 0) };
  });
}

/** Among the runs of the states, as `count` finds them. */
function ownersAmong(ctx: SqlContext, asked: ListFilter): readonly FacetRow[] {
  const { isResumable, left } = asked;
  const counts = new Map<string, number>();
  let isCut = false;
  const add = (rows: readonly (Counted & { readonly owner: string | null })[]) => {
    if (rows.reduce((sum, { looked }) => sum + looked, 0) >= LOOKED_MAX) isCut = true;
    for (const { owner, found } of rows) {
      if (owner !== null && found > 0) counts.set(owner, (counts.get(owner) ?? 0) + found);
    }
  };
  for (const phase of asked.phases) {
    const { sql, values } = liveRows(asked, phase, LOOKED_MAX);
    add(
      ctx.all(
        `SELECT r.owner, count(*) AS looked, coalesce(sum(1 ${isResumable ? "AND l.has_record = 1" : ""}
                ${left.sql("l.run_k", "l.workflow_k", "r.owner")}), 0) AS found
           FROM (${sql}) l CROSS JOIN run r USING (run_k) GROUP BY 1`,
        ...left.values,
        ...values,
      ),
    );
  }
  for (const ending of asked.endings) {
    const { sql, values } = endedRows(asked, ending, LOOKED_MAX);
    add(
      ctx.all(
        `SELECT e.owner, count(*) AS looked, coalesce(sum(e.run_k < ? AND e.run_k >= ? ${isResumable ? `AND ${HAS_RECORD}` : ""}
                ${left.sql("e.run_k", "e.workflow_k", "e.owner")}), 0) AS found FROM (${sql}) e GROUP BY 1`,
        beforeOf(asked),
        asked.from,
        ...left.values,
        ...values,
      ),
    );
  }
  return [...counts].map(([value, found]) => ({ value, ...bounded(found, isCut) }));
}
