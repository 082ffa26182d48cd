/**
 * The run's critical path: the chain of attempts and waits, from its end back to its beginning, of which the total time consists.
 * Pure. Stages name no dependencies; what ended last before something began is what that waited for.
 */
import type { Lane, Segment, SegmentKind } from "./timeline.js";

export interface CriticalStep {
  readonly stage: string;
  readonly kind: SegmentKind;
  readonly startedAt: number;
  readonly endedAt: number;
}

export type TimeKind = "work" | "failed" | "wait" | "sleep" | "person" | "queue" | "between";

export interface CriticalPath {
  /** In the order of time. */
  readonly steps: readonly CriticalStep[];
  readonly totalMs: number;
  /** Where the time went, the largest part first; the parts sum up to the total. */
  readonly parts: readonly { readonly kind: TimeKind; readonly ms: number; readonly stages: readonly string[] }[];
}

const TIME_KINDS: Readonly<Record<SegmentKind, TimeKind>> = {
  queue: "queue",
  kept: "work",
  live: "work",
  done: "work",
  bad: "failed",
  cut: "failed",
  wait: "wait",
  rest: "person",
  sleep: "sleep",
};

/** Of the lanes as they are drawn. Null before anything began. */
export function criticalPathOf(lanes: readonly Lane[], beganAt: number): CriticalPath | null {
  const all = lanes.flatMap(({ stage, segments }) =>
    segments.filter((one) => one.endedAt > beganAt).map((segment) => ({ stage: stage.name, segment })),
  );
  if (all.length === 0) return null;
  const endedAt = all.reduce((last, { segment }) => Math.max(last, segment.endedAt), 0);
  const steps: CriticalStep[] = [];
  const sums = new Map<TimeKind, { ms: number; byStage: Map<string, number> }>();
  const add = (kind: TimeKind, ms: number, stage: string) => {
    if (ms <= 0) return;
    const sum = sums.get(kind) ?? { ms: 0, byStage: new Map<string, number>() };
    sum.ms += ms;
    if (stage !== "") sum.byStage.set(stage, (sum.byStage.get(stage) ?? 0) + ms);
    sums.set(kind, sum);
  };
  for (let at = endedAt; at > beganAt; ) {
    const found = latestBefore(all, at);
    if (found === null) {
      add("between", at - beganAt, "");
      break;
    }
    const { stage, segment } = found;
    const until = Math.min(segment.endedAt, at);
    const from = Math.max(segment.startedAt, beganAt);
    add("between", at - until, "");
    add(TIME_KINDS[segment.kind], until - from, stage);
    steps.unshift({ stage, kind: segment.kind, startedAt: from, endedAt: until });
    at = from;
  }
  const parts = [...sums]
    .map(([kind, { ms, byStage }]) => ({
      kind,
      ms,
      stages: [...byStage].sort((a, b) => b[1] - a[1]).map(([name]) => name),
    }))
    .sort((a, b) => b.ms - a.ms);
  return { steps, totalMs: endedAt - beganAt, parts };
}

interface Placed {
  readonly stage: string;
  readonly segment: Segment;
}

/** What was under way, or ended last, before this instant; of several the one that began first. */
function latestBefore(all: readonly Placed[], at: number): Placed | null {
  let found: Placed | null = null;
  for (const one of all) {
    const { startedAt, endedAt } = one.segment;
    if (startedAt >= at) continue;
    const [until, best] = [Math.min(endedAt, at), found === null ? -1 : Math.min(found.segment.endedAt, at)];
    if (until > best || (until === best && startedAt < (found?.segment.startedAt ?? 0))) found = one;
  }
  return found;
}
