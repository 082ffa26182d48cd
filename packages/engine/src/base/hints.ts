/**
 * Hints: "something about this run changed", within this process. A hint may come for nothing. What other processes change is
 * heard from the store's change subscription; where a store has none, whoever waits for hints looks at the store from time
 * to time.
 *
 * No hint is lost within a process: a watch remembers what it heard since its last wait, so a hint that comes while its
 * owner is looking at the store ends the next wait at once.
 *
 *   worker                                 caller in this process
 *   asks the store for queued runs
 *                                          start() writes a run, notify()
 *   hears that there is none
 *   waits: the hint was heard meanwhile,
 *   so it asks again at once
 */
import {
  CHANGE_HINT_MS,
  type ChangeListener,
  type ChangeTopic,
  type Clock,
  type RunId,
  type StopSignal,
  type Store,
  type Unsubscribe,
} from "@holdfast/core";

/** How often a follower looks where the store gives hints: a backstop, should one be lost. */
const TOLD_LOOK_MS = 5_000;

/** Every Holdfast of this process over the same store hears what one of them changes. */
const byStore = new Map<string, Set<Hints>>();

export class Hints {
  private readonly watches = new Map<string, Set<HintWatch>>();
  private readonly listeners = new Set<(runId: string, from: unknown) => void>();
  private readonly others: Set<Hints>;
  private readonly subscribers = new Map<string, Set<ChangeListener>>();

  /**
   * `store` names the store within this process; null where nobody else can have opened it. `lookMs`: how often a waiter looks
   * without a hint, so that another process's change is seen this late at the most. `changes` tells of those changes.
   */
  constructor(
    readonly clock: Clock,
    private readonly store: string | null,
    private readonly lookMs = CHANGE_HINT_MS,
    private readonly changes: Pick<Store, "subscribe"> = {},
  ) {
    this.others = (store === null ? undefined : byStore.get(store)) ?? new Set();
    this.others.add(this);
    if (store !== null) byStore.set(store, this.others);
  }

  /** A run changed so that it, or another one, may now be claimed: idle workers (`ANY`) hear it too. */
  notify(runId: string, from: unknown = null): void {
    for (const hints of this.others) hints.hear([runId, Hints.ANY], runId, from);
  }

  /**
   * A run is about to be queued: its write was sent. An idle worker of this process that asks now sends its claim in the same
   * message, so that both share a commit. Whoever asks too early hears the hint that follows the answer.
   */
  notifySoon(): void {
    for (const hints of this.others) hints.wake([Hints.ANY]);
  }

  /** A running run has news for those who follow it; no worker has anything to do about it. */
  notifyFollowers(runId: string): void {
    for (const hints of this.others) hints.hear([runId], runId, null);
  }

  /** These resources were held by a run and may be free now. */
  notifyFreed(resources: readonly string[]): void {
    for (const hints of this.others) hints.wake(resources.map(resourceKey));
  }

  /** A run lost its lease, and with it whatever it held: what that was only the store knows. */
  notifyAnyFreed(): void {
    for (const hints of this.others) hints.wake([...hints.watches.keys()].filter((key) => key.startsWith(RESOURCE)));
  }

  /** Wakes everybody who waits here: what they wait for may not come any more. */
  wakeAll(): void {
    this.wake([...this.watches.keys()]);
  }

  /** Calls `listener` at each hint about a run, to pass it on to other processes; returns the end of it. */
  onNotify(listener: (runId: string, from: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Calls `onChange` at each change of these runs: at once for one of this process, within `CHANGE_HINT_MS` for others where
   * the store gives hints, and every `CHANGE_HINT_MS` where it does not.
   */
  subscribe(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe {
    const listener: ChangeListener = (change) => onChange(change);
    for (const topic of topics) {
      this.subscribers.set(topic, (this.subscribers.get(topic) ?? new Set()).add(listener));
    }
    const stop = this.changes.subscribe?.(topics, listener) ?? this.lookAtTimes(topics, listener);
    return () => {
      stop();
      for (const topic of topics) {
        const listeners = this.subscribers.get(topic);
        listeners?.delete(listener);
        if (listeners?.size === 0) this.subscribers.delete(topic);
      }
    };
  }

  /** Hears hints about `key` (a run's id, or `ANY`) from now on, until its `end` is called. Make it before the first look. */
  watch(key: string): HintWatch {
    return new HintWatch(this.clock, this.lookMs, this.watches, [key]);
  }

  /**
   * As `watch`, for one who only reads a run: it hears of other processes' changes from the store where that gives hints, and
   * then looks without one rarely.
   */
  follow(runId: RunId): HintWatch {
    const { subscribe } = this.changes;
    if (subscribe === undefined) return this.watch(runId);
    const watch = new HintWatch(this.clock, TOLD_LOOK_MS, this.watches, [runId], () => stop());
    const stop = subscribe([runId], ({ head }) => watch.hear(head));
    return watch;
  }

  /** As `watch`, for resources that are waited for. */
  watchResources(resources: readonly string[]): HintWatch {
    return new HintWatch(this.clock, this.lookMs, this.watches, resources.map(resourceKey));
  }

  /** This Holdfast is closed and hears nothing of others. */
  close(): void {
    this.others.delete(this);
    if (this.store !== null && this.others.size === 0) byStore.delete(this.store);
  }

  private hear(keys: readonly string[], runId: string, from: unknown): void {
    for (const listener of this.listeners) listener(runId, from);
    this.wake(keys);
    if (this.subscribers.size === 0) return;
    const change = { runId: runId === Hints.ANY ? null : (runId as RunId), head: null };
    const topics = runId === Hints.ANY ? [Hints.ANY] : [runId, Hints.ANY];
    for (const topic of topics) for (const listener of this.subscribers.get(topic) ?? []) listener(change);
  }

  /** For a store without hints: a change may have come at any time. */
  private lookAtTimes(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe {
    const ended = new AbortController();
    const look = () => {
      if (ended.signal.aborted) return;
      for (const topic of topics) onChange({ runId: topic === "*" ? null : topic, head: null });
      timer = this.clock.setTimer(this.lookMs, look);
    };
    let timer = this.clock.setTimer(this.lookMs, look);
    return () => {
      ended.abort();
      timer.cancel();
    };
  }

  private wake(keys: readonly string[]): void {
    for (const key of keys) for (const watch of this.watches.get(key) ?? []) watch.hear();
  }

  static readonly ANY = "*";
}

/** A run's id has no space, so the two never meet. */
const RESOURCE = "resource ";
const resourceKey = (resource: string) => `${RESOURCE}${resource}`;

/** Ends one sleep. An `AbortController` and its event took 60 µs of the way from a start to its claim (W5). */
class Woken implements StopSignal {
  aborted = false;
  private listener: (() => void) | null = null;

  addEventListener(_type: "abort", listener: () => void): void {
    this.listener = listener;
  }

  removeEventListener(): void {
    this.listener = null;
  }

  tell(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.listener?.();
  }
}

/** One waiter's ear: it hears hints while its owner looks at the store, too. */
export class HintWatch {
  /** Newest event that the owner has read; a hint of the store about no newer one wakes nobody. */
  seenHead = -1;
  private isHeard = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly clock: Clock,
    readonly lookMs: number,
    private readonly watches: Map<string, Set<HintWatch>>,
    private readonly keys: readonly string[],
    private readonly onEnd: () => void = () => {},
  ) {
    for (const key of keys) {
      const watches = this.watches.get(key) ?? new Set();
      this.watches.set(key, watches.add(this));
    }
  }

  /** `head`: the run's newest event, where that is known. */
  hear(head: number | null = null): void {
    if (head !== null && head <= this.seenHead) return;
    this.isHeard = true;
    this.wake?.();
  }

  /**
   * Resolves at the first hint since the last wait ended (at once if it came before this call), at the next look, or when
   * `signal` aborts.
   */
  async wait(signal?: AbortSignal | undefined, lookMs: number = this.lookMs): Promise<void> {
    if (!this.isHeard && !signal?.aborted) {
      const woken = new Woken();
      this.wake = () => woken.tell();
      signal?.addEventListener("abort", this.wake, { once: true });
      await this.clock.sleep(lookMs, woken);
      signal?.removeEventListener("abort", this.wake);
      this.wake = null;
    }
    this.isHeard = false;
  }

  end(): void {
    this.onEnd();
    for (const key of this.keys) {
      const watches = this.watches.get(key);
      watches?.delete(this);
      if (watches?.size === 0) this.watches.delete(key);
    }
  }
}
