/** The heart of a real worker: starts the heartbeat thread at the first lease and listens to it. */
import { Worker } from "node:worker_threads";
import { beatIntervalMs, type Lease, leaseWindowMs, type Store } from "@holdfast/core";
import type { Heart, HeartEvents, HeldLease } from "./heart.js";
import { type FromHeart, HEART_SLOTS_MAX, type HeartThreadStart, type ToHeart } from "./thread-protocol.js";

/** How often the main loop shows that it moves. A tenth of the shortest sensible `maxBlockedMs`. */
const TICK_MS = 250;

export class ThreadHeart implements Heart {
  private readonly ticks = new Int32Array(new SharedArrayBuffer(4));
  private readonly askedAt = new BigInt64Array(new SharedArrayBuffer(8 * HEART_SLOTS_MAX));
  private readonly held = new Map<number, { readonly lease: Lease; readonly events: HeartEvents }>();
  private readonly freeSlots = Array.from({ length: HEART_SLOTS_MAX }, (_, i) => HEART_SLOTS_MAX - 1 - i);
  private thread: Worker | null = null;
  private ticker: NodeJS.Timeout | null = null;
  /** Not sent yet: what one turn of the loop takes and gives back goes as one message. */
  private unsent: ToHeart[] = [];

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
    this.held.set(slot, { lease, events });
    this.sendHold(slot, lease);
    return {
      askedAtMs: () => Number(Atomics.load(this.askedAt, slot)),
      release: () => {
        if (this.held.get(slot)?.lease !== lease) return;
        this.held.delete(slot);
        this.freeSlots.push(slot);
        if (this.thread !== null) this.send({ kind: "release", slot, runId: lease.runId, token: lease.token });
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
    thread.postMessage([{ kind: "close" }] satisfies ToHeart[]);
    await exited;
  }

  private sendHold(slot: number, lease: Lease): void {
    this.send({
      kind: "beatFor",
      slot,
      runId: lease.runId,
      token: lease.token,
      nonce: lease.nonce,
      leaseMs: lease.leaseMs,
      intervalMs: beatIntervalMs(this.heartbeatMs, leaseWindowMs(lease)),
    });
  }

  /** A microtask comes before any code of a run whose lease was taken in this turn, which may block the loop. */
  private send(message: ToHeart): void {
    this.thread ??= this.startThread();
    if (this.unsent.length === 0) queueMicrotask(() => this.flush());
    this.unsent.push(message);
  }

  private flush(): void {
    const { unsent } = this;
    this.unsent = [];
    if (unsent.length > 0) this.thread?.postMessage(unsent);
  }

  private startThread(): Worker {
    const start: HeartThreadStart = {
      moduleUrl: this.beatModule.url,
      moduleOptions: this.beatModule.options,
      maxBlockedMs: this.maxBlockedMs,
      diesWith: this.diesWith,
      ticks: this.ticks.buffer as SharedArrayBuffer,
      askedAt: this.askedAt.buffer as SharedArrayBuffer,
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
      for (const [slot, { lease }] of this.held) this.sendHold(slot, lease);
    });
    this.ticker ??= setInterval(() => Atomics.add(this.ticks, 0, 1), TICK_MS).unref();
    return thread;
  }

  private hear(message: FromHeart): void {
    const held = this.held.get(message.slot);
    if (held === undefined || held.lease.runId !== message.runId || held.lease.token !== message.token) return;
    if (message.kind === "lost") held.events.onLost(message.heldBy);
    else held.events.onWish(message.wish);
  }
}
