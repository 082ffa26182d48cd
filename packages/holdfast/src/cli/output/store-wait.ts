/** A wait for the store in words, for standard error. Pure. */
import type { StoreWait } from "@holdfast/engine";
import { oneLine } from "./text.js";

/** Null: the wait is over. */
export function wordStoreWait(wait: StoreWait | null): string {
  return wait === null ? "the store accepts writes again" : `waiting for the store: ${oneLine(wait.message)}`;
}
