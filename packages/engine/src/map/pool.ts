/**
 * The pool of a map: takes items up, announces them, calls user code, hands results to the commits.
 * An item is announced (its intent recorded) before its call; `announce-ahead.ts` says how many before there is room.
 */
import {
  encodeJson,
  type ItemResultWrite,
  isPaid,
  isThrown,
  judge,
  OUTAGE_WAKE_MS,
  WAIT_HERE_MAX_MS,
} from "@holdfast/core";
import type { AttemptAbort } from "../run/attempt-abort.js";
import type { Execution } from "../run/execution.js";
import { beginDeclared, waitDeclared } from "../run/not-idle.js";
import { isContractError } from "../run/outputs.js";
import { itemLabelOf } from "../stage/labels.js";
import { askAbout, type Said } from "../stage/verdict.js";
import { Interrupted } from "../workflow/interrupted.js";
import { AnnounceAhead } from "./announce-ahead.js";
import { Breaker, isOutside } from "./breaker.js";
import type { Held } from "./held-failures.js";
import { callItem } from "./item-call.js";
import { BudgetReachedError, type ItemCosts, LiveItemContext } from "./item-context.js";
import type { OpenIntent } from "./open-intents.js";
import { Outage } from "./outage.js";
import { Pace } from "./pace.js";
import { Pausing } from "./pausing.js";
import type { PoolOptions } from "./pool-options.js";
import { failureOf, intentOf, type Ready, resultOf } from "./ready.js";
import type { Candidate } from "./selection.js";
import { SpendError } from "./spend.js";

export class Pool {
  private readonly pace: Pace;
  private readonly outage: Outage;
  private readonly ready: Ready[] = [];
  private readonly waitingRetries = new Set<{ cancel(): void }>();
  private activeCount = 0;
  private announcingCount = 0;
  // Shared by all items: a map may have millions.
  private readonly costs: ItemCosts;
  private readonly stopping: Execution["stopping"];
  private readonly openAbort: () => AttemptAbort;
  private wake: (() => void) | null = null;
  private failure: unknown = null;
  private readonly ahead: AnnounceAhead;
  private readonly pausing: Pausing;

  constructor(private readonly options: PoolOptions) {
    const { clock } = this;
    const { commits, log, execution } = options;
    const goOn = () => {
      this.start();
      this.notify();
    };
    const waitFor = (ms: number, fire: () => void) => waitDeclared(execution, ms, fire);
    this.pace = new Pace({ options: options.options, clock, log, waitFor, onFree: goOn });
    const { maxErrorRate = null } = options.options;
    const breaker = new Breaker(maxErrorRate, this.pace.concurrencyMax, options.isAfterOutage);
    this.outage = new Outage({ breaker, commits, clock, log, onProbeDue: goOn });
    this.pausing = new Pausing(options);
    this.ahead = new AnnounceAhead(clock.monotonicMs());
    this.costs = { budget: options.budget, commits: options.commits };
    this.stopping = execution.stopping;
    this.openAbort = () => this.stopping.openAbort("item");
    options.commits.onWritten = () => this.notify();
  }

  /**
   * How many calls may begin before the next commit is there, for what it records as reserved where no budget is set: those that
   * fit beside each other, and half as many, so that not each call that settles needs a commit of its own.
   */
  get reservedAheadCount(): number {
    return Math.min(this.underWayCount, Math.ceil(1.5 * this.pace.concurrency));
  }

  /** How many items are announced or under way. */
  get underWayCount(): number {
    return this.activeCount + this.announcingCount + this.ready.length;
  }

  /**
   * Do every candidate. Resolves when all have a result, or when the execution stops and what was under way has ended.
   * Rejects only with what is not an item's own: a source that throws, a contract that is broken.
   */
  async run(pages: AsyncIterable<readonly Candidate[]>): Promise<void> {
    try {
      for await (const page of pages) {
        for (let at = 0; at < page.length && !this.isStopping; ) {
          const room = this.room();
          if (room <= 0) {
            await this.change();
            continue;
          }
          const next = page.slice(at, at + room);
          at += next.length;
          await this.announce(next);
        }
        if (this.isStopping) break;
      }
      while (this.isBusy && !this.isStopping) await this.change();
      if (!this.isStopping) this.recordHeld(this.outage.settle());
    } finally {
      for (const retry of this.waitingRetries) retry.cancel();
      this.waitingRetries.clear();
      this.dropReady();
      while (this.activeCount + this.announcingCount > 0 && !this.stopping.isOver) await this.change();
      this.pace.end();
      this.outage.end(!this.stopping.isOver);
    }
    if (this.failure !== null) throw this.failure;
  }

  /** Something is under way or due: a call, a retry, or a probe that decides about what is held back. */
  private get isBusy(): boolean {
    return this.underWayCount + this.waitingRetries.size > 0 || this.outage.isDeciding;
  }

  private get clock() {
    return this.options.execution.deps.clock;
  }

  private get isStopping(): boolean {
    return this.failure !== null || this.stopping.stopped !== null || this.stopping.isOver;
  }

  /** How many more items may be taken up now. */
  private room(): number {
    if (this.options.commits.isBackedUp || this.pace.isHeld()) return 0;
    if (!this.outage.isOff) return this.outage.mayProbe && this.announcedCount === 0 ? 1 : 0;
    return this.pace.roomWithin(this.pace.concurrency + this.ahead.count - this.underWayCount, this.announcedCount);
  }

  /** How many items are announced, or on their way to be, and not called yet. */
  private get announcedCount(): number {
    return this.ready.length + this.announcingCount;
  }

  /** Record the intents, then call. Announcing does not wait for the calls; the number under way bounds it. */
  private async announce(candidates: readonly Candidate[]): Promise<void> {
    const before = this.options.isFirstPass
      ? null
      : await this.options.attemptOf(candidates.map(({ item }) => item.key));
    const entries = candidates.map((candidate) => ({
      candidate,
      attempt: Math.max(before?.get(candidate.item.key) ?? 0, candidate.previous?.attempts ?? 0) + 1,
      failedCount: 0,
      failedAtAnswer: null,
      intents: [...this.options.commits.leftIntents(candidate.item.key)],
    }));
    this.announceEntries(entries);
  }

  private announceEntries(entries: readonly Ready[]): void {
    this.announcingCount += entries.length;
    void this.options.commits.announce(entries.map(intentOf)).then((opened) => {
      this.announcingCount -= entries.length;
      if (opened !== null) {
        for (const [i, entry] of entries.entries()) entry.intents.push(opened[i] as OpenIntent);
        this.ready.push(...entries);
        if (this.isStopping) this.dropReady();
        else this.start();
      }
      this.notify();
    });
  }

  /** What was announced and will not be called: its newest intent is settled, nobody was charged. */
  private dropReady(): void {
    const withdrawn = this.ready.flatMap(({ intents }) => intents.slice(-1));
    this.ready.length = 0;
    if (withdrawn.length > 0 && !this.stopping.isOver) void this.options.commits.withdrawIntents(withdrawn);
  }

  private start(): void {
    if (this.announcedCount === 0) this.again(this.outage.takeForProbe());
    while (this.mayCall() && this.ready.length > 0 && !this.isStopping && !this.pace.isHeld()) {
      if (!this.stopping.mayBegin()) return;
      const next = this.ready.shift();
      if (next !== undefined) void this.attempt(next);
    }
  }

  private mayCall(): boolean {
    return this.outage.isOff ? this.activeCount < this.pace.concurrency : this.outage.mayProbe;
  }

  /** One attempt at one item, from the call to what is handed to the commits. Never rejects. */
  private async attempt(entry: Ready): Promise<void> {
    const { execution, stage, options, fn, log } = this.options;
    const { attempt } = entry;
    const { item } = entry.candidate;
    const sentAtMs = this.clock.monotonicMs();
    this.pace.sent(sentAtMs);
    const wasFull = ++this.activeCount >= this.pace.concurrency;
    const endCall = this.outage.begin();
    const context = new LiveItemContext(
      { execution, stage, item, attempt, config: options.config, costs: this.costs, log },
      this.openAbort,
    );
    const endDeclared = beginDeclared(execution, options.timeoutMs);
    const timer =
      options.timeoutMs === undefined ? null : this.clock.setTimer(options.timeoutMs, () => context.timeOut(1_000));
    try {
      const given = item.load();
      context.label = itemLabelOf(execution, options.itemLabel, given);
      const value = await callItem({
        stage,
        fn,
        context,
        item: given,
        timeoutMs: options.timeoutMs,
        onLate: (error) =>
          log(`an error that nobody caught, after item ${item.key}: ${execution.errors.record(error).message}`),
      });
      const outputJson = encodeJson(value, `the result of item ${item.key} of map ${stage}`);
      this.pace.succeeded(sentAtMs, wasFull);
      this.recordOk(entry, context, sentAtMs, outputJson);
    } catch (error) {
      this.judgeFailure(entry, context, sentAtMs, error);
    } finally {
      timer?.cancel();
      endDeclared();
      this.options.budget.handIn(context.cost.nanos);
      if (context.openedAbort !== null) execution.stopping.closeAbort(context.openedAbort);
      this.activeCount--;
      endCall();
      this.start();
      this.notify();
    }
  }

  private recordOk(entry: Ready, context: LiveItemContext, sentAtMs: number, outputJson: string | null): void {
    const { execution, commits, latePaid } = this.options;
    const ms = this.clock.monotonicMs() - sentAtMs;
    const result = resultOf(entry, context, { outcome: "ok", outputJson, errorJson: null, category: null, ms });
    // The lease is gone or the grace is over: nothing is recorded, but what was paid for is not thrown away.
    if (execution.stopping.isOver) {
      if (isPaid(context.cost)) latePaid(result);
      return;
    }
    commits.closeIntents(entry.intents);
    commits.addResult(result, entry.candidate.previous?.outcome ?? null);
    this.ahead.completed(this.clock.monotonicMs());
    this.answered();
    this.countResult(false);
  }

  private judgeFailure(entry: Ready, context: LiveItemContext, sentAtMs: number, error: unknown): void {
    const { execution, options, commits } = this.options;
    if (execution.stopping.isOver) return;
    const nowMs = this.clock.monotonicMs();
    if (isThrown(error, BudgetReachedError)) {
      commits.closeIntents(entry.intents.slice(-1));
      // Refused its second call, it has paid for the first: a budget that forgets it is exceeded by the next execution.
      if (isPaid(context.cost)) this.addFailure(entry, context, "interrupted", error);
      this.pausing.forBudget();
      return;
    }
    if (isThrown(error, Interrupted) || (execution.stopping.stopped !== null && context.isAborted)) {
      if (isPaid(context.cost)) this.addFailure(entry, context, "interrupted", error);
      return;
    }
    if (isThrown(error, SpendError)) {
      // A mistake of the code: every item would pay for it again. The item stays open.
      this.addFailure(entry, context, "other", error);
      this.failure ??= error;
      return;
    }
    const failedCount = entry.failedCount + 1;
    const { thrown, verdict, failure } = this.ask(error, entry.attempt);
    const { then, category, afterMs, reason, isUsedUp } = judge(verdict, failure, failedCount, options.attempts);
    const word = category ?? "other";
    if (!isOutside(word)) this.answered();
    if (word === "rate_limit" && then !== "fail") {
      const { waitMs, isHopeless } = this.pace.rateLimited(sentAtMs, afterMs, nowMs);
      this.addFailure(entry, context, word, thrown);
      // The outside's fault: it uses up none of the item's attempts.
      if (waitMs > WAIT_HERE_MAX_MS) this.stop(word, waitMs, thrown);
      else if (isHopeless) this.stop(word, OUTAGE_WAKE_MS, thrown);
      else this.retryAfter(entry, waitMs, entry.failedCount);
      return;
    }
    if (then === "pause") {
      this.addFailure(entry, context, word, thrown);
      this.stop(reason ?? (category === null ? "asked by an item" : word), afterMs, thrown);
      return;
    }
    if (isOutside(word)) this.pace.faltered(nowMs);
    const toldMs = word === "server" ? this.pace.heedServer(afterMs, sentAtMs, nowMs) : afterMs;
    // What somebody said is the item's failure, or what others did not meet, is no sign of an outage.
    const isSign = isOutside(word) && (then !== "fail" || isUsedUp) && !this.isOwnFailure(entry);
    if (isSign && this.outage.failed(sentAtMs, word)) {
      this.addFailure(entry, context, word, thrown);
      this.stop("outage", Math.max(OUTAGE_WAKE_MS, toldMs ?? 0), thrown);
      return;
    }
    if (then === "retry") {
      this.addFailure(entry, context, word, thrown);
      const failedAtAnswer = isOutside(word) ? (entry.failedAtAnswer ?? this.outage.answerCount) : entry.failedAtAnswer;
      const waitMs = toldMs ?? this.pace.backoffMs(failedCount, execution.deps.backoffRandom);
      this.retryAfter({ ...entry, failedAtAnswer }, waitMs, failedCount);
      return;
    }
    const errorJson = JSON.stringify({ ...execution.errors.record(thrown), category: word });
    const ms = this.clock.monotonicMs() - sentAtMs;
    const result = resultOf(entry, context, { outcome: "error", outputJson: null, errorJson, category: word, ms });
    if (isSign) this.outage.hold(entry, result);
    else this.record(entry, result);
  }

  private record(entry: Ready, result: ItemResultWrite): void {
    const { commits } = this.options;
    commits.closeIntents(entry.intents);
    commits.addResult(result, entry.candidate.previous?.outcome ?? null);
    this.ahead.completed(this.clock.monotonicMs());
    this.countResult(true);
  }

  /** The outside answers. */
  private answered(): void {
    const { settled, again } = this.outage.answered();
    this.recordHeld(settled);
    this.again(again);
  }

  private isOwnFailure({ failedAtAnswer }: Ready): boolean {
    return failedAtAnswer !== null && this.outage.answerCount > failedAtAnswer;
  }

  private again(entries: readonly Ready[]): void {
    if (entries.length === 0 || this.isStopping) return;
    this.announceEntries(
      entries.map((entry) => ({ ...entry, attempt: entry.attempt + 1, failedCount: 0, failedAtAnswer: null })),
    );
  }

  private recordHeld(held: readonly Held[]): void {
    for (const { entry, result } of held) this.record(entry, result);
  }

  private ask(thrown: unknown, attempt: number): Said {
    // Not the item's failure but its result's: no verdict makes it one that can be recorded.
    const classify = isContractError(thrown) ? undefined : this.options.options.classify;
    return askAbout(`Map ${this.options.stage}`, classify, thrown, attempt);
  }

  private addFailure(entry: Ready, context: LiveItemContext, category: string, thrown: unknown): void {
    const error = this.options.execution.errors.record(thrown);
    this.options.commits.addFailure(failureOf(entry, context, { category, error }));
  }

  private retryAfter(entry: Ready, waitMs: number, failedCount: number): void {
    const timer = waitDeclared(this.options.execution, waitMs, () => {
      this.waitingRetries.delete(timer);
      if (!this.isStopping) this.announceEntries([{ ...entry, attempt: entry.attempt + 1, failedCount }]);
      this.notify();
    });
    this.waitingRetries.add(timer);
  }

  private countResult(isError: boolean): void {
    if (this.outage.resulted(isError)) this.stop("error_rate", null, null);
  }

  private stop(reason: string, wakeInMs: number | null, error: unknown): void {
    this.pausing.because(reason, wakeInMs, error);
    this.notify();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      // Whoever stops the execution does not know the pool: its stop signal wakes it too.
      const done = () => {
        this.stopping.stopSignal.removeEventListener("abort", done);
        resolve();
      };
      this.wake = done;
      // With an announcement under way its answer wakes: not waiting for it would spin, and keep the answer from coming.
      if (this.isStopping && this.activeCount + this.announcingCount === 0) return done();
      this.stopping.stopSignal.addEventListener("abort", done, { once: true });
    });
  }

  private notify(): void {
    const wake = this.wake;
    this.wake = null;
    wake?.();
  }
}
