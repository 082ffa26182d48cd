/** A page that was open over an upgrade asks for parts that are gone: it is read anew, once, in the place where it is. */
import { recall, remember } from "../tab/store.js";

const KEY = "holdfast:reloaded-at";
/** Twice within it would be a loop. */
const AGAIN_MS = 60_000;

export function reloadOnceForLostChunk(): void {
  addEventListener("vite:preloadError", (event) => {
    const last = Number(recall(KEY, "session") ?? 0);
    if (Date.now() - last < AGAIN_MS) return;
    event.preventDefault();
    remember(KEY, String(Date.now()), "session");
    location.reload();
  });
}
