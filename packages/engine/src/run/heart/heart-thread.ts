/**
 * The heartbeat thread: renews this process's leases over a connection of its own, whatever the main loop does.
 *
 * A stage may block the main loop for minutes and keep its lease. But blocked is not hung for ever: the main loop ticks a
 * shared counter, and when it has not moved for `maxBlockedMs` the beats stop, so that the run is found by others.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Beats, RunId, Timer } from "@holdfast/core";
import { systemClock } from "../../base/system-clock.js";
import {
  type FromHeart,
  type HeartThreadStart,
  HOLD_VALUES,
  type HoldValues,
  type ToHeart,
} from "./thread-protocol.js";

interface Beating {
  readonly slot: number;
  readonly turn: number;
  readonly runId: RunId;
  readonly token: number;
  readonly nonce: string;
  readonly leaseMs: number;
  readonly intervalMs: number;
  dueAtMs: number;
}

const start = workerData as HeartThreadStart;
const port = parentPort;
if (port === null) throw new Error("heart-thread.js is started by the engine as a worker thread");
const ticks = new Int32Array(start.ticks);
const askedAt = new BigInt64Array(start.askedAt);
const turns = new Int32Array(start.turns);
const beating = new Map<number, Beating>();
const clock = systemClock;

let beats: Beats | null = null;
let timer: Timer | null = null;
let armedForMs = Number.POSITIVE_INFINITY;
let lastTick = Atomics.load(ticks, 0);
let lastTickAtMs = clock.monotonicMs();

/** How often the parent is looked for: an orphan lives no longer than a worker needs to see its leases' holder dead. */
const PARENT_MS = 1_000;

/** The main loop hears of its parent's death too, but not while a stage blocks it. */
function watchParent(parent: number): void {
  clock.setTimer(PARENT_MS, () => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
    watchParent(parent);
  });
}
if (start.diesWith !== null) watchParent(start.diesWith);

const tell = (message: FromHeart) => port.postMessage(message);

async function openBeats(): Promise<Beats> {
  const module = (await import(start.moduleUrl)) as { openBeats(options: unknown): Beats | Promise<Beats> };
  return module.openBeats(start.moduleOptions);
}

function isMainLoopHung(nowMs: number): boolean {
  const tick = Atomics.load(ticks, 0);
  if (tick !== lastTick) {
    lastTick = tick;
    lastTickAtMs = nowMs;
  }
  return nowMs - lastTickAtMs > start.maxBlockedMs;
}

/** Still held, by the run that it was taken for. */
const isHeld = (entry: Beating) => beating.get(entry.slot) === entry && Atomics.load(turns, entry.slot) === entry.turn;

async function beatDue(): Promise<void> {
  const nowMs = clock.monotonicMs();
  if (isMainLoopHung(nowMs)) return;
  for (const entry of beating.values()) if (!isHeld(entry)) beating.delete(entry.slot);
  const due = [...beating.values()].filter((entry) => entry.dueAtMs <= nowMs);
  for (const entry of due) entry.dueAtMs = nowMs + entry.intervalMs;
  if (due.length === 0) return;
  // Before the call: a slow reply must not lengthen the trust.
  const askedAtMs = clock.monotonicMs();
  beats ??= await openBeats();
  const answers = await beats.beat(due);
  answers.forEach((answer, i) => {
    const entry = due[i];
    if (entry === undefined || !isHeld(entry)) return;
    const who = { slot: entry.slot, runId: entry.runId, token: entry.token };
    if (answer.kind === "lost") {
      beating.delete(entry.slot);
      tell({ kind: "lost", ...who, heldBy: answer.heldBy });
      return;
    }
    Atomics.store(askedAt, entry.slot, BigInt(askedAtMs));
    if (answer.wish !== null) tell({ kind: "wish", ...who, wish: answer.wish });
  });
}

function arm(): void {
  if (timer !== null || beating.size === 0) return;
  const nowMs = clock.monotonicMs();
  let dueAtMs = Number.POSITIVE_INFINITY;
  for (const entry of beating.values()) dueAtMs = Math.min(dueAtMs, entry.dueAtMs);
  armedForMs = dueAtMs;
  timer = clock.setTimer(Math.max(1, dueAtMs - nowMs), () => {
    timer = null;
    // A failed beat (store busy, disk full) is a beat not answered: the watch on the main loop judges by the last one.
    void beatDue()
      .catch(() => {})
      .finally(arm);
  });
}

/** The next beat is due sooner than the one that is waited for. */
function armSooner(dueAtMs: number): void {
  if (timer !== null && dueAtMs >= armedForMs) return;
  timer?.cancel();
  timer = null;
  arm();
}

port.on("message", (message: ToHeart) => {
  if (message === null) {
    timer?.cancel();
    beating.clear();
    void Promise.resolve(beats?.close()).finally(() => port.close());
    return;
  }
  const nowMs = clock.monotonicMs();
  let dueAtMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < message.length; at += HOLD_VALUES) {
    const values = message.slice(at, at + HOLD_VALUES) as unknown as HoldValues;
    const [slot, turn, runId, token, nonce, leaseMs, intervalMs] = values;
    const entry = { slot, turn, runId: runId as RunId, token, nonce, leaseMs, intervalMs, dueAtMs: nowMs + intervalMs };
    beating.set(slot, entry);
    dueAtMs = Math.min(dueAtMs, entry.dueAtMs);
  }
  armSooner(dueAtMs);
});
