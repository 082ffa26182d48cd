/** What a reader chose for this browser besides theme, density and keys: the zone of instants, and whether the tab may notify. */
import { recall, remember, useWatched, watched } from "../parts/store.js";
import { setZone, type Zone } from "../words/times.js";

const ZONE = "holdfast:zone";
const NOTIFY = "holdfast:notify";

const zone = watched<Zone>(recall(ZONE) === "utc" ? "utc" : "local");
const isNotifying = watched(recall(NOTIFY) === "on");
setZone(zone.get());

/** Watched at the root, so that every instant on the page is worded anew. */
export const useZone = (): Zone => useWatched(zone);

export function chooseZone(next: Zone): void {
  remember(ZONE, next === "local" ? null : next);
  setZone(next);
  zone.set(next);
}

export const useNotifying = (): boolean => useWatched(isNotifying);

/** The browser asks the reader once; what it answers decides. */
export async function chooseNotifying(next: boolean): Promise<void> {
  const isAllowed = next && "Notification" in window && (await Notification.requestPermission()) === "granted";
  remember(NOTIFY, isAllowed ? "on" : null);
  isNotifying.set(isAllowed);
}
