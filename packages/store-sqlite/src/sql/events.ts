/**
 * Events: appending under the fence, reading in order. A run's event has the key `run_k << 32 | seq`; the shift is
 * made in SQL, so that no number here leaves the range of a double. An event's `stage` has its own column and is not
 * repeated in the body.
 */
import { type EventQuery, eventCode, type Fence, type RunEventInput, type RunEventType } from "@holdfast/core";
import type { EventRow, WriteResult } from "@holdfast/store-sql";
import { ROWS_AT_ONCE, writeInBatches } from "../batches.js";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";

const ROW = "((? << 32) | ?, ?, ?, ?, ?)";
const insertSql = (count: number) =>
  `INSERT INTO event_row (id, type, at, stage, body) VALUES ${Array(count).fill(ROW).join(", ")}`;
const INSERT_SQL = { one: insertSql(1), many: insertSql(ROWS_AT_ONCE) };

type NewEvent = readonly [runK: number, seq: number, type: RunEventType, stage: string | null, body: string | null];

/** Of any runs; the caller has taken their numbers. */
export function insertEvents(ctx: SqlContext, events: readonly NewEvent[]): void {
  writeInBatches(ctx, INSERT_SQL, events, (values, [runK, seq, type, stage, body]) =>
    values.push(runK, seq, eventCode(type), ctx.wallMs, stage, body),
  );
}

export function insertEvent(
  ctx: SqlContext,
  runK: number,
  seq: number,
  type: RunEventType,
  stage: string | null,
  body: string | null,
): void {
  ctx.run(INSERT_SQL.one, runK, seq, eventCode(type), ctx.wallMs, stage, body);
}

export function appendEvents(ctx: SqlContext, fence: Fence, events: readonly RunEventInput[]): WriteResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  insertEventRows(ctx, run.runK, noteAlive(ctx, run, events.length), events);
  return run.wish;
}

/** Behind a fence that took their numbers. */
export function insertEventRows(
  ctx: SqlContext,
  runK: number,
  firstSeq: number,
  events: readonly RunEventInput[],
): void {
  const at = ctx.wallMs;
  let seq = firstSeq;
  writeInBatches(ctx, INSERT_SQL, events, (values, { type, data }) => {
    const { stage, ...body } = data as { stage?: string };
    values.push(runK, seq++, eventCode(type), at, stage ?? null, JSON.stringify(body));
  });
}

export function listEvents(ctx: SqlContext, runId: string, query: EventQuery): EventRow[] {
  const { after, limit, type, stage } = query;
  const runK = ctx.get<{ run_k: number }>("SELECT run_k FROM run WHERE run_id = ?", runId)?.run_k;
  if (runK === undefined) return [];
  return ctx.all<EventRow>(
    // In the order of id, so that nothing is sorted but what is recent; it stays inside, since it may be past 2^53.
    `SELECT seq, type, at, stage, body FROM (
       SELECT id, seq, type, at, stage, body FROM event
        WHERE id > (? << 32) + ? AND id < (? << 32) AND run_k = ?
          ${type === undefined ? "" : `AND type = ${eventCode(type)}`} ${stage === undefined ? "" : "AND stage = ?"}
        ORDER BY id LIMIT ?)`,
    runK,
    after,
    runK + 1,
    // Not needed to find them; keeps the search among the recent ones to this run's.
    runK,
    ...(stage === undefined ? [] : [stage]),
    limit,
  );
}
