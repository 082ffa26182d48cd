/**
 * What each slot of a map did: calls that were under way at once stand in lanes of their own, as a person sees workers beside each
 * other. The store knows no slots; lanes are the fewest that the calls' times allow. Stretches without a gap that is seen are one.
 */
import type { Holdfast } from "@holdfast/engine";

/** Beyond this many results lanes say nothing that the pace does not say. */
export const CALLS_MAX = 200_000;
/** More cannot be told apart in the row of a stage. */
export const LANES_MAX = 32;
/** As many as a picture is wide; halved as long as there are too many stretches. */
const STEPS = 800;
const SPANS_MAX = 3_000;

export type LaneState = "done" | "failed";
/** [lane, from, to, state], times in milliseconds since `startedAt`. */
export type LaneSpan = readonly [lane: number, from: number, to: number, state: LaneState];

export interface ItemCall {
  readonly key: string;
  readonly index: number;
  readonly attempt: number;
  readonly startedAt: number;
}

export interface ItemLanes {
  readonly stage: string;
  readonly startedAt: number;
  readonly laneCount: number;
  readonly spans: readonly LaneSpan[];
  /** Under way, oldest first, each with its lane. */
  readonly now: readonly (ItemCall & { readonly lane: number })[];
  /** Calls under way that have no lane of their own any more. */
  readonly moreCount: number;
}

interface Call {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: "ok" | "error";
}

type Runs = Pick<Holdfast["runs"], "itemStates">;
type MapView = Awaited<ReturnType<Holdfast["runs"]["maps"]>>[number];

/** Null for a map of so many results that nobody looks at one of them. */
export async function readLanes(runs: Runs, map: MapView): Promise<ItemLanes | null> {
  if (map.ok + map.failed > CALLS_MAX) return null;
  const calls: Call[] = [];
  let inFlight: readonly ItemCall[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.itemStates(map.runId, map.stage, { cursor });
    for (const { startedAt, finishedAt, outcome } of page.rows) calls.push({ startedAt, finishedAt, outcome });
    if (cursor === undefined) inFlight = page.inFlight;
    cursor = page.next ?? undefined;
    // Whoever else asks is answered between two pages.
    await new Promise(setImmediate);
  } while (cursor !== undefined);
  return lanesOf(map, calls, inFlight);
}

export function lanesOf(
  { stage, startedAt }: Pick<MapView, "stage" | "startedAt">,
  calls: readonly Call[],
  inFlight: readonly ItemCall[],
): ItemLanes {
  /** By lane, when it is free. */
  const freeAt: number[] = [];
  const placed: [lane: number, from: number, to: number, state: LaneState][] = [];
  for (const { startedAt: from, finishedAt: to, outcome } of [...calls].sort((a, b) => a.startedAt - b.startedAt)) {
    const lane = laneFor(freeAt, from);
    freeAt[lane] = Math.max(to, from);
    if (lane < LANES_MAX) placed.push([lane, from - startedAt, to - startedAt, outcome === "ok" ? "done" : "failed"]);
  }
  const now = inFlight.map((call) => {
    const lane = laneFor(freeAt, call.startedAt);
    freeAt[lane] = Number.POSITIVE_INFINITY;
    return { ...call, lane };
  });
  const shown = now.filter(({ lane }) => lane < LANES_MAX);
  return {
    stage,
    startedAt,
    laneCount: Math.min(LANES_MAX, freeAt.length),
    spans: merged(placed),
    now: shown,
    moreCount: now.length - shown.length,
  };
}

/** The first lane that is free; where none is, a new one. */
function laneFor(freeAt: readonly number[], at: number): number {
  const free = freeAt.findIndex((until) => until <= at);
  return free < 0 ? freeAt.length : free;
}

function merged(spans: readonly (readonly [number, number, number, LaneState])[]): readonly LaneSpan[] {
  const last = spans.reduce((most, [, , to]) => Math.max(most, to), 0);
  for (let steps = STEPS; ; steps /= 2) {
    const found = mergedBy(spans, last / steps);
    if (found.length <= SPANS_MAX || steps < 2) return found.slice(0, SPANS_MAX);
  }
}

function mergedBy(spans: readonly (readonly [number, number, number, LaneState])[], gapMs: number): LaneSpan[] {
  const merged: [number, number, number, LaneState][] = [];
  const newest: ([number, number, number, LaneState] | undefined)[] = [];
  for (const [lane, from, to, state] of spans) {
    const before = newest[lane];
    if (before !== undefined && before[3] === state && from - before[2] <= gapMs) {
      before[2] = Math.max(before[2], to);
      continue;
    }
    const span: [number, number, number, LaneState] = [lane, from, to, state];
    newest[lane] = span;
    merged.push(span);
  }
  return merged;
}
