/**
 * The commits of a map: intents before calls, results after them, in batches. Every 100 results, every 250 ms, or at
 * once when asked; commits follow each other without waiting, and the store groups them.
 *
 * The low-water mark moves when every item before it has a durable result: a resume begins to look there, whatever the
 * number of items done.
 */
import type {
  ItemAttemptFailure,
  ItemIntent,
  ItemResultWrite,
  MapState,
  RunEventInput,
  WriteOutcome,
} from "@holdfast/core";
import { RateEstimate } from "@holdfast/core";
import type { Execution } from "../../execution/execution.js";
import { type OpenIntent, OpenIntents } from "./open-intents.js";

export const BATCH_DEFAULTS = { results: 100, ms: 250 } as const;
/** `map.committed` at most this often: the history is for people. */
const COMMITTED_EVENT_MS = 1_000;
/**
 * Commits under way before new items wait: memory must not grow when the store is slow. Fewer would leave the writer
 * without work while answers travel.
 */
const COMMITS_UNDER_WAY_MAX = 16;

export interface CommitsOptions {
  readonly stage: string;
  readonly state: MapState;
  /** Left by an earlier execution that died: they stay open until their items have results. */
  readonly openIntents: readonly ItemIntent[];
  readonly total: number | null;
  readonly batch: { readonly results: number; readonly ms: number };
  /** Results that may not be written any more: the lease is lost, the run was cancelled, or the store failed. */
  readonly onRefused: (results: readonly ItemResultWrite[]) => void;
  /** Dollars reserved by calls under way, asked at each commit. */
  readonly reservedUsd: () => number;
}

export class Commits {
  okCount: number;
  errorCount: number;
  costUsd: number;
  private total: number | null;
  private writtenTotal: number | null;
  private intents: ItemIntent[] = [];
  private failures: ItemAttemptFailure[] = [];
  private results: ItemResultWrite[] = [];
  private events: RunEventInput[] = [];
  /** Positions at or after the low-water mark that have a result, durable or on its way. */
  private readonly settled = new Set<number>();
  /** Those of them that have no item: not counted once the mark has passed, so a resume can go on counting. */
  private readonly holes = new Set<number>();
  private lowWater: number;
  private readonly open: OpenIntents;
  private timer: { cancel(): void } | null = null;
  private underWayCount = 0;
  /** Told of each commit that ended: whoever waits for `isBackedUp` to pass has nothing else to hear of. */
  onWritten: () => void = () => {};
  private committedEventAtMs = Number.NEGATIVE_INFINITY;
  private readonly rate: RateEstimate;

  constructor(
    private readonly execution: Execution,
    private readonly options: CommitsOptions,
  ) {
    const { state } = options;
    this.okCount = state.okCount;
    this.errorCount = state.errorCount;
    this.costUsd = state.costUsd;
    this.lowWater = state.lowWater;
    this.open = new OpenIntents(state.intentCount, options.openIntents);
    this.total = options.total;
    this.writtenTotal = state.total;
    this.rate = new RateEstimate(execution.deps.clock.monotonicMs());
  }

  get isBackedUp(): boolean {
    return this.underWayCount >= COMMITS_UNDER_WAY_MAX;
  }

  /** Write intents now. Resolves once their calls may be made; null when this execution may not write any more. */
  async announce(intents: readonly Omit<ItemIntent, "n">[]): Promise<readonly OpenIntent[] | null> {
    const opened = intents.map((intent) => this.open.add(intent));
    this.intents.push(...opened.map(written));
    return (await this.flush()) ? opened : null;
  }

  /**
   * Intents whose calls will not be made. Those still open are recorded once more behind them, so that what was never
   * called lies before the mark and no plan says that it may have been charged. Resolves when it is durable.
   */
  async withdrawIntents(intents: readonly OpenIntent[]): Promise<void> {
    this.open.settle(intents);
    const moved = this.open.renumber();
    if (moved.length === 0) return;
    this.intents.push(...moved.map(written));
    await this.record();
  }

  /** The item of these intents has a result, or their calls were never made. */
  settleIntents(intents: readonly OpenIntent[]): void {
    this.open.settle(intents);
  }

  /** Intents that an earlier execution left open for this item. */
  leftIntents(key: string): readonly OpenIntent[] {
    return this.open.left(key);
  }

  addResult(result: ItemResultWrite, previous: "ok" | "error" | null): void {
    this.results.push(result);
    if (previous === "ok") this.okCount--;
    if (previous === "error") this.errorCount--;
    if (result.outcome === "ok") this.okCount++;
    else this.errorCount++;
    this.costUsd += result.costUsd;
    this.settle(result.index);
    this.rate.completed(1, this.execution.deps.clock.monotonicMs());
    if (this.results.length >= this.options.batch.results) void this.flush();
    else this.arm();
  }

  addFailure(failure: ItemAttemptFailure): void {
    this.failures.push(failure);
    this.costUsd += failure.costUsd;
    this.arm();
  }

  addEvent(event: RunEventInput): void {
    this.events.push(event);
    this.arm();
  }

  /** This position has a result already, or is not to be done in this pass. */
  settle(index: number): void {
    if (index < this.lowWater) return;
    if (index > this.lowWater) {
      this.settled.add(index);
      return;
    }
    // In order, as most are: only what lies behind a gap is kept.
    this.pass();
    while (this.settled.delete(this.lowWater)) this.pass();
  }

  private pass(): void {
    if (this.holes.delete(this.lowWater) && this.total !== null) this.total--;
    this.lowWater++;
  }

  /** The source has no item at this position. */
  settleHole(index: number): void {
    if (index < this.lowWater) return;
    this.holes.add(index);
    this.settle(index);
  }

  /** The whole source was seen: so many items. */
  setTotal(total: number): void {
    this.total = total;
  }

  /** Write the counters now, even where nothing else has gathered: a reservation must be recorded before its call. */
  record(): Promise<boolean> {
    return this.track(this.write());
  }

  /** Commit what has gathered. Resolves when it is durable; false when this execution may not write any more. */
  flush(): Promise<boolean> {
    this.timer?.cancel();
    this.timer = null;
    const isEmpty = this.intents.length + this.results.length + this.failures.length + this.events.length === 0;
    if (isEmpty) return Promise.resolve(this.execution.stopped?.why !== "leaseLost");
    return this.track(this.write());
  }

  private async track(written: Promise<boolean>): Promise<boolean> {
    this.underWayCount++;
    try {
      return await written;
    } finally {
      this.underWayCount--;
      this.onWritten();
    }
  }

  /** Everything handed in is durable, or may not be written any more. */
  async drain(): Promise<void> {
    await this.flush();
    // Positions without an item may be all that came after the last results: the total tells whether the map is whole.
    if (this.total !== this.writtenTotal && this.execution.stopped?.why !== "leaseLost") await this.record();
    while (this.underWayCount > 0) {
      await new Promise<void>((resolve) => {
        this.onWritten = resolve;
      });
    }
  }

  private async write(): Promise<boolean> {
    const { deps, fence } = this.execution;
    const { stage } = this.options;
    const nowMs = deps.clock.monotonicMs();
    const { intents, failures, results, events } = this;
    this.intents = [];
    this.failures = [];
    this.results = [];
    this.events = [];
    const done = this.okCount + this.errorCount;
    if (results.length > 0 && nowMs - this.committedEventAtMs >= COMMITTED_EVENT_MS) {
      this.committedEventAtMs = nowMs;
      const { total, costUsd } = this;
      events.push({ type: "map.committed", data: { stage, done, failed: this.errorCount, total, costUsd } });
    }
    this.writtenTotal = this.total;
    const remaining = this.total === null ? null : this.total - done;
    let outcome: WriteOutcome;
    try {
      outcome = await deps.store.commitMap(fence, {
        stage,
        intents,
        failures,
        results,
        events,
        lowWater: this.lowWater,
        intentLow: this.open.low,
        total: this.total,
        reservedUsd: this.options.reservedUsd(),
        progress: {
          items: {
            done,
            total: this.total,
            failed: this.errorCount,
            ratePerS: this.rate.ratePerS(nowMs),
            etaMs: remaining === null ? null : this.rate.etaMs(remaining, nowMs),
          },
          label: stage,
        },
      });
    } catch (error) {
      this.options.onRefused(results);
      this.execution.stop({ why: "storeFailed", error });
      return false;
    }
    deps.hints.notify(fence.runId);
    // Before the execution is told, which then is over as soon as nothing is left to keep.
    if (outcome.kind !== "written") this.options.onRefused(results);
    return this.execution.accepts(outcome);
  }

  private arm(): void {
    this.timer ??= this.execution.deps.clock.setTimer(this.options.batch.ms, () => {
      this.timer = null;
      void this.flush();
    });
  }
}

/** As it is recorded now: an open intent may get another number while this is on its way. */
function written({ n, index, key, attempt }: OpenIntent): ItemIntent {
  return { n, index, key, attempt };
}
