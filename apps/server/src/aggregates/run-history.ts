/**
 * History of a run as a whole, and the pace of its maps. It is computed from the run's events once, continuing where the last
 * request ended. The size of the stored and sent data is bounded, however long the run is.
 */
import type { RunEvent, RunEventType } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

const PAGE_COUNT = 1_000;
/** Events that are looked through; a run with more is told as such. */
const EVENTS_MAX = 500_000;
export const MARKS_MAX = 500;
export const BUCKETS_MAX = 240;
/** `map.committed` comes at most once a second. */
const FIRST_STEP_MS = 1_000;
/** Runs whose sums are kept: the pages that are open. */
const KEPT_MAX = 32;

const MARKS: ReadonlySet<RunEventType> = new Set([
  "run.claimed",
  "run.paused",
  "run.resumed",
  "run.recovered",
  "run.restarted",
  "run.continued",
  "run.handed_back",
  "run.waiting",
  "run.cancelled",
  "lease.lost",
  "budget.reached",
  "drift.accepted",
]);

type Runs = Pick<Holdfast["runs"], "events">;
type Run = Pick<Awaited<ReturnType<Holdfast["runs"]["summary"]>>, "id" | "head" | "createdAt">;

export class RunHistories {
  private readonly kept = new Map<string, History>();

  constructor(private readonly runs: Runs) {}

  async of(run: Run) {
    // A run that was deleted and created anew has the same id.
    const key = `${run.id} ${run.createdAt}`;
    const history = this.kept.get(key) ?? new History(run.id);
    this.kept.delete(key);
    this.kept.set(key, history);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT_MAX) break;
      this.kept.delete(oldest);
    }
    return history.upTo(run.head, this.runs);
  }
}

class History {
  private head = 0;
  private readonly marks: { seq: number; at: number; type: string; data: Record<string, unknown> }[] = [];
  private readonly maps = new Map<string, MapSums>();
  /** One reader at a time: two would count the same events. */
  private reading: Promise<void> = Promise.resolve();

  constructor(private readonly runId: string) {}

  async upTo(head: number, runs: Runs) {
    const mine = this.reading.then(() => this.read(head, runs));
    this.reading = mine.catch(() => undefined);
    await mine;
    return {
      head: this.head,
      isWhole: this.head < EVENTS_MAX,
      marks: this.marks,
      series: [...this.maps].map(([stage, sums]) => ({ stage, ...sums.series() })),
    };
  }

  private async read(head: number, runs: Runs): Promise<void> {
    while (this.head < Math.min(head, EVENTS_MAX)) {
      const events = await runs.events(this.runId, { after: this.head, limit: PAGE_COUNT });
      for (const event of events) this.add(event);
      const last = events.at(-1);
      if (last === undefined) return;
      this.head = last.seq;
      await new Promise(setImmediate);
    }
  }

  private add(event: RunEvent): void {
    const { type, seq, at, data } = event;
    if (type === "map.committed") {
      const { stage } = event.data;
      const sums = this.maps.get(stage) ?? new MapSums(at);
      this.maps.set(stage, sums);
      sums.add(at, event.data);
    } else if (type === "run.restarted" || type === "run.continued") {
      for (const sums of this.maps.values()) sums.startAnew();
    }
    if (!MARKS.has(type)) return;
    this.marks.push({ seq, at, type, data: data as Record<string, unknown> });
    if (this.marks.length > MARKS_MAX) this.marks.shift();
  }
}

interface Committed {
  readonly done: number;
  readonly failed: number;
  readonly costUsd: number | null;
}

const NOTHING: Committed = { done: 0, failed: 0, costUsd: 0 };

/** The results of one map by bucket of time. An event has sums; what came since the one before belongs to its bucket. */
class MapSums {
  private before = NOTHING;
  private stepMs = FIRST_STEP_MS;
  private readonly fromMs: number;
  private buckets: { items: number; failed: number; costUsd: number }[] = [];

  constructor(firstAt: number) {
    this.fromMs = Math.floor(firstAt / FIRST_STEP_MS) * FIRST_STEP_MS;
  }

  startAnew(): void {
    this.before = NOTHING;
  }

  add(at: number, now: Committed): void {
    // A wall clock that was set back: it counts where it would have been.
    let index = Math.max(0, Math.floor((at - this.fromMs) / this.stepMs));
    while (index >= BUCKETS_MAX) {
      this.halve();
      index = Math.floor((at - this.fromMs) / this.stepMs);
    }
    while (this.buckets.length <= index) this.buckets.push({ items: 0, failed: 0, costUsd: 0 });
    const bucket = this.buckets[index] as { items: number; failed: number; costUsd: number };
    // Sums fall where items left the map or failed ones became good: nothing was undone in this stretch.
    bucket.items += Math.max(0, now.done - this.before.done);
    bucket.failed += Math.max(0, now.failed - this.before.failed);
    bucket.costUsd += Math.max(0, (now.costUsd ?? 0) - (this.before.costUsd ?? 0));
    this.before = now;
  }

  private halve(): void {
    const merged: typeof this.buckets = [];
    for (let at = 0; at < this.buckets.length; at += 2) {
      const [first, second] = [this.buckets[at], this.buckets[at + 1]];
      merged.push({
        items: (first?.items ?? 0) + (second?.items ?? 0),
        failed: (first?.failed ?? 0) + (second?.failed ?? 0),
        costUsd: (first?.costUsd ?? 0) + (second?.costUsd ?? 0),
      });
    }
    this.buckets = merged;
    this.stepMs *= 2;
  }

  series() {
    const { fromMs, stepMs, buckets } = this;
    return {
      fromMs,
      stepMs,
      items: buckets.map(({ items }) => items),
      failed: buckets.map(({ failed }) => failed),
      costUsd: buckets.map(({ costUsd }) => Math.round(costUsd * 1e9) / 1e9),
    };
  }
}
