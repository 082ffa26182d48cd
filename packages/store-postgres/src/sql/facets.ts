/**
 * Facets: how many runs each state, workflow and owner would leave. Each value is counted by itself and stops at
 * `FACET_COUNT_MAX` matches, so what is frequent costs no more in a store of a million runs.
 */
import {
  type BoundedCount,
  FACET_COUNT_MAX,
  FACET_VALUES_MAX,
  type FacetQuery,
  RUN_STATUSES,
  type RunFacet,
  type RunFacets,
} from "@holdfast/core";
import { hasValue, type ListQuery, matching, withDefaults } from "@holdfast/store-sql";
import type { SqlContext, SqlValue } from "../context.js";
import { filterOf, WORDS } from "./run-list.js";
import { storable } from "./search.js";

/** Workflows and owners that are counted. */
const VALUES_LOOKED_MAX = 50;

export async function countFacets(ctx: SqlContext, facets: FacetQuery): Promise<RunFacets> {
  const query = withDefaults({ ...facets, limit: 0 });
  const statuses = await countEach(ctx, { ...query, statuses: null }, STATUS, [...RUN_STATUSES]);
  const chosen = statuses.filter(({ value }) => query.statuses?.some((one) => one === value) ?? true);
  const workflows = await ctx.all<{ name: string }>(
    "SELECT name FROM workflow ORDER BY workflow_k LIMIT ?",
    VALUES_LOOKED_MAX,
  );
  return {
    total: sumOf(chosen),
    status: statuses.filter(({ count }) => count > 0),
    workflow: top(
      await countEach(
        ctx,
        { ...query, workflow: null },
        "(SELECT w.name FROM workflow w WHERE w.workflow_k = r.workflow_k)",
        workflows.map(({ name }) => name),
      ),
    ),
    owner: top(await countEach(ctx, { ...query, owner: null }, "r.owner", await listOwners(ctx))),
  };
}

const STATUS =
  "coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END)";

const bounded = (found: number, isCut = false): BoundedCount => ({
  count: Math.min(found, FACET_COUNT_MAX),
  isMore: isCut || found > FACET_COUNT_MAX,
});

const sumOf = (counts: readonly BoundedCount[]): BoundedCount =>
  bounded(
    counts.reduce((sum, { count }) => sum + count, 0),
    counts.some(({ isMore }) => isMore),
  );

const top = (rows: readonly RunFacet[]): readonly RunFacet[] =>
  rows
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, FACET_VALUES_MAX);

/** Each owner is found by a step in the index of owners. */
async function listOwners(ctx: SqlContext): Promise<string[]> {
  const rows = await ctx.all<{ owner: string }>(
    `WITH RECURSIVE o(owner) AS (
       SELECT min(owner) FROM run WHERE owner IS NOT NULL
       UNION ALL SELECT (SELECT min(r.owner) FROM run r WHERE r.owner > o.owner) FROM o WHERE o.owner IS NOT NULL)
     SELECT owner FROM o WHERE owner IS NOT NULL LIMIT ?`,
    VALUES_LOOKED_MAX,
  );
  return rows.map(({ owner }) => owner);
}

/** Runs of the query whose `expression`, over `r` and `l`, has each of these values. */
async function countEach(
  ctx: SqlContext,
  query: ListQuery,
  expression: string,
  values: readonly string[],
): Promise<readonly RunFacet[]> {
  const asked = await filterOf(ctx, query);
  if (asked === null || values.length === 0) return [];
  const filter = matching(asked, "r.run_k");
  const rows = await ctx.all<{ value: string; n: number }>(
    `SELECT v.value, c.n FROM unnest(?::text[]) WITH ORDINALITY AS v(value, place) CROSS JOIN LATERAL (
       SELECT count(*) AS n FROM (
         SELECT 1 FROM run r LEFT JOIN run_live l ON l.run_k = r.run_k
          WHERE ${expression} = v.value AND ${filter.sql} ${asked.fields.map(() => `AND ${hasValue(WORDS, "r.run_k")}`).join(" ")}
          LIMIT ${FACET_COUNT_MAX + 1}) found) c ORDER BY v.place`,
    values as SqlValue[],
    ...filter.values,
    ...asked.fields.flat().map(storable),
  );
  return rows.map(({ value, n }) => ({ value, ...bounded(n) }));
}
