/**
 * Stages on one time axis: pure. A segment is one attempt; long stretches in which nothing ran are folded, so that what ran keeps
 * its room. Positions are shares of the width, from 0 to 1.
 */
import type { Run, Stage } from "../api/types.js";
import { type Rest, waitsOf } from "./timeline-waits.js";

export type SegmentKind = "queue" | "kept" | "live" | "done" | "bad" | "cut" | "wait" | "rest" | "sleep";

export const SEGMENT_CLASS: Readonly<Record<SegmentKind, string>> = {
  queue: "q",
  kept: "kept",
  live: "live",
  done: "done",
  bad: "bad",
  cut: "cutoff",
  wait: "wait",
  rest: "askw",
  sleep: "sleep",
};
export const SEGMENT_WORD: Readonly<Record<SegmentKind, string>> = {
  queue: "in the queue",
  kept: "kept from before",
  live: "running",
  done: "done",
  bad: "failed",
  cut: "cut off",
  wait: "waits",
  rest: "waits for a person",
  sleep: "waits, as its code says",
};

export interface Segment {
  readonly kind: SegmentKind;
  readonly from: number;
  readonly to: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** 0: no attempt, time between them. */
  readonly attempt: number;
  readonly generation: number;
  /** What it waits for. */
  readonly why?: string | undefined;
}

export interface Fold {
  /** The instant at which it begins: by it, it is unfolded. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

export interface Lane {
  readonly stage: Stage;
  readonly segments: readonly Segment[];
  /** How long its attempts of this generation took in all; null before the first. */
  readonly tookMs: number | null;
}

export interface Timeline {
  readonly lanes: readonly Lane[];
  readonly folds: readonly Fold[];
  readonly ticks: readonly { readonly at: number; readonly x: number }[];
  /** Between two ticks, in milliseconds: how fine their words must be. */
  readonly stepMs: number;
  /** Where now is; null for a run that is over. */
  readonly now: number | null;
  /** Where it is expected to end, as a range; null where that is not known. */
  readonly end: { readonly from: number; readonly to: number } | null;
  readonly place: (at: number) => number;
}

/** A stretch in which nothing runs is folded from here on. */
const FOLD_MS = 5 * 60_000;
/** What a folded stretch takes of the width. */
const FOLD_SHARE = 0.045;
const TICKS_MAX = 9;
/** What the words of a tick need of the width. */
const TICK_SHARE = 0.08;
const STEPS_MS = [
  100, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
];

export interface TimelineOptions {
  readonly nowMs: number;
  /** Stages that are maps: what an interrupted attempt of one recorded is kept. */
  readonly maps: ReadonlySet<string>;
  readonly unfolded?: ReadonlySet<number>;
  /** Stretches in which the run as a whole rested, and why. */
  readonly rests?: readonly Rest[];
}

export function timelineOf(run: Run, { nowMs, maps, unfolded = new Set(), rests = [] }: TimelineOptions): Timeline {
  const isOver = run.finishedAt !== null;
  const isWorking = run.status === "running" || run.status === "waiting";
  const begin = run.createdAt;
  const lastAt = Math.max(begin, ...run.stages.flatMap((stage) => stage.attempts.map(endOf)));
  const reached = isOver ? Math.max(lastAt, run.finishedAt ?? 0) : isWorking ? Math.max(lastAt, nowMs) : lastAt;
  const eta = isWorking ? run.progress.etaMs : null;
  const until = Math.max(begin + 1, reached + (eta?.[1] ?? 0));

  // A wait of three days is folded like any stretch in which nothing runs.
  const busy = run.stages.flatMap((stage) =>
    stage.attempts
      .filter((attempt) => !isWait(attempt))
      .map((attempt) => [attempt.startedAt, attempt.finishedAt ?? reached] as const),
  );
  const scale = makeScale(begin, until, reached, busy, unfolded);
  const { place } = scale;
  const claimedAt = run.lease?.since ?? null;
  const lanes = run.stages.map((stage) => laneOf(run, stage, { reached, claimedAt, maps, place, rests }));
  return {
    lanes,
    folds: scale.folds,
    ...ticksOf(begin, until, scale),
    now: isWorking ? place(nowMs) : null,
    end: eta === null ? null : { from: place(reached + (eta[0] ?? 0)), to: place(reached + (eta[1] ?? 0)) },
    place,
  };
}

/** A server of an earlier version says nothing of waits. */
const isWait = ({ wait }: Pick<Stage["attempts"][number], "wait">) => wait != null;

const endOf = ({ startedAt, finishedAt }: { readonly startedAt: number; readonly finishedAt: number | null }) =>
  finishedAt ?? startedAt;

interface LaneOptions {
  readonly reached: number;
  readonly claimedAt: number | null;
  readonly maps: ReadonlySet<string>;
  readonly place: (at: number) => number;
  readonly rests: readonly Rest[];
}

function laneOf(run: Run, stage: Stage, { reached, claimedAt, maps, place, rests }: LaneOptions): Lane {
  let tookMs: number | null = null;
  const segments: Segment[] = [];
  const own = stage.attempts.filter(({ generation }) => generation === run.generation);
  for (const attempt of stage.attempts) {
    const endedAt = attempt.finishedAt ?? reached;
    const isOwn = attempt.generation === run.generation;
    if (isOwn) tookMs = (tookMs ?? 0) + Math.max(0, endedAt - attempt.startedAt);
    // A fork has what it kept from before it was created.
    const isBefore =
      attempt.finishedAt !== null &&
      (attempt.finishedAt < run.createdAt || (claimedAt !== null && attempt.finishedAt < claimedAt));
    segments.push({
      kind: isWait(attempt) ? "sleep" : kindOf(attempt.status, isBefore || !isOwn, maps.has(stage.name)),
      from: place(attempt.startedAt),
      to: place(endedAt),
      startedAt: attempt.startedAt,
      endedAt,
      attempt: attempt.attempt,
      generation: attempt.generation,
    });
  }
  for (const wait of waitsOf(run, stage, reached, rests)) {
    segments.push({
      ...wait,
      from: place(wait.startedAt),
      to: place(wait.endedAt),
      attempt: 0,
      generation: run.generation,
    });
  }
  segments.sort((a, b) => a.startedAt - b.startedAt || a.attempt - b.attempt);
  const first = own[0] ?? stage.attempts[0];
  const isFirstStage = run.stages.every((other) =>
    other.attempts.every(({ startedAt }) => startedAt >= (first?.startedAt ?? 0)),
  );
  if (first !== undefined && isFirstStage && first.startedAt > run.createdAt) {
    segments.unshift({
      kind: "queue",
      from: place(run.createdAt),
      to: place(first.startedAt),
      startedAt: run.createdAt,
      endedAt: first.startedAt,
      attempt: 0,
      generation: run.generation,
    });
  }
  return { stage, segments, tookMs };
}

function kindOf(status: string, isBefore: boolean, isMap: boolean): SegmentKind {
  switch (status) {
    case "running":
      return "live";
    case "completed":
      return isBefore ? "kept" : "done";
    case "failed":
      return "bad";
    default:
      return isMap ? "kept" : "cut";
  }
}

interface Scale {
  readonly place: (at: number) => number;
  readonly folds: readonly Fold[];
  readonly gaps: readonly (readonly [number, number])[];
}

function makeScale(
  begin: number,
  until: number,
  reached: number,
  busy: readonly (readonly [number, number])[],
  unfolded: ReadonlySet<number>,
): Scale {
  const gaps = gapsOf(begin, Math.min(reached, until), busy).filter(([from]) => !unfolded.has(from));
  const folded = gaps.reduce((sum, [from, to]) => sum + (to - from), 0);
  const foldShare = gaps.length === 0 ? 0 : Math.min(FOLD_SHARE, 0.4 / gaps.length);
  const perMs = (1 - foldShare * gaps.length) / Math.max(1, until - begin - folded);
  const place = (at: number): number => {
    let x = 0;
    let from = begin;
    for (const [gapFrom, gapTo] of gaps) {
      if (at <= gapFrom) break;
      x += (gapFrom - from) * perMs;
      if (at < gapTo) return x + (foldShare * (at - gapFrom)) / (gapTo - gapFrom);
      x += foldShare;
      from = gapTo;
    }
    return Math.max(0, Math.min(1, x + (Math.max(at, from) - from) * perMs));
  };
  const folds = gaps.map(([from, to]) => ({ at: from, from: place(from), to: place(to), ms: to - from }));
  return { place, folds, gaps };
}

/** Stretches of more than five minutes in which no attempt runs, in order. */
function gapsOf(begin: number, end: number, busy: readonly (readonly [number, number])[]) {
  const gaps: (readonly [number, number])[] = [];
  let at = begin;
  for (const [from, to] of [...busy].sort((a, b) => a[0] - b[0])) {
    if (from - at > FOLD_MS) gaps.push([at, from]);
    at = Math.max(at, to);
  }
  if (end - at > FOLD_MS) gaps.push([at, end]);
  return gaps;
}

function ticksOf(begin: number, until: number, { place, gaps }: Scale) {
  const shown = until - begin - gaps.reduce((sum, [from, to]) => sum + (to - from), 0);
  const step = STEPS_MS.find((ms) => shown / ms <= TICKS_MAX) ?? STEPS_MS.at(-1) ?? 1;
  const offset = new Date(begin).getTimezoneOffset() * 60_000;
  const ticks: { at: number; x: number }[] = [];
  for (let at = Math.ceil((begin - offset) / step) * step + offset; at <= until; ) {
    const gap = gaps.find(([from, to]) => at > from && at < to);
    if (gap !== undefined) {
      at = Math.ceil((gap[1] - offset) / step) * step + offset;
      continue;
    }
    const x = place(at);
    if (x - (ticks.at(-1)?.x ?? -1) > TICK_SHARE) ticks.push({ at, x });
    at += step;
  }
  return { ticks, stepMs: step };
}
