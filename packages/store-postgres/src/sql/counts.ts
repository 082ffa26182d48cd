/** How many runs there are and what was done about them, and whether the store takes writes. */
import { COUNT_GROUPS_MAX, type RunCountGroup, type RunStatus } from "@holdfast/core";
import { type CountsRow, TAG_FIELD } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { OWNER_KEY, ownerKey, ownerOfKey, windowStart } from "./removed-sums.js";
import { VALUE_ASKED } from "./search.js";

export interface CountArgs {
  readonly windowMs: number;
  readonly owner: string | null;
  readonly workflow: string | null;
  readonly tag: string | null;
  readonly isByWorkflow: boolean;
  readonly isByOwner: boolean;
}

type CountedGroup = Pick<RunCountGroup, "workflow" | "owner"> & Record<RunStatus, number>;

interface CountedRow {
  readonly workflow_k: number;
  readonly owner: string;
  readonly status: RunStatus;
  readonly runs: number;
}

const NONE = { queued: 0, running: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 } as const;
const ENDINGS = "('completed', 'failed', 'cancelled')";

/** Over the few live rows, a range of the narrow index of finished ones, and what is kept of those that were removed. */
export async function countRuns(ctx: SqlContext, query: CountArgs): Promise<CountsRow> {
  const total: Record<RunStatus, number> = { ...NONE };
  const groups = new Map<string, CountedGroup>();
  const { isByWorkflow, isByOwner } = query;
  const names = new Map(
    (await ctx.all<{ k: number; name: string }>("SELECT workflow_k AS k, name FROM workflow")).map(({ k, name }) => [
      k,
      name,
    ]),
  );
  const workflowK =
    query.workflow === null ? null : ([...names].find(([, name]) => name === query.workflow)?.[0] ?? -1);
  for (const { workflow_k, owner, status, runs } of await countRows(ctx, query, workflowK)) {
    total[status] += runs;
    if (!isByWorkflow && !isByOwner) continue;
    const key = `${workflow_k} ${owner}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        workflow: isByWorkflow ? (names.get(workflow_k) ?? "") : null,
        owner: isByOwner ? ownerOfKey(owner) : null,
        ...NONE,
      };
      groups.set(key, group);
    }
    group[status] += runs;
  }
  const supervised = { recovered: 0, failed: 0 };
  for (const { outcome, runs } of await ctx.all<{ outcome: keyof typeof supervised; runs: number }>(
    "SELECT outcome, sum(runs)::bigint AS runs FROM supervised_count GROUP BY outcome",
  )) {
    supervised[outcome] = runs;
  }
  return { total, groups: [...groups.values()].sort(byName).slice(0, COUNT_GROUPS_MAX), supervised };
}

const IS_TAGGED = `EXISTS (SELECT 1 FROM run_field o WHERE o.field = '${TAG_FIELD}' AND o.value = ${VALUE_ASKED}`;

async function countRows(ctx: SqlContext, query: CountArgs, workflowK: number | null): Promise<readonly CountedRow[]> {
  const { owner, tag, isByWorkflow, isByOwner } = query;
  const tagged = tag === null ? [] : [tag];
  const hasTag = (runK: string) => (tag === null ? "" : `AND ${IS_TAGGED} AND o.run_k = ${runK})`);
  const workflow = (column: string) => (isByWorkflow ? `${column} AS workflow_k` : "0 AS workflow_k");
  const groupBy = (status: string) =>
    [isByWorkflow ? "workflow_k" : null, isByOwner ? "2" : null, status].filter((one) => one !== null).join(", ");
  const from = windowStart(ctx.wallMs, query.windowMs);
  const ofWorkflow = workflowK === null ? "IN (SELECT workflow_k FROM workflow)" : "= ?";
  const values = [...(workflowK === null ? [] : [workflowK]), from];
  const live = await ctx.all<CountedRow>(
    `SELECT ${workflow("l.workflow_k")}, ${isByOwner ? OWNER_KEY : "''"} AS owner,
            CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'paused' ELSE 'waiting' END AS status, count(*) AS runs
       FROM run_live l ${isByOwner || owner !== null ? "JOIN run r USING (run_k)" : ""}
      WHERE ${workflowK === null ? "true" : "l.workflow_k = ?"} ${owner === null ? "" : "AND r.owner = ?"} ${hasTag("l.run_k")}
      GROUP BY ${isByWorkflow ? "l.workflow_k, " : ""}${isByOwner ? "2, " : ""}l.phase`,
    ...(workflowK === null ? [] : [workflowK]),
    ...(owner === null ? [] : [owner]),
    ...tagged,
  );
  const ended = await ctx.all<CountedRow>(
    `SELECT ${workflow("workflow_k")}, ${isByOwner ? OWNER_KEY : "''"} AS owner, final_status AS status, count(*) AS runs
       FROM run
      WHERE workflow_k ${ofWorkflow} AND final_status IN ${ENDINGS} AND finished_at >= ?
        ${owner === null ? "" : "AND owner = ?"} ${hasTag("run.run_k")}
      GROUP BY ${groupBy("final_status")}`,
    ...values,
    ...(owner === null ? [] : [owner]),
    ...tagged,
  );
  if (tag !== null) return [...live, ...ended];
  const removed = await ctx.all<CountedRow>(
    `SELECT ${workflow("workflow_k")}, ${isByOwner ? "owner" : "''"} AS owner, status, sum(runs)::bigint AS runs
       FROM removed_sum
      WHERE workflow_k ${ofWorkflow} AND status IN ${ENDINGS} AND finished_at >= ? ${owner === null ? "" : "AND owner = ?"}
      GROUP BY ${groupBy("status")}`,
    ...values,
    ...(owner === null ? [] : [ownerKey(owner)]),
  );
  return [...live, ...ended, ...removed];
}

const byName = (a: RunCountGroup, b: RunCountGroup) =>
  compare(a.workflow ?? "", b.workflow ?? "") || compare(a.owner ?? "", b.owner ?? "");
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export async function countSupervised(ctx: SqlContext, outcome: "recovered" | "failed"): Promise<void> {
  await ctx.run("INSERT INTO supervised_count (outcome, runs) VALUES (?, 1)", outcome);
}

/** A row is written and removed, so that a full disk or a read-only server refuses it; nothing is left of it. */
export async function probe(ctx: SqlContext): Promise<null> {
  await ctx.run("INSERT INTO probe (filler) VALUES (decode(repeat('00', 8192), 'hex'))");
  await ctx.run("DELETE FROM probe");
  return null;
}
