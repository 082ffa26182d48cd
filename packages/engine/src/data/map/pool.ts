/**
 * The pool of a map: takes items up, announces them, calls user code, hands results to the commits.
 * An item is announced (its intent recorded) before its call; `announce-ahead.ts` says how many before there is room.
 */
import {
  AdaptiveLimit,
  BACKOFF_DEFAULTS,
  backoffMs,
  CallWindow,
  encodeJson,
  type ItemResultWrite,
  isPaid,
  isThrown,
  judge,
  OUTAGE_WAKE_MS,
  PushBack,
  RATE_LIMIT_PATIENCE_MS,
  RATE_LIMIT_WAIT_MS,
  toUsd,
  WAIT_HERE_MAX_MS,
} from "@holdfast/core";
import type { ItemFn, MapOptions } from "../../context.js";
import type { AttemptAbort } from "../../execution/attempt-abort.js";
import type { Execution } from "../../execution/execution.js";
import { beginDeclared } from "../../execution/not-idle.js";
import { isContractError } from "../../execution/outputs.js";
import { askAbout, type Said } from "../../execution/verdict.js";
import { Interrupted } from "../../interrupted.js";
import { AnnounceAhead } from "./announce-ahead.js";
import { Breaker, isOutside, PROBE_WAIT_MS } from "./breaker.js";
import type { Budget } from "./budget.js";
import type { Commits } from "./commits.js";
import { HeldFailures } from "./held-failures.js";
import { callItem } from "./item-call.js";
import { BudgetReachedError, type ItemCosts, LiveItemContext } from "./item-context.js";
import type { OpenIntent } from "./open-intents.js";
import type { Candidate } from "./selection.js";
import { SpendError } from "./spend.js";

export interface PoolOptions {
  readonly execution: Execution;
  readonly stage: string;
  readonly options: MapOptions<unknown>;
  readonly fn: ItemFn<unknown, unknown, unknown>;
  readonly commits: Commits;
  readonly budget: Budget;
  readonly attemptOf: (keys: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly isFirstPass: boolean;
  /** The run was paused for an outage before this execution: one call looks whether it is over. */
  readonly isAfterOutage: boolean;
  readonly latePaid: (result: ItemResultWrite) => void;
  readonly log: (message: string, data?: unknown) => void;
}

export const CONCURRENCY_DEFAULT = 8;

export interface Ready {
  readonly candidate: Candidate;
  readonly attempt: number;
  readonly failedCount: number;
  /** How often others had been answered when it failed of the outside for the first time; null while it has not. */
  readonly failedAtAnswer: number | null;
  /** This item's intents, its retries' included: settled together by its result. */
  readonly intents: OpenIntent[];
}

export class Pool {
  private readonly limit: AdaptiveLimit;
  private readonly breaker: Breaker;
  private readonly ready: Ready[] = [];
  private readonly waitingRetries = new Set<{ cancel(): void }>();
  private activeCount = 0;
  private announcingCount = 0;
  private heldUntilMs = Number.NEGATIVE_INFINITY;
  private readonly pushBack = new PushBack();
  /** Null where no rate was asked for. */
  private readonly rate: CallWindow | null;
  // Shared by all items: a map may have millions.
  private readonly costs: ItemCosts;
  private readonly openAbort: () => AttemptAbort;
  /** Since when every answer was a rate limit; null after any other. */
  private rateLimitedSinceMs: number | null = null;
  private holdTimer: { cancel(): void } | null = null;
  private wake: (() => void) | null = null;
  private failure: unknown = null;
  private readonly ahead: AnnounceAhead;
  private readonly held: HeldFailures;
  private isProbeUnderWay = false;
  private probeTimer: { cancel(): void } | null = null;

  constructor(private readonly options: PoolOptions) {
    const { concurrency = CONCURRENCY_DEFAULT } = options.options;
    const { min, max } = typeof concurrency === "number" ? { min: concurrency, max: concurrency } : concurrency;
    this.limit = new AdaptiveLimit(min, max, min, ({ from, to, why }) => {
      // Growth is what is expected, and up to a line a call; a cut says something about the outside.
      if (why === "rate_limited") options.log(`concurrency ${from} → ${to}`, { why });
    });
    this.rate =
      options.options.rate === undefined ? null : new CallWindow(options.options.rate, this.clock.monotonicMs());
    this.breaker = new Breaker(options.options.maxErrorRate ?? null, max, options.isAfterOutage);
    this.held = new HeldFailures(options.commits);
    this.ahead = new AnnounceAhead(this.clock.monotonicMs());
    this.costs = { budget: options.budget, commits: options.commits };
    this.openAbort = () => options.execution.openAbort("item");
    options.commits.onWritten = () => this.notify();
  }

  /**
   * How many calls may begin before the next commit is there, for what it records as reserved: those that fit beside each other,
   * and half as many, so that not each call that settles needs a commit of its own. Any more would be lost to a budget by a kill.
   */
  get reservedAheadCount(): number {
    return Math.min(this.underWayCount, Math.ceil(1.5 * this.limit.limit));
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
      // Nobody is left to be called: what was held back is what the items ended in.
      if (!this.isStopping) this.settleHeld();
    } finally {
      for (const retry of this.waitingRetries) retry.cancel();
      this.waitingRetries.clear();
      this.dropReady();
      while (this.activeCount + this.announcingCount > 0 && !this.options.execution.isOver) await this.change();
      this.holdTimer?.cancel();
      this.probeTimer?.cancel();
      if (!this.options.execution.isOver) this.held.drop();
    }
    if (this.failure !== null) throw this.failure;
  }

  /** Something is under way or due: a call, a retry, or a probe that decides about what is held back. */
  private get isBusy(): boolean {
    const isDeciding = this.held.count > 0 && this.breaker.state !== "closed";
    return this.underWayCount + this.waitingRetries.size > 0 || isDeciding;
  }

  private get clock() {
    return this.options.execution.deps.clock;
  }

  private get isStopping(): boolean {
    return this.failure !== null || this.options.execution.stopped !== null || this.options.execution.isOver;
  }

  /** How many more items may be taken up now. */
  private room(): number {
    if (this.options.commits.isBackedUp || this.isHeld()) return 0;
    if (this.breaker.state !== "closed") {
      const isTaken = this.isProbeUnderWay || this.ready.length + this.announcingCount > 0;
      return this.breaker.state === "probing" && !isTaken ? 1 : 0;
    }
    const room = this.limit.limit + this.ahead.count - this.underWayCount;
    if (this.rate === null) return room;
    // What is announced and may not be called yet would count as charged after a crash.
    return Math.min(room, this.rate.allowed(this.clock.monotonicMs()) - this.ready.length - this.announcingCount);
  }

  /** Nobody may begin now: the outside asked to wait, or the rate is used up. */
  private isHeld(): boolean {
    const nowMs = this.clock.monotonicMs();
    const remainingMs = Math.max(this.heldUntilMs - nowMs, this.rate?.waitMs(nowMs) ?? 0);
    if (remainingMs <= 0) return false;
    this.holdTimer ??= this.waitFor(remainingMs, () => {
      this.holdTimer = null;
      this.start();
      this.notify();
    });
    return true;
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
    const intents = entries.map(({ candidate, attempt }) => ({
      index: candidate.item.index,
      key: candidate.item.key,
      attempt,
    }));
    void this.options.commits.announce(intents).then((opened) => {
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
    if (withdrawn.length > 0 && !this.options.execution.isOver) void this.options.commits.withdrawIntents(withdrawn);
  }

  private start(): void {
    this.probeHeld();
    while (this.mayCall() && this.ready.length > 0 && !this.isStopping && !this.isHeld()) {
      if (!this.options.execution.mayBegin()) return;
      const next = this.ready.shift();
      if (next !== undefined) void this.attempt(next);
    }
  }

  private mayCall(): boolean {
    if (this.breaker.state === "closed") return this.activeCount < this.limit.limit;
    return this.breaker.state === "probing" && !this.isProbeUnderWay;
  }

  /** One attempt at one item, from the call to what is handed to the commits. Never rejects. */
  private async attempt(entry: Ready): Promise<void> {
    const { execution, stage, options, fn } = this.options;
    const { candidate, attempt } = entry;
    const sentAtMs = this.clock.monotonicMs();
    this.rate?.take(sentAtMs);
    const wasFull = ++this.activeCount >= this.limit.limit;
    const isProbe = this.breaker.state === "probing";
    if (isProbe) this.isProbeUnderWay = true;
    const context = new LiveItemContext(
      {
        execution,
        stage,
        item: candidate.item,
        attempt,
        config: options.config,
        costs: this.costs,
        log: this.options.log,
      },
      this.openAbort,
    );
    const endDeclared = beginDeclared(execution, options.timeoutMs);
    const timer =
      options.timeoutMs === undefined ? null : this.clock.setTimer(options.timeoutMs, () => context.timeOut(1_000));
    try {
      const value = await callItem({
        ...{ stage, fn, context, item: candidate.item.load(), timeoutMs: options.timeoutMs },
        onLate: (error) =>
          this.options.log(
            `an error that nobody caught, after item ${candidate.item.key}: ${execution.errorOf(error).message}`,
          ),
      });
      const outputJson = encodeJson(value, `the result of item ${candidate.item.key} of map ${stage}`);
      this.rateLimitedSinceMs = null;
      this.limit.succeeded(sentAtMs, wasFull, this.clock.monotonicMs());
      this.pushBack.succeeded();
      this.recordOk(entry, context, sentAtMs, outputJson);
    } catch (error) {
      this.judgeFailure(entry, context, sentAtMs, error);
    } finally {
      timer?.cancel();
      endDeclared();
      this.options.budget.handIn(context.cost.nanos);
      if (context.openedAbort !== null) execution.closeAbort(context.openedAbort);
      this.activeCount--;
      if (isProbe) this.isProbeUnderWay = false;
      this.start();
      this.notify();
    }
  }

  private recordOk(entry: Ready, context: LiveItemContext, sentAtMs: number, outputJson: string | null): void {
    const { execution, commits, latePaid } = this.options;
    const result = this.resultOf(entry, context, sentAtMs, {
      outcome: "ok",
      outputJson,
      errorJson: null,
      category: null,
    });
    // The lease is gone or the grace is over: nothing is recorded, but what was paid for is not thrown away.
    if (execution.isOver) {
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
    if (execution.isOver) return;
    const nowMs = this.clock.monotonicMs();
    if (isThrown(error, BudgetReachedError)) {
      commits.closeIntents(entry.intents.slice(-1));
      // Refused its second call, it has paid for the first: a budget that forgets it is exceeded by the next execution.
      if (isPaid(context.cost)) this.addFailure(entry, context, "interrupted", error);
      this.stopForBudget();
      return;
    }
    if (isThrown(error, Interrupted) || (execution.stopped !== null && context.isAborted)) {
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
      const waitMs = this.pushBack.refused(sentAtMs, afterMs ?? RATE_LIMIT_WAIT_MS, nowMs);
      this.limit.rateLimited(sentAtMs, waitMs, nowMs);
      this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + waitMs);
      this.addFailure(entry, context, word, thrown);
      this.rateLimitedSinceMs ??= nowMs;
      const isHopeless = nowMs - this.rateLimitedSinceMs >= RATE_LIMIT_PATIENCE_MS;
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
    if (isOutside(word)) this.limit.faltered(nowMs);
    const toldMs = word === "server" ? this.heedServer(afterMs, sentAtMs, nowMs) : afterMs;
    // What somebody said is the item's failure, or what others did not meet, is no sign of an outage.
    const isSign = isOutside(word) && (then !== "fail" || isUsedUp) && !this.isOwnFailure(entry);
    const found = isSign ? this.breaker.failed(sentAtMs) : null;
    if (found === "opened") this.open(word);
    if (found === "outage") {
      this.addFailure(entry, context, word, thrown);
      this.stop(found, Math.max(OUTAGE_WAKE_MS, toldMs ?? 0), thrown);
      return;
    }
    if (then === "retry") {
      this.addFailure(entry, context, word, thrown);
      const backoff = {
        initialMs: options.backoff?.initialMs ?? BACKOFF_DEFAULTS.initialMs,
        maxMs: options.backoff?.maxMs ?? BACKOFF_DEFAULTS.maxMs,
        factor: options.backoff?.factor ?? BACKOFF_DEFAULTS.factor,
      };
      const failedAtAnswer = isOutside(word)
        ? (entry.failedAtAnswer ?? this.breaker.answerCount)
        : entry.failedAtAnswer;
      this.retryAfter(
        { ...entry, failedAtAnswer },
        toldMs ?? backoffMs(failedCount, backoff, execution.deps.random),
        failedCount,
      );
      return;
    }
    const errorJson = JSON.stringify({ ...execution.errorOf(thrown), category: word });
    const result = this.resultOf(entry, context, sentAtMs, {
      outcome: "error",
      outputJson: null,
      errorJson,
      category: word,
    });
    if (isSign) this.held.hold(entry, result);
    else this.record(entry, result);
  }

  private record(entry: Ready, result: ItemResultWrite): void {
    const { commits } = this.options;
    commits.closeIntents(entry.intents);
    commits.addResult(result, entry.candidate.previous?.outcome ?? null);
    this.ahead.completed(this.clock.monotonicMs());
    this.countResult(true);
  }

  /** So many calls in a row failed of the outside: nobody calls any more until one has tried. */
  private open(category: string): void {
    this.options.log(`many calls in a row failed (${category}): trying one in ${PROBE_WAIT_MS / 1_000} s`);
    this.probeTimer = this.clock.setTimer(PROBE_WAIT_MS, () => {
      this.breaker.probe(this.clock.monotonicMs());
      this.start();
      this.notify();
    });
  }

  /** The outside answers: failures that were held back are the items' own, or, after an outage, did not count. */
  private answered(): void {
    if (!this.breaker.answered()) {
      this.settleHeld();
      return;
    }
    this.probeTimer?.cancel();
    this.options.log("the outside answers again");
    this.again(this.held.take());
  }

  private isOwnFailure({ failedAtAnswer }: Ready): boolean {
    return failedAtAnswer !== null && this.breaker.answerCount > failedAtAnswer;
  }

  /** Where no other item is there to be tried, one that has failed for good is. */
  private probeHeld(): void {
    if (this.breaker.state !== "probing" || this.isProbeUnderWay) return;
    if (this.ready.length + this.announcingCount === 0) this.again(this.held.take(1));
  }

  private again(entries: readonly Ready[]): void {
    if (entries.length === 0 || this.isStopping) return;
    this.announceEntries(
      entries.map((entry) => ({ ...entry, attempt: entry.attempt + 1, failedCount: 0, failedAtAnswer: null })),
    );
  }

  private settleHeld(): void {
    for (const { entry, result } of this.held.settle()) this.record(entry, result);
  }

  /**
   * A server that says when to come back (a 503 with a Retry-After): its item waits that long, and no shorter than the floor.
   * Where nothing has succeeded since its last word, the others wait for the floor too. Null where it said nothing.
   */
  private heedServer(askedMs: number | null, sentAtMs: number, nowMs: number): number | null {
    if (askedMs === null) return null;
    const waitMs = this.pushBack.refused(sentAtMs, askedMs, nowMs);
    if (this.pushBack.isRepeated) this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + this.pushBack.floorMs);
    return waitMs;
  }

  private ask(thrown: unknown, attempt: number): Said {
    // Not the item's failure but its result's: no verdict makes it one that can be recorded.
    const classify = isContractError(thrown) ? undefined : this.options.options.classify;
    return askAbout(`Map ${this.options.stage}`, classify, thrown, attempt);
  }

  private resultOf(
    entry: Ready,
    context: LiveItemContext,
    sentAtMs: number,
    ending: Pick<ItemResultWrite, "outcome" | "outputJson" | "errorJson" | "category">,
  ): ItemResultWrite {
    const { item } = entry.candidate;
    return {
      index: item.index,
      key: item.key,
      attempt: entry.attempt,
      ...ending,
      itemSha256: item.itemSha256,
      ms: this.clock.monotonicMs() - sentAtMs,
      cost: context.cost,
      usageJson: context.usageJson,
    };
  }

  private addFailure(entry: Ready, context: LiveItemContext, category: string, thrown: unknown): void {
    this.options.commits.addFailure({
      key: entry.candidate.item.key,
      attempt: entry.attempt,
      category,
      errorJson: JSON.stringify({ ...this.options.execution.errorOf(thrown), category }),
      cost: context.cost,
    });
  }

  private retryAfter(entry: Ready, waitMs: number, failedCount: number): void {
    const timer = this.waitFor(waitMs, () => {
      this.waitingRetries.delete(timer);
      if (!this.isStopping) {
        this.announceEntries([{ ...entry, attempt: entry.attempt + 1, failedCount }]);
      }
      this.notify();
    });
    this.waitingRetries.add(timer);
  }

  /** A wait for the outside, or before another try: no idleness. */
  private waitFor(ms: number, fire: () => void): { cancel(): void } {
    const goOn = this.options.execution.notIdle.begin();
    const timer = this.clock.setTimer(ms, () => {
      goOn();
      fire();
    });
    return {
      cancel: () => {
        goOn();
        timer.cancel();
      },
    };
  }

  private countResult(isError: boolean): void {
    if (this.breaker.resulted(isError)) this.stop("error_rate", null, null);
  }

  private stopForBudget(): void {
    const { commits, stage, budget, execution } = this.options;
    if (execution.stopped !== null) return;
    commits.addEvent({
      type: "budget.reached",
      data: { stage, spentUsd: toUsd(budget.spent), budgetUsd: toUsd(budget.most) },
    });
    this.drainThenStop("budget", null, null);
  }

  private stop(reason: string, wakeInMs: number | null, error: unknown): void {
    // The first reason is the one that is told; what is under way may still meet the same.
    if (this.options.execution.stopped === null) {
      this.options.log(
        `pausing: ${reason}`,
        error === null ? undefined : { error: this.options.execution.errorOf(error).message },
      );
    }
    this.drainThenStop(reason, wakeInMs, error);
  }

  /** A typed pause: what is under way finishes and is kept, then the run pauses. */
  private drainThenStop(reason: string, wakeInMs: number | null, error: unknown): void {
    this.options.execution.stop({ why: "verdict", reason, wakeInMs, error });
    this.notify();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      // Whoever stops the execution does not know the pool: its stop signal wakes it too.
      const done = () => {
        this.options.execution.stopSignal.removeEventListener("abort", done);
        resolve();
      };
      this.wake = done;
      // With an announcement under way its answer wakes: not waiting for it would spin, and keep the answer from coming.
      if (this.isStopping && this.activeCount + this.announcingCount === 0) return done();
      this.options.execution.stopSignal.addEventListener("abort", done, { once: true });
    });
  }

  private notify(): void {
    const wake = this.wake;
    this.wake = null;
    wake?.();
  }
}
