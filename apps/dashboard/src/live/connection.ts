/**
 * How fresh what one sees is: the one place that knows, for the chip at the top. Live while the client has a link, offline from
 * the moment it has none or a request that nobody answered, paused by the person at the page: then nothing asks by itself, by
 * whatever path.
 */
import type { ConnectionState } from "@holdfast/client";
import { useSyncExternalStore } from "react";
import { onTraffic } from "../api/client.js";
import { useWatched, watched } from "../tab/store.js";
import { client } from "./client.js";

export interface Connection {
  readonly kind: "connecting" | "live" | "catchingUp" | "polling" | "offline" | "paused";
  /** Of the newest answer, or of the pause. */
  readonly at: number;
  /** Events that are still to come, where it catches up. */
  readonly behind: number;
}

const connection = watched<Connection>({ kind: "connecting", at: Date.now(), behind: 0 });
let answeredAt = Date.now();
let isUnanswered = false;
/** What a page that is hidden and shown again, or two requests side by side, would make flicker. */
let behind = 0;

const isLinked = ({ kind }: ConnectionState) => kind === "live" || kind === "streaming" || kind === "polling";

function look(): void {
  const link = client.connection.get();
  const was = connection.get();
  const heardAt = Math.max(answeredAt, link.heardAt ?? 0);
  const next = ((): Connection => {
    if (was.kind === "paused") return was;
    if (isUnanswered || link.kind === "offline" || link.kind === "refused")
      return was.kind === "offline" ? was : { kind: "offline", at: heardAt, behind: 0 };
    // A try is no link yet: until it is one, nothing is fresher than before.
    if (!isLinked(link)) return was;
    if (behind > 0) return { kind: "catchingUp", at: heardAt, behind };
    return { kind: link.kind === "polling" ? "polling" : "live", at: heardAt, behind: 0 };
  })();
  if (next.kind !== was.kind || next.behind !== was.behind) connection.set(next);
}

client.connection.subscribe(look);
onTraffic((event) => {
  if (event === "answered") answeredAt = Date.now();
  const isNow = event === "unreachable" || (isUnanswered && event !== "answered");
  if (isNow === isUnanswered) return;
  isUnanswered = isNow;
  look();
});

export const useConnection = (): Connection => useWatched(connection);
/** Drawn anew when it changes: a poll that is due already must not be. */
export const usePaused = (): boolean => useSyncExternalStore(connection.watch, isPaused);
export const isPaused = (): boolean => connection.get().kind === "paused";
export const isOffline = (): boolean => connection.get().kind === "offline";

export function catchUp(count: number): void {
  behind = count;
  look();
}

export function togglePause(): void {
  if (isPaused()) {
    connection.set({ kind: "connecting", at: Date.now(), behind: 0 });
    client.resume();
  } else {
    connection.set({ kind: "paused", at: Date.now(), behind: 0 });
    client.pause();
  }
}
