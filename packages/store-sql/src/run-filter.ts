/** The filters of a list of runs, as SQL over `run r` and its `run_live l`. */
import { isFinished, type RunStatus } from "@holdfast/core";
import { hasCause } from "./causes.js";
import { STATUS_OF_PHASE } from "./live.js";
import type { ListQuery } from "./run-query.js";
import { type Sql, type SqlScalar, type Steps, wait } from "./steps.js";

/** Where the dialects differ. */
export interface ListWords {
  /** A join in the order of its text, where the planner needs to be told. */
  readonly join: "JOIN" | "CROSS JOIN";
  /** An amount of money as a value. */
  readonly amount: string;
  /** After the table `run`, where the index of finished runs must be named. */
  readonly byFinished: string;
  /** A value of a search field, as it is kept. */
  readonly valueAsked: string;
  readonly storable: (value: string) => string;
}

/** Statements and the words of their dialect. */
export interface ListSql {
  readonly sql: Sql;
  readonly words: ListWords;
}

/** A query with its workflow's number and its states told apart. */
export interface ListFilter extends Omit<ListQuery, "workflow" | "statuses"> {
  readonly workflowK: number | null;
  readonly parentK: number | null;
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
  readonly values: readonly SqlScalar[];
  readonly needsOwner: boolean;
}

/** Null where no run can match. */
export function* filterOf({ sql, words }: ListSql, query: ListQuery): Steps<ListFilter | null> {
  const { statuses, workflow, owner, isResumable, idPrefix, updatedSince } = query;
  const resumable = (["paused", "failed"] as const).filter((status) => statuses?.includes(status) ?? true);
  const wanted: readonly RunStatus[] = isResumable ? resumable : (statuses ?? [...STATUS_OF_PHASE, ...ENDINGS]);
  const workflowK =
    workflow === null
      ? null
      : (yield* wait(sql.get<{ k: number }>("SELECT workflow_k AS k FROM workflow WHERE name = ?", workflow)))?.k;
  const parentK =
    query.parent === null
      ? null
      : (yield* wait(sql.get<{ k: number }>("SELECT run_k AS k FROM run WHERE run_id = ?", query.parent)))?.k;
  if (workflowK === undefined || parentK === undefined || wanted.length === 0) return null;
  const { createdSince, createdBefore } = query;
  const upTo = createdBefore === null ? Number.MAX_SAFE_INTEGER : yield* firstSince(sql, createdBefore);
  const left = leftOut(query, parentK, words);
  return {
    ...query,
    workflowK,
    parentK,
    left,
    from: createdSince === null ? 0 : yield* firstSince(sql, createdSince),
    before: Math.min(query.before ?? Number.MAX_SAFE_INTEGER, upTo),
    phases: STATUS_OF_PHASE.flatMap((status, phase) => (wanted.includes(status) ? [phase] : [])),
    endings: wanted.filter(isFinished),
    isAnyStatus: statuses === null && !isResumable,
    filterCount: [workflow, owner, idPrefix, updatedSince, left.values.length > 0 ? true : null].filter(
      (value) => value !== null,
    ).length,
  };
}

/**
 * The first run that was made at this instant or later. Runs are numbered as they are made, so it is found in some twenty steps;
 * of two between which a clock was set back, the earlier number counts as the earlier one.
 */
function* firstSince(sql: Sql, at: number): Steps<number> {
  let low = 0;
  let high = ((yield* wait(sql.get<{ k: number | null }>("SELECT max(run_k) AS k FROM run")))?.k ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = yield* wait(
      sql.get<{ k: number; at: number }>(
        "SELECT run_k AS k, created_at AS at FROM run WHERE run_k >= ? ORDER BY run_k LIMIT 1",
        middle,
      ),
    );
    if (row === undefined || row.at >= at) high = middle;
    else low = row.k + 1;
  }
  return low;
}

function leftOut(
  { not, cause, costAboveNanos, costBelowNanos }: ListQuery,
  parentK: number | null,
  words: ListWords,
): LeftOut {
  const { workflows, owners, fields, causes } = not;
  return {
    sql: (runK, workflowK, owner) =>
      [
        ...workflows.map(() => `AND ${workflowK} IS DISTINCT FROM (SELECT workflow_k FROM workflow WHERE name = ?)`),
        ...owners.map(() => `AND ${owner} IS DISTINCT FROM ?`),
        ...fields.map(
          () =>
            `AND NOT EXISTS (SELECT 1 FROM run_field n WHERE n.field = ? AND n.value = ${words.valueAsked} AND n.run_k = ${runK})`,
        ),
        ...causes.map(() => `AND NOT ${hasCause(words.join, runK)}`),
        cause === null ? "" : `AND ${hasCause(words.join, runK)}`,
        costAboveNanos === null ? "" : `AND ${costOfRun(runK)} > ${words.amount}`,
        costBelowNanos === null ? "" : `AND ${costOfRun(runK)} < ${words.amount}`,
        parentK === null ? "" : `AND EXISTS (SELECT 1 FROM run kin WHERE kin.run_k = ${runK} AND kin.parent_k = ?)`,
      ].join(" "),
    values: [
      ...workflows,
      ...owners,
      ...fields.flat().map(words.storable),
      ...[...causes, ...(cause === null ? [] : [cause])].flatMap((one) => [one, one, one]),
      ...[costAboveNanos, costBelowNanos, parentK].filter((value) => value !== null),
    ],
    needsOwner: owners.length > 0,
  };
}

/** Whole nano-dollars of one run; zero where its calls have no price. */
export const costOfRun = (runK: string) =>
  `coalesce((SELECT sum(c.cost_nanos) FROM map c
      WHERE c.run_k = ${runK} AND c.generation = coalesce(
        (SELECT v.generation FROM run_live v WHERE v.run_k = c.run_k), (SELECT g.generation FROM run g WHERE g.run_k = c.run_k))), 0)`;

/** Runs that cost more than a value: one pass over the maps, of which there are few beside runs and items. */
export const costlyRuns = ({ amount }: ListWords) => `
  SELECT c.run_k FROM map c JOIN run g ON g.run_k = c.run_k LEFT JOIN run_live v ON v.run_k = c.run_k
   WHERE c.cost_nanos > 0 AND c.generation = coalesce(v.generation, g.generation)
   GROUP BY c.run_k HAVING sum(c.cost_nanos) > ${amount}`;

/** Whether a run has a value in a field. */
export const hasValue = ({ valueAsked }: ListWords, runK: string) =>
  `EXISTS (SELECT 1 FROM run_field o WHERE o.field = ? AND o.value = ${valueAsked} AND o.run_k = ${runK})`;

export const ENDINGS = ["completed", "failed", "cancelled"] as const satisfies readonly RunStatus[];
/** Run ids are printable ASCII, so the character behind the last printable one ends the range that starts with the prefix. */
export const rangeOf = (prefix: string) => [prefix, `${prefix}\u007f`] as const;
export const beforeOf = ({ before }: ListFilter) => before ?? Number.MAX_SAFE_INTEGER;
export const quoted = (endings: readonly RunStatus[]) => endings.map((ending) => `'${ending}'`).join(", ");

/** All filters but the search fields, over `run r` and its `run_live l`. */
export function matching(
  asked: ListFilter,
  order: string,
): { readonly sql: string; readonly values: readonly SqlScalar[] } {
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
