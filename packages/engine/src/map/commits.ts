/**
 * The commits of a map: intents before calls, results after them, in batches. Every 100 results, every 250 ms, or at
 * once when asked; commits follow each other without waiting, and the store groups them.
 *
 * Any of those under way may fail while later ones are written. So both marks, of positions and of intents, follow from
 * what the store has answered for, and from the commit's own rows, which are written with it: never from another commit
 * that is on its way. A commit that finds the store busy or full is sent again (`patient-store.ts`) with the marks and
 * reservations of that moment.
 */
import {
  addCosts,
  type Cost,
  type ItemAttemptFailure,
  type ItemIntent,
  type ItemPage,
  type ItemResultWrite,
  type MapCommit,
  type MapState,
  RateEstimate,
  type RunEventInput,
  toRecordedCost,
  type WriteOutcome,
} from "@holdfast/core";
import type { Execution } from "../run/execution.js";
import { LowWater } from "./low-water.js";
import { type MovedIntent, type OpenIntent, OpenIntents } from "./open-intents.js";

export const BATCH_DEFAULTS = { results: 100, ms: 250 } as const;
/** `map.committed` at most this often: the history is for people. */
const COMMITTED_EVENT_MS = 1_000;
/**
 * Commits under way before new items wait: memory must not grow when the store is slow. Fewer would leave the writer
 * without work while answers travel.
 */
export const COMMITS_UNDER_WAY_MAX = 16;

export interface CommitsOptions {
  readonly stage: string;
  /** What people read beside its name; null where it has none. */
  readonly label: string | null;
  readonly state: MapState;
  /** Left by an earlier execution that died: they stay open until their items have results. */
  readonly openIntents: readonly ItemIntent[];
  readonly total: number | null;
  readonly batch: { readonly results: number; readonly ms: number };
  /** Results that may not be written any more: the lease is lost, the run was cancelled, or the store failed. */
  readonly onRefused: (results: readonly ItemResultWrite[]) => void;
  readonly budget: ReservationBook;
}

/** What calls under way have reserved, and how much of it a commit has recorded. */
export interface ReservationBook {
  /** Nano-dollars to record as spent or reserved by a commit that is sent now. */
  sending(): number;
  /** That commit was answered. */
  sent(nanos: number, isWritten: boolean): void;
}

/** What one commit writes. */
interface Batch {
  readonly intents: ItemIntent[];
  readonly moved: MovedIntent[];
  readonly failures: ItemAttemptFailure[];
  readonly results: ItemResultWrite[];
  readonly events: RunEventInput[];
  readonly pages: ItemPage[];
  /** Open intents whose items have results in it, or whose calls were never made. */
  readonly closedIntents: OpenIntent[];
  /** Its results are written, or were handed to `onRefused`. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

function emptyBatch(): Batch {
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const rows = { intents: [], moved: [], failures: [], results: [], events: [], pages: [], closedIntents: [] };
  return { ...rows, settled, settle };
}

export class Commits {
  okCount: number;
  errorCount: number;
  cost: Cost;
  /** Items of the source, those at passed holes included; null while unknown. */
  private total: number | null;
  /** What the newest written commit said of the mark and the total. */
  private written: { position: number; total: number | null };
  private batch = emptyBatch();
  private readonly lowWater: LowWater;
  private readonly open: OpenIntents;
  private timer: { cancel(): void } | null = null;
  private underWayCount = 0;
  private together: Promise<boolean> | null = null;
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
    this.cost = state.cost;
    this.lowWater = new LowWater(state.lowWater);
    this.open = new OpenIntents(state.intentCount, options.openIntents);
    this.total = options.total;
    this.written = { position: state.lowWater, total: state.total };
    this.rate = new RateEstimate(execution.deps.clock.monotonicMs());
  }

  get isBackedUp(): boolean {
    return this.underWayCount >= COMMITS_UNDER_WAY_MAX;
  }

  /** Write intents now. Resolves once their calls may be made; null when this execution may not write any more. */
  async announce(intents: readonly Omit<ItemIntent, "n">[]): Promise<readonly OpenIntent[] | null> {
    const opened = intents.map((intent) => this.open.add(intent));
    this.batch.intents.push(...opened.map(written));
    return (await this.flush()) ? opened : null;
  }

  /**
   * Intents whose calls will not be made. Those still open are recorded once more behind them, so that what was never
   * called lies before the mark and no plan says that it may have been charged. Resolves when it is durable.
   */
  async withdrawIntents(intents: readonly OpenIntent[]): Promise<void> {
    this.closeIntents(intents);
    const moved = this.open.renumber(this.batch);
    if (moved.length === 0) return;
    this.batch.moved.push(...moved);
    await this.record();
  }

  /** The next commit has the result of the item of these intents, or their calls were never made. */
  closeIntents(intents: readonly OpenIntent[]): void {
    for (const intent of intents) intent.closedBy = this.batch;
    this.batch.closedIntents.push(...intents);
  }

  /** Intents that an earlier execution left open for this item. */
  leftIntents(key: string): readonly OpenIntent[] {
    return this.open.left(key);
  }

  addResult(result: ItemResultWrite, previous: "ok" | "error" | null): void {
    this.batch.results.push(result);
    // The lease may be lost while they wait for their commit or its answer: what was paid for is kept before the process ends.
    if (this.batch.results.length === 1) this.execution.paid.keep(this.batch.settled);
    if (previous === "ok") this.okCount--;
    if (previous === "error") this.errorCount--;
    if (result.outcome === "ok") this.okCount++;
    else this.errorCount++;
    this.cost = addCosts(this.cost, result.cost);
    this.rate.completed(1, this.execution.deps.clock.monotonicMs());
    if (this.batch.results.length >= this.options.batch.results) void this.flush();
    else this.arm();
  }

  addFailure(failure: ItemAttemptFailure): void {
    this.batch.failures.push(failure);
    this.cost = addCosts(this.cost, failure.cost);
    this.arm();
  }

  /** Written with the intents of its items, or before them. */
  addPage(page: ItemPage): void {
    this.batch.pages.push(page);
  }

  /** The place of the item of this key that is announced and has no durable result yet; null where there is none. */
  placeInFlight(key: string): number | null {
    return this.open.indexOf(key);
  }

  addEvent(event: RunEventInput): void {
    this.batch.events.push(event);
    this.arm();
  }

  /** This position has a durable result already, or is not to be done in this pass. */
  markDone(index: number): void {
    this.lowWater.markDone(index);
  }

  /** The source has no item at this position. */
  markHole(index: number): void {
    this.lowWater.markHole(index);
  }

  /** The whole source was seen: so many items. */
  setTotal(total: number): void {
    this.total = total + this.lowWater.mark.holeCount;
  }

  /** How many items are known to be without a result; null while the number of items is unknown. */
  get missingCount(): number | null {
    if (this.total === null) return null;
    return this.total - this.lowWater.mark.holeCount - this.okCount - this.errorCount;
  }

  /** Write the counters now, even where nothing else has gathered: a reservation must be recorded before its call. */
  record(): Promise<boolean> {
    return this.track(this.write());
  }

  /** The same, as one commit for all who ask in one turn: a batch of calls that begin together needs no commit each. */
  recordTogether(): Promise<boolean> {
    this.together ??= Promise.resolve().then(() => {
      this.together = null;
      return this.record();
    });
    return this.together;
  }

  /** Commit what has gathered. Resolves when it is durable; false when this execution may not write any more. */
  flush(): Promise<boolean> {
    this.timer?.cancel();
    this.timer = null;
    const { intents, results, failures, events } = this.batch;
    const isEmpty = intents.length + results.length + failures.length + events.length === 0;
    if (isEmpty) return Promise.resolve(this.execution.stopping.stopped?.why !== "leaseLost");
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
    await this.whenIdle();
    // What moved the mark last was answered after the last commit was sent; and positions without an item may be all that
    // came after it: the total tells whether the map is whole.
    const { position, holeCount } = this.lowWater.mark;
    const total = this.total === null ? null : this.total - holeCount;
    const isTold = this.written.position >= position && this.written.total === total;
    if (!isTold && !this.isRefused) await this.record();
    await this.whenIdle();
  }

  private async whenIdle(): Promise<void> {
    while (this.underWayCount > 0) {
      await new Promise<void>((resolve) => {
        this.onWritten = resolve;
      });
    }
  }

  private get isRefused(): boolean {
    const why = this.execution.stopping.stopped?.why;
    return why === "leaseLost" || why === "storeFailed";
  }

  private async write(): Promise<boolean> {
    const { execution, batch } = this;
    const { budget } = this.options;
    this.batch = emptyBatch();
    this.addCommittedEvent(batch);
    let outcome: WriteOutcome;
    try {
      outcome = await execution.writer.patient.write(async () => {
        const commit = this.commitOf(batch);
        let isWritten = false;
        try {
          const answer = await execution.writer.patient.inner.commitMap(execution.subject.fence, commit);
          isWritten = answer.kind === "written";
          if (isWritten) this.noteWritten(batch, commit);
          return answer;
        } finally {
          budget.sent(commit.committedNanos, isWritten);
        }
      });
    } catch (error) {
      this.refuse(batch);
      execution.stopping.stop({ why: "storeFailed", error });
      return false;
    }
    execution.deps.hints.notify(execution.subject.fence.runId);
    // Before the execution is told, which then is over as soon as nothing is left to keep.
    if (outcome.kind !== "written") this.refuse(batch);
    else batch.settle();
    return execution.writer.accepts(outcome);
  }

  private refuse(batch: Batch): void {
    this.options.onRefused(batch.results);
    batch.settle();
  }

  private addCommittedEvent({ results, events }: Batch): void {
    const nowMs = this.execution.deps.clock.monotonicMs();
    const { stage } = this.options;
    const { cost, errorCount: failed } = this;
    const done = this.okCount + failed;
    const total = this.total === null ? null : this.total - this.lowWater.mark.holeCount;
    // The last result is always told: without it the history would end before the map.
    const isLast = total !== null && done >= total;
    if (results.length === 0 || (!isLast && nowMs - this.committedEventAtMs < COMMITTED_EVENT_MS)) return;
    this.committedEventAtMs = nowMs;
    const data = {
      stage,
      done,
      failed,
      total,
      ...toRecordedCost(cost),
    };
    events.push({ type: "map.committed", data });
  }

  /** Of this moment: made anew each time the batch is sent. */
  private commitOf(batch: Batch): MapCommit {
    const { stage } = this.options;
    const nowMs = this.execution.deps.clock.monotonicMs();
    const mark = this.lowWater.markWith(batch.results.map(({ index }) => index));
    const total = this.total === null ? null : this.total - mark.holeCount;
    const done = this.okCount + this.errorCount;
    return {
      stage,
      intents: [...batch.intents, ...batch.moved.map(({ intent, n }) => ({ ...written(intent), n }))],
      failures: batch.failures,
      results: batch.results,
      events: batch.events,
      pages: batch.pages,
      lowWater: mark.position,
      intentLow: this.open.lowWith(batch, batch.moved),
      total,
      committedNanos: this.options.budget.sending(),
      progress: {
        items: {
          done,
          total,
          failed: this.errorCount,
          ratePerS: this.rate.ratePerS(nowMs),
          etaMs: total === null ? null : this.rate.etaMs(total - done, nowMs),
        },
        label: this.options.label === null ? stage : `${stage} · ${this.options.label}`,
      },
    };
  }

  private noteWritten(batch: Batch, { lowWater, total }: MapCommit): void {
    this.open.close(batch.closedIntents);
    for (const { intent, n } of batch.moved) intent.n = n;
    for (const { index } of batch.results) this.lowWater.markDone(index);
    if (lowWater >= this.written.position) this.written = { position: lowWater, total };
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
