/** The only way in which these tests wait: for an observable condition, with a deadline that only a failure reaches. */
import { setTimeout as pause } from "node:timers/promises";

/** 15 ms between looks: no duration measured here is asserted more finely than a tenth of a second. */
const LOOK_MS = 15;

/**
 * Resolves with the answer of `condition` as soon as that is neither null, undefined nor false. @throws {Error} naming
 * `what` when `withinMs` have passed; errors of `condition` pass through.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { withinMs, what }: { readonly withinMs: number; readonly what: string },
): Promise<NonNullable<Exclude<T, false>>> {
  const startedMs = performance.now();
  for (;;) {
    const found = await condition();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() - startedMs > withinMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await pause(LOOK_MS);
  }
}

/** Milliseconds of the host's monotonic clock, the same in every process of the host, unlike `performance.now()`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
