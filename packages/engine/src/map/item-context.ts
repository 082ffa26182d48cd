/**
 * What an item's code gets. Made once an attempt; what is costly (an abort signal, an idempotency key) is made when it is
 * asked for, since a map may have ten million items that never ask.
 */
import { addCosts, addModelCosts, type Cost, encodeJson, isThrown, type ModelCost, NO_COST } from "@holdfast/core";
import type { AttemptAbort } from "../run/attempt-abort.js";
import type { Execution } from "../run/execution.js";
import { idempotencyKeyOf } from "../stage/attempt.js";
import type { ItemContext, Paid, ReserveMore } from "../workflow/context.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import type { Budget } from "./budget.js";
import type { Commits } from "./commits.js";
import type { SourceItem } from "./source.js";
import { modelCostOf, mostOf, readFailed, readPaid, readReserve, SpendError, type SpendPlace } from "./spend.js";

/** Thrown inside an item whose budget is used up: the item stays open, the run pauses. */
export class BudgetReachedError extends Error {
  override readonly name = "BudgetReachedError";
  readonly category = "budget";
}

export interface ItemCosts {
  readonly budget: Budget;
  readonly commits: Commits;
}

export interface ItemAttempt {
  readonly execution: Execution;
  readonly stage: string;
  readonly item: SourceItem;
  readonly attempt: number;
  readonly config: unknown;
  readonly costs: ItemCosts;
  readonly log: (message: string, data?: unknown) => void;
}

export class LiveItemContext implements ItemContext<unknown> {
  /** What this attempt has cost so far, as settled by `spend`. */
  cost: Cost = NO_COST;
  /** The part of `cost` whose calls named their model, by model. */
  models: readonly ModelCost[] = [];
  /** What the call said it used (tokens), as JSON; null when it said nothing. */
  usageJson: string | null = null;
  /** What people read beside its key; null where the map gives none. */
  label: string | null = null;
  /** Nano-dollars held by calls of this attempt that are under way. */
  private reserved = 0;
  private readonly abort: () => AttemptAbort;
  private made: AttemptAbort | null = null;

  constructor(
    private readonly itemAttempt: ItemAttempt,
    openAbort: () => AttemptAbort,
  ) {
    this.abort = () => {
      this.made ??= openAbort();
      return this.made;
    };
  }

  get attempt(): number {
    return this.itemAttempt.attempt;
  }

  get key(): string {
    return this.itemAttempt.item.key;
  }

  get config(): unknown {
    return this.itemAttempt.config;
  }

  get idempotencyKey(): string {
    const { execution, stage, item } = this.itemAttempt;
    return idempotencyKeyOf(execution.subject.run.id, execution.subject.lease.generation, stage, item.key);
  }

  get signal(): StageSignal {
    return this.abort().signal;
  }

  /** Where one was asked for. */
  get openedAbort(): AttemptAbort | null {
    return this.made;
  }

  get isAborted(): boolean {
    return this.made !== null && this.made.reason !== null;
  }

  timeOut(graceMs: number): void {
    this.abort().abort(new Interrupted("timeout", graceMs));
  }

  get log(): ItemContext<unknown>["log"] {
    const { log, item } = this.itemAttempt;
    return (message, data) => log(message, { key: item.key, ...data });
  }

  get metric(): ItemContext<unknown>["metric"] {
    const { log, item } = this.itemAttempt;
    return (name, value) => log(`metric ${name}`, { key: item.key, metric: name, value });
  }

  get logCall(): ItemContext<unknown>["logCall"] {
    const { execution, stage, item, attempt } = this.itemAttempt;
    return (call) => execution.calls.add({ stage, key: item.key, attempt, ...call });
  }

  get rows(): ItemContext<unknown>["rows"] {
    const { execution, stage } = this.itemAttempt;
    return execution.data.rows(execution, { stage, attempt: 0 });
  }

  get spend(): ItemContext<unknown>["spend"] {
    return (reserveUsd, call) => this.spendWithin(reserveUsd, call);
  }

  private async spendWithin<T>(reserveUsd: number | null, call: (more: ReserveMore) => Promise<Paid<T>>): Promise<T> {
    const { budget, commits } = this.itemAttempt.costs;
    const { place } = this;
    let reserved = readReserve(place, reserveUsd);
    await this.reserve(reserved);
    let cost = NO_COST;
    const record = async () => {
      if (!budget.isRecorded) await commits.recordTogether();
      // Asked again after the wait for the record: the process may have been stopped meanwhile.
      if (!this.itemAttempt.execution.stopping.mayBegin()) throw new Interrupted("leaseLost", 0);
    };
    const more = async (usd: number | null) => {
      const nanos = readReserve(place, usd);
      if (!budget.reserve(nanos)) return false;
      reserved += nanos;
      this.reserved += nanos;
      await record();
      return true;
    };
    const most = () => mostOf(reserveUsd, reserved);
    let isCalled = false;
    /** What the call told of itself: what it gave, or how it failed. */
    let told: unknown;
    try {
      await record();
      this.itemAttempt.execution.paid.begin(this.abort());
      isCalled = true;
      const paid = await call(more);
      told = paid;
      cost = readPaid(place, paid);
      const { value, usage } = paid;
      if (usage !== undefined) this.usageJson = encodeJson(usage, `the usage of item ${this.itemAttempt.item.key}`);
      return value;
    } catch (error) {
      if (!isCalled || cost !== NO_COST) throw error;
      told = error;
      // Until the error is understood: it may say what cannot be meant.
      cost = most();
      if (isThrown(error, SpendError)) throw error;
      // A failed call may have been charged: the error says how much, where its maker knows. Cut off by us, nobody will tell.
      cost = readFailed(place, error, most()) ?? (this.isAborted ? most() : NO_COST);
      throw error;
    } finally {
      this.cost = addCosts(this.cost, cost);
      if (isCalled) this.models = addModelCosts(this.models, modelCostOf(told, cost));
      this.reserved -= reserved;
      budget.settle(reserved, cost.nanos);
    }
  }

  /**
   * Calls under way mostly cost less than they reserved: where that may make room, this one waits for them. Not with a
   * reservation of its own in hand, for which others might be waiting in turn.
   */
  private async reserve(nanos: number): Promise<void> {
    const { execution, costs } = this.itemAttempt;
    const { budget } = costs;
    while (!budget.reserve(nanos)) {
      if (execution.stopping.stopped !== null) throw new Interrupted("shutdown", 0);
      if (this.reserved > 0 || !budget.mayFit(nanos)) {
        throw new BudgetReachedError("the budget does not allow another call");
      }
      await budget.nextChange();
    }
    this.reserved += nanos;
  }

  private get place(): SpendPlace {
    const { stage, item, costs } = this.itemAttempt;
    return { stage, key: item.key, isLimited: costs.budget.isLimited };
  }
}
