/**
 * Where a page that was opened without a place goes: back to the run this tab holds; after a restart of the browser to the run
 * that was looked at last, while it is still of interest; else to the list. Nothing is ever resumed by it.
 */
import { lastHeld, tabRun } from "../tab/tab-run.js";

type Place = { readonly to: "/runs/$runId"; readonly params: { readonly runId: string } } | { readonly to: "/runs" };

export async function firstPlace(): Promise<Place> {
  const held = (await tabRun()) ?? (await lastHeld());
  return held === null ? { to: "/runs" } : { to: "/runs/$runId", params: { runId: held } };
}
