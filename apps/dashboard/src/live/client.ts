/** The client of the page: one connection for all that is watched, with the session's cookie, wherever the page is mounted. */
import "./no-eval.js";
import { createHoldfastClient } from "@holdfast/client";

export const client = createHoldfastClient();

/** Another person signed in, or the same one anew: what is open was opened with the former session. */
export function reconnect(): void {
  client.pause();
  client.resume();
}
