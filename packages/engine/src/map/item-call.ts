/** One call of an item's code: in an async context of its own, so that an error that nobody caught fails this item alone. */

import { owner, whenStraysAreTold } from "../run/stray.js";
import type { ItemFn } from "../workflow/context.js";
import type { LiveItemContext } from "./item-context.js";
import { raceTimeout } from "./item-timeout.js";

export interface ItemCall {
  readonly stage: string;
  readonly fn: ItemFn<unknown, unknown, unknown>;
  readonly item: unknown;
  readonly context: LiveItemContext;
  /** Undefined without one. */
  readonly timeoutMs: number | undefined;
  /** An error that nobody caught, after the call had ended. */
  readonly onLate: (error: unknown) => void;
}

/** What the call gave. @throws what it threw, its timeout, or an error of it that nobody caught. */
export async function callItem({ stage, fn, item, context, timeoutMs, onLate }: ItemCall): Promise<unknown> {
  const call = () => {
    const called = fn(item as never, context);
    return timeoutMs === undefined ? called : raceTimeout(called, context, timeoutMs);
  };
  if (whenStraysAreTold() === null) return call();
  let tellStray: (error: unknown) => void = () => {};
  const strayed = new Promise<never>((_, reject) => {
    tellStray = reject;
  });
  strayed.catch(() => {});
  // The run's own: an item's waits are its run's.
  const beginWait = owner.getStore()?.beginWait;
  const own = { stage, onStray: (error: unknown) => tellStray(error), beginWait };
  try {
    const value = await Promise.race([owner.run(own, async () => call()), strayed]);
    await Promise.race([whenStraysAreTold(), strayed]);
    return value;
  } finally {
    tellStray = onLate;
  }
}
