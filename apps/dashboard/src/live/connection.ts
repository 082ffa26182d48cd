/**
 * How fresh what one sees is: the one place that knows, for the chip at the top. Live while the server answers, offline from the
 * first request that nobody answered, paused by the person at the page: then nothing asks by itself, by whatever path.
 */
import { onTraffic } from "../api/client.js";
import { useWatched, watched } from "../parts/store.js";

export interface Connection {
  readonly kind: "live" | "catchingUp" | "polling" | "offline" | "paused";
  /** Of the newest answer, or of the pause. */
  readonly at: number;
  /** Events that are still to come, where it catches up. */
  readonly behind: number;
}

const connection = watched<Connection>({ kind: "live", at: Date.now(), behind: 0 });

onTraffic((event) => {
  if (connection.get().kind === "paused") return;
  if (event === "unreachable")
    connection.set((was) => (was.kind === "offline" ? was : { ...was, kind: "offline", behind: 0 }));
  // The instant of an answer is kept without telling anybody: it is read when the connection is gone.
  else if (event === "answered") {
    const was = connection.get();
    if (was.kind === "offline") connection.set({ kind: "live", at: Date.now(), behind: 0 });
    else (was as { at: number }).at = Date.now();
  }
});

export const useConnection = (): Connection => useWatched(connection);
export const isPaused = (): boolean => connection.get().kind === "paused";
export const isOffline = (): boolean => connection.get().kind === "offline";
export const watchConnection = connection.watch;

export function catchUp(behind: number): void {
  connection.set((was) => {
    if (was.kind !== "live" && was.kind !== "catchingUp") return was;
    return behind > 0 ? { ...was, kind: "catchingUp", behind } : { ...was, kind: "live", behind: 0 };
  });
}

export function togglePause(): void {
  connection.set((was) => ({ kind: was.kind === "paused" ? "live" : "paused", at: Date.now(), behind: 0 }));
}
