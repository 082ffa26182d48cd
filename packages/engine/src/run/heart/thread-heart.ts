/** The heart of a real worker: starts the heartbeat thread at the first lease and listens to it. */
import { Worker } from "node:worker_threads";
import { beatIntervalMs, type Lease, leaseWindowMs, type Store } from "@holdfast/core";
import type { Heart, HeartEvents, HeldLease } from "./heart.js";
import {
  type FromHeart,
  HEART_SLOTS_MAX,
  type HeartThreadStart,
  type HoldValues,
  type ToHeart,
} from "./thread-protocol.js";

/** How often the main loop shows that it moves. A tenth of the shortest sensible `maxBlockedMs`. */
const TICK_MS = 250;

interface Held {
  readonly lease: Lease;
  readonly events: HeartEvents;
}

export class ThreadHeart implements Heart {
  private readonly ticks = new Int32Array(new SharedArrayBuffer(4));
  private readonly askedAt = new BigInt64Array(new SharedArrayBuffer(8 * HEART_SLOTS_MAX));
  private readonly turns = new Int32Array(new SharedArrayBuffer(4 * HEART_SLOTS_MAX));
  private readonly held: (Held | null)[] = Array.from({ length: HEART_SLOTS_MAX }, () => null);
  private readonly freeSlots = Array.from({ length: HEART_SLOTS_MAX }, (_, i) => HEART_SLOTS_MAX - 1 - i);
  private thread: Worker | null = null;
  private ticker: NodeJS.Timeout | null = null;
  /** Not sent yet: what one turn of the loop takes goes as one message. */
  private unsent: (string | number)[] = [];

  constructor(
    private readonly beatModule: NonNullable<Store["beatModule"]>,
    private readonly heartbeatMs: number,
    private readonly maxBlockedMs: number,
    private readonly diesWith: number | null,
  ) {}

  beatFor(lease: Lease, events: HeartEvents): HeldLease {
    const slot = this.freeSlots.pop();
    if (slot === undefined) throw new Error(`a process holds at most ${HEART_SLOTS_MAX} leases at a time`);
    Atomics.store(this.askedAt, slot, BigInt(lease.askedAtMs));
    Atomics.add(this.turns, slot, 1);
    this.held[slot] = { lease, events };
    this.sendHold(slot, lease);
    return {
      askedAtMs: () => Number(Atomics.load(this.askedAt, slot)),
      release: () => {
        if (this.held[slot]?.lease !== lease) return;
        this.held[slot] = null;
        Atomics.add(this.turns, slot, 1);
        this.freeSlots.push(slot);
      },
    };
  }

  async close(): Promise<void> {
    if (this.ticker !== null) clearInterval(this.ticker);
    this.ticker = null;
    this.flush();
    const thread = this.thread;
    this.thread = null;
    if (thread === null) return;
    const exited = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
    // Whoever closes waits for the end: without the reference a program that does nothing else ends before it.
    thread.ref();
    thread.postMessage(null satisfies ToHeart);
    await exited;
  }

  /** A microtask comes before any code of a run whose lease was taken in this turn, which may block the loop. */
  private sendHold(slot: number, { runId, token, nonce, ...lease }: Lease): void {
    this.thread ??= this.startThread();
    if (this.unsent.length === 0) queueMicrotask(() => this.flush());
    const intervalMs = beatIntervalMs(this.heartbeatMs, leaseWindowMs(lease));
    const turn = Atomics.load(this.turns, slot);
    this.unsent.push(...([slot, turn, runId, token, nonce, lease.leaseMs, intervalMs] satisfies HoldValues));
  }

  private flush(): void {
    const { unsent } = this;
    this.unsent = [];
    if (unsent.length > 0) this.thread?.postMessage(unsent satisfies ToHeart);
  }

  private startThread(): Worker {
    const start: HeartThreadStart = {
      moduleUrl: this.beatModule.url,
      moduleOptions: this.beatModule.options,
      maxBlockedMs: this.maxBlockedMs,
      diesWith: this.diesWith,
      ticks: this.ticks.buffer as SharedArrayBuffer,
      askedAt: this.askedAt.buffer as SharedArrayBuffer,
      turns: this.turns.buffer as SharedArrayBuffer,
    };
    const thread = new Worker(new URL("./heart-thread.js", import.meta.url), {
      workerData: start,
      resourceLimits: { maxYoungGenerationSizeMb: 2 }, // a beat is a few small objects
    });
    thread.unref();
    thread.on("message", (message: FromHeart) => this.hear(message));
    // A thread that died (out of memory) beats no more: another takes over its leases while their trust lasts.
    thread.on("error", () => {
      if (this.thread !== thread) return;
      this.thread = null;
      this.unsent = [];
      for (const [slot, held] of this.held.entries()) if (held !== null) this.sendHold(slot, held.lease);
    });
    this.ticker ??= setInterval(() => Atomics.add(this.ticks, 0, 1), TICK_MS).unref();
    return thread;
  }

  private hear(message: FromHeart): void {
    const held = this.held[message.slot] ?? null;
    if (held === null || held.lease.runId !== message.runId || held.lease.token !== message.token) return;
    if (message.kind === "lost") held.events.onLost(message.heldBy);
    else held.events.onWish(message.wish);
  }
}
