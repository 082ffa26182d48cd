/** The clock of the machine: the one place of the engine that reads it. */
import type { Clock, StopSignal } from "@holdfast/core";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // CLOCK_MONOTONIC: shared by all processes of a host, unmoved by clock jumps, still while the host is suspended.
  monotonicMs: () => Math.floor(Number(process.hrtime.bigint() / 1_000n) / 1_000),
  sleep: (ms: number, signal?: StopSignal | undefined) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake, { once: true });
    }),
  setTimer: (ms, fire) => {
    const timer = setTimeout(fire, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
