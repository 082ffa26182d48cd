/** A run's numbered events: a row each, under the run's row lock. */
import { type EventQuery, eventCode, type Fence, type RunEventInput, type RunEventType } from "@holdfast/core";
import type { EventRow, WriteResult } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";

export interface EventTexts {
  readonly type: RunEventType;
  readonly stage: string | null;
  readonly body: string;
}

/** An event of any run, as one row. */
export interface NewEvent extends EventTexts {
  readonly runK: number;
  readonly seq: number;
}

export async function insertEvents(ctx: SqlContext, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await ctx.run(
    `INSERT INTO event_row (run_k, seq, type, at, stage, body)
     SELECT k, s, t, ?, g, b FROM unnest(?::bigint[], ?::bigint[], ?::smallint[], ?::text[], ?::text[]) AS e(k, s, t, g, b)`,
    ctx.wallMs,
    events.map(({ runK }) => runK),
    events.map(({ seq }) => seq),
    events.map(({ type }) => eventCode(type)),
    events.map(({ stage }) => stage),
    events.map(({ body }) => body),
  );
}

export async function appendEvents(
  ctx: SqlContext,
  fence: Fence,
  events: readonly RunEventInput[],
): Promise<WriteResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  await insertInputs(ctx, run.runK, noteAlive(ctx, run, events.length), events);
  return run.wish;
}

/** Behind a fence that took their numbers. */
export async function insertInputs(
  ctx: SqlContext,
  runK: number,
  firstSeq: number,
  events: readonly RunEventInput[],
): Promise<void> {
  await insertEvents(
    ctx,
    events.map((event, place) => ({ runK, seq: firstSeq + place, ...textsOf(event) })),
  );
}

export function textsOf({ type, data }: RunEventInput): EventTexts {
  const { stage, ...body } = data as { stage?: string };
  return { type, stage: stage ?? null, body: JSON.stringify(body) };
}

export async function listEvents(ctx: SqlContext, runId: string, query: EventQuery): Promise<EventRow[]> {
  const { after, limit, type, stage } = query;
  return ctx.all<EventRow>(
    `SELECT e.seq, e.type, e.at, e.stage, e.body FROM event_row e
      WHERE e.run_k = (SELECT run_k FROM run WHERE run_id = ?1) AND e.seq > ?2
        ${type === undefined ? "" : `AND e.type = ${eventCode(type)}`} ${stage === undefined ? "" : "AND e.stage = ?4"}
      ORDER BY e.seq LIMIT ?3`,
    runId,
    after,
    limit,
    ...(stage === undefined ? [] : [stage]),
  );
}
