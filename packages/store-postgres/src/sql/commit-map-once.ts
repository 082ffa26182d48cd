/**
 * Commits of one map in one call of a function of the database, where their results are the first of their items. Several that
 * wait for their turn become one, which leaves the map as they would one after the other.
 */
import {
  eventCode,
  type Fence,
  type ItemResultWrite,
  type MapCommit,
  NANOS_MAX,
  NO_COST,
  type WishKind,
} from "@holdfast/core";
import { causesOf, type WriteResult } from "@holdfast/store-sql";
import type pg from "pg";
import type { Batch, Durability } from "../batch.js";
import { textsOf } from "./events.js";
import { type Change, countResult, resultColumns } from "./item-rows.js";

export interface MapCall {
  readonly fence: Fence;
  readonly commit: MapCommit;
}

/** Whether the function may be asked: failures, later attempts and costs by model change what was there. */
export function isPlainCommit({ failures, pages = [], results }: MapCommit): boolean {
  const isFirst = ({ attempt, models = [] }: ItemResultWrite) => attempt <= 1 && models.length === 0;
  if (failures.length > 0 || !results.every(isFirst)) return false;
  return areDistinct(results.map(({ key }) => key)) && areDistinct(pages.map(({ index }) => index));
}

const areDistinct = (values: readonly unknown[]) => new Set(values).size === values.length;

/** Rows at most that one statement writes, if it has several commits: some tens of milliseconds. */
const ROWS_MAX = 2_000;

/** Both as one commit; null where that is not the same as one after the other. */
function joined(one: MapCall, other: MapCall): MapCall | null {
  const [a, b] = [one.commit, other.commit];
  const { fence } = one;
  const isSame = a.stage === b.stage && fence.token === other.fence.token && fence.nonce === other.fence.nonce;
  // A total belongs to the mark that it comes with.
  if (!isSame || (a.total !== null && b.total === null)) return null;
  const commit: MapCommit = {
    ...b,
    intents: [...a.intents, ...b.intents],
    results: [...a.results, ...b.results],
    pages: [...(a.pages ?? []), ...(b.pages ?? [])],
    events: [...a.events, ...b.events],
    lowWater: Math.max(a.lowWater, b.lowWater),
    intentLow: Math.max(a.intentLow, b.intentLow),
    total: b.lowWater >= a.lowWater ? b.total : a.total,
    progress: {
      ...b.progress,
      items: b.progress.items ?? a.progress.items,
      label: b.progress.label ?? a.progress.label,
    },
  };
  const isSmall = commit.intents.length + commit.results.length <= ROWS_MAX;
  return isSmall && isPlainCommit(commit) ? { fence, commit } : null;
}

export const MAP_COMMITS: Batch<MapCall, WriteResult> = {
  isOfOneRun: true,
  async send(client, calls, durability) {
    const answers: (WriteResult | undefined)[] = calls.map(() => undefined);
    for (let at = 0; at < calls.length; ) {
      let lot = calls[at] as MapCall;
      let next = at + 1;
      for (; next < calls.length; next++) {
        const both = joined(lot, calls[next] as MapCall);
        if (both === null) break;
        lot = both;
      }
      const result = await commitOnce(client, lot, durability);
      // What comes behind a commit that is made singly is made behind it.
      if (result === undefined) break;
      answers.fill(result, at, next);
      at = next;
    }
    return answers;
  },
};

const SQL = `SELECT wish FROM items_v4(${Array.from({ length: 49 }, (_, place) => `$${place + 1}`).join(", ")})`;

async function commitOnce(
  client: pg.Client,
  { fence, commit }: MapCall,
  durability: Durability,
): Promise<WriteResult | undefined> {
  const { stage, intents, results, pages = [], lowWater, intentLow, total, committedNanos, progress, events } = commit;
  const change: Change = { ok: 0, error: 0, cost: NO_COST, models: [] };
  for (const result of results) countResult(change, result);
  const { items, label } = progress;
  const [etaLow, etaHigh] = items?.etaMs ?? [null, null];
  const texts = events.map(textsOf);
  const causes = causesOf(stage, results);
  const { rows } = await client.query<{ wish: WishKind | null }>(SQL, [
    ...[durability === "soft", fence.runId, fence.token, fence.nonce, stage],
    intents.map(({ n }) => n),
    intents.map(({ index }) => index),
    intents.map(({ key }) => key),
    intents.map(({ attempt }) => attempt),
    ...resultColumns(results, causes),
    ...[change.ok, change.error, change.cost.nanos, change.cost.unpricedCalls, change.cost.unpricedTokens, NANOS_MAX],
    ...[committedNanos, lowWater, intentLow, 1 + Math.max(-1, ...intents.map(({ n }) => n)), total],
    ...[items !== null, items?.done ?? null, items?.total ?? null, items?.failed ?? null, items?.ratePerS ?? null],
    ...[etaLow === null ? null : Math.round(etaLow), etaHigh === null ? null : Math.round(etaHigh), label],
    pages.map(({ index }) => index),
    pages.map(({ before }) => before),
    pages.map(({ keys }) => JSON.stringify(keys)),
    texts.map(({ type }) => eventCode(type)),
    texts.map((event) => event.stage),
    texts.map(({ body }) => body),
  ]);
  return rows[0]?.wish;
}
