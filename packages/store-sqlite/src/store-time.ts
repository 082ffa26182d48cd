/**
 * The store's clock. Leases are judged by the host's monotonic clock together with the id of its boot, so that a
 * jump of the wall clock neither ends nor prolongs one; the wall clock only dates what people read.
 *
 * The shift is how tests move time in all threads of a store at once; it is zero otherwise.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type Clock, nameBoot } from "@holdfast/core";

export interface StoreTime {
  /** Milliseconds UTC, a whole number. */
  wallMs(): number;
  /** Milliseconds since the boot named by `bootId`, a whole number. */
  monotonicMs(): number;
  readonly bootId: string;
}

/** Two float64 numbers shared by all threads of a store: milliseconds added to the wall and the monotonic clock. */
export type ClockShift = SharedArrayBuffer;
export function createClockShift(): ClockShift {
  return new SharedArrayBuffer(16);
}

export function systemTime(shift: ClockShift | undefined, bootId: string): StoreTime {
  const shifts = new Float64Array(shift ?? createClockShift());
  return {
    bootId,
    wallMs: () => Date.now() + Math.floor(shifts[0] ?? 0),
    monotonicMs: () => {
      const [seconds, nanoseconds] = process.hrtime();
      return seconds * 1_000 + Math.floor(nanoseconds / 1_000_000) + Math.floor(shifts[1] ?? 0);
    },
  };
}

export function timeOfClock(clock: Clock, bootId: string): StoreTime {
  return { bootId, wallMs: () => Math.floor(clock.nowMs()), monotonicMs: () => Math.floor(clock.monotonicMs()) };
}

let bootId: string | null = null;

/** The name of this host's boot, asked once in a process: outside Linux that starts a program of the system. */
export function readBootId(): string {
  bootId ??= nameBoot({
    platform: process.platform,
    hostname: hostname(),
    readText: (path) => readFileSync(path, "utf8"),
    run: (program, args) => execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  });
  return bootId;
}
