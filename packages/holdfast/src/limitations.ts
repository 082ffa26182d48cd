/** Warns about what works only partly with the store as it was opened. A library must not print, so this emits Node warnings. */
import type { Store } from "@holdfast/core";

const told = new Set<string>();

/** Emits a Node warning with the code `HOLDFAST_` and the limitation's own, once in a process for each message. */
export function warnOfLimitations(store: Store): void {
  for (const { code, message } of store.limitations?.() ?? []) {
    if (told.has(message)) continue;
    told.add(message);
    process.emitWarning(message, { type: "HoldfastWarning", code: `HOLDFAST_${code}` });
  }
}
