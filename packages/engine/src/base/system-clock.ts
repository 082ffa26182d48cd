/** The clock of the machine: the one place of the engine that reads it. */
import { type Clock, type StopSignal, setLongTimer } from "@holdfast/core";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  // CLOCK_MONOTONIC: shared by all processes of a host, unmoved by clock jumps, still while the host is suspended.
  monotonicMs: () => Math.floor(Number(process.hrtime.bigint() / 1_000n) / 1_000),
  sleep: (ms: number, signal?: StopSignal | undefined) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        timer.cancel();
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setLongTimer(setOne, ms, wake);
      signal?.addEventListener("abort", wake, { once: true });
    }),
  setTimer: (ms, fire) => setLongTimer(setUnreferenced, ms, fire),
};

function setOne(ms: number, fire: () => void) {
  const timer = setTimeout(fire, ms);
  return { cancel: () => clearTimeout(timer) };
}

/** Does not keep the process alive. */
function setUnreferenced(ms: number, fire: () => void) {
  const timer = setTimeout(fire, ms).unref();
  return { cancel: () => clearTimeout(timer) };
}
