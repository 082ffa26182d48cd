/**
 * One run a tab: which one this tab holds, over reloads. A duplicated tab gets a copy of the memory of the first; whoever has the
 * lock of the tab's id keeps it, the other begins anew and holds nothing.
 */
import { recall, remember, useWatched, watched } from "../parts/store.js";

const RUN = "holdfast:tab-run";
const TAB = "holdfast:tab-id";
const RECENT = "holdfast:recent";
const RECENT_MAX = 20;
/** After a restart of the browser: older than that is another day's work. */
const FRESH_MS = 12 * 3_600_000;

const held = watched<string | null>(null);
let claimed: Promise<void> | null = null;

/** The run of this tab, once it is sure that the memory is its own. */
export async function tabRun(): Promise<string | null> {
  claimed ??= claim();
  await claimed;
  return held.get();
}

export const useTabRun = (): string | null => useWatched(held);

export function holdRun(runId: string): void {
  held.set(runId);
  remember(RUN, runId, "session");
  const others = recentRuns().filter((one) => one.runId !== runId);
  remember(RECENT, JSON.stringify([{ runId, at: Date.now() }, ...others].slice(0, RECENT_MAX)));
}

export function letGo(): void {
  held.set(null);
  remember(RUN, null, "session");
}

interface Recent {
  readonly runId: string;
  readonly at: number;
}

export function recentRuns(): readonly Recent[] {
  try {
    const read = JSON.parse(recall(RECENT) ?? "[]") as unknown;
    return Array.isArray(read) ? (read as Recent[]).filter(({ runId }) => typeof runId === "string") : [];
  } catch {
    return [];
  }
}

/**
 * The run that was looked at last in this browser; null where that is long ago, or where another tab of ours is open: then this
 * is a further tab, not a browser that was closed and opened again.
 */
export async function lastHeld(): Promise<string | null> {
  const { held: locks = [] } = (await navigator.locks?.query()) ?? {};
  const ownName = `holdfast-tab:${recall(TAB, "session")}`;
  if (locks.some(({ name }) => name?.startsWith("holdfast-tab:") && name !== ownName)) return null;
  const [last] = recentRuns();
  return last !== undefined && Date.now() - last.at < FRESH_MS ? last.runId : null;
}

async function claim(): Promise<void> {
  const id = recall(TAB, "session");
  const isOurs = id !== null && (await tryLock(id));
  if (isOurs) {
    held.set(recall(RUN, "session"));
    return;
  }
  const fresh = crypto.randomUUID();
  remember(TAB, fresh, "session");
  // Its memory is another tab's.
  if (id !== null) remember(RUN, null, "session");
  await tryLock(fresh);
}

/** Held as long as the page is. Where there are no locks (a plain http address) the memory is taken for our own. */
function tryLock(id: string): Promise<boolean> {
  if (navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`holdfast-tab:${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
}
