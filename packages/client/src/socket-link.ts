/** Socket.IO over WebSocket alone. The connection reconnects, so that each attempt uses a fresh token. */
import {
  connectRefusal,
  type EventFrame,
  REALTIME_PATH,
  SERVER_FRAMES,
  type ServerFrame,
  type ServerFrameName,
  type SyncAnswer,
  syncAnswer,
} from "@holdfast/protocol";
import type { Socket } from "socket.io-client";
import type { Http } from "./http.js";
import type { Link, LinkEvents, SyncWish } from "./links.js";
import { parseRun } from "./records.js";

/** Timeout for an upgrade: some servers and proxies never answer it, and another link must then be tried soon. */
const CONNECT_WITHIN_MS = 3_000;
const ANSWER_WITHIN_MS = 10_000;
/** A token that is renewed late is renewed by the next connection. */
const REFUSED = new Set(["NOT_AUTHORISED", "FORBIDDEN", "ORIGIN_REFUSED", "HOST_REFUSED"]);

type Opened = { readonly link: Link } | { readonly isRefused: boolean };

/** Opens a socket, or reports whether the server refused it or it could not be opened. */
export async function openSocketLink(http: Http, events: LinkEvents): Promise<Opened> {
  const { io } = await import("socket.io-client");
  const token = await http.token();
  const socket: Socket = io(http.base.origin, {
    path: `${http.base.pathname.replace(/\/$/, "")}${REALTIME_PATH}`,
    transports: ["websocket"],
    auth: token === null ? {} : { token },
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_WITHIN_MS,
  });
  const refusal = await new Promise<{ readonly isRefused: boolean } | null>((resolve) => {
    // The manager's own timeout covers the upgrade; this one also covers a handshake that is never answered.
    const timer = setTimeout(() => resolve({ isRefused: false }), 2 * CONNECT_WITHIN_MS);
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(null);
    });
    socket.once("connect_error", (error: Error & { data?: unknown }) => {
      clearTimeout(timer);
      const read = connectRefusal.safeParse(error.data);
      resolve({ isRefused: read.success && REFUSED.has(read.data.problem.code) });
    });
  });
  if (refusal !== null) {
    socket.disconnect();
    return refusal;
  }
  return { link: new SocketLink(socket, http, events) };
}

/** Checked by hand: for a run that writes a thousand events a second, the schema would cost more than all other processing. */
function isEvents(body: unknown): body is ServerFrame<"run:events"> {
  const { runId, epoch, head, events } = (body ?? {}) as Partial<Record<keyof ServerFrame<"run:events">, unknown>>;
  return (
    typeof runId === "string" &&
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(head) &&
    Array.isArray(events) &&
    events.every(isEvent)
  );
}

const isEvent = (event: Partial<EventFrame> | null) =>
  typeof event === "object" &&
  event !== null &&
  Number.isSafeInteger(event.seq) &&
  typeof event.type === "string" &&
  typeof event.at === "number";

class SocketLink implements Link {
  readonly kind = "socket";
  private isClosed = false;
  private retryInMs: number | null = null;
  private room: string | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly http: Http,
    events: LinkEvents,
  ) {
    socket.on("run:events", (body: unknown) => {
      if (isEvents(body)) events.onEvents(body.runId, body.epoch, body.head, body.events);
    });
    this.on("run:progress", (frame) => events.onProgress(frame));
    this.on("run:head", ({ heads }) => {
      for (const { runId, epoch, head } of heads) events.onHead(runId, epoch, head);
    });
    this.on("run:lagging", ({ runIds }) => {
      for (const runId of runIds) events.onLagging(runId);
      // Rows were dropped too.
      events.onUnknownRows();
    });
    this.on("run:gone", ({ runId }) => events.onGone(runId));
    this.on("runs:changed", ({ rows }) => events.onRows(rows));
    this.on("auth:expiring", () => void this.renew());
    this.on("server:closing", ({ reconnectInMs }) => {
      this.retryInMs = reconnectInMs;
    });
    socket.io.on("ping", events.onHeard);
    socket.on("disconnect", (_, details) => {
      if (this.isClosed) return;
      this.isClosed = true;
      const said = connectRefusal.safeParse((details as { context?: unknown } | undefined)?.context);
      events.onDown({ isRefused: said.success, retryInMs: this.retryInMs });
    });
  }

  async sync(wish: SyncWish): Promise<SyncAnswer> {
    const { runId, after, epoch, wantsEvery } = wish;
    const answer = await this.ask("sync", {
      runId,
      after,
      ...(epoch === null ? {} : { epoch }),
      want: wantsEvery ? "events" : "auto",
    });
    const read = syncAnswer.parse(answer);
    return read.kind === "snapshot" ? { ...read, run: parseRun(read.run) } : read;
  }

  leave(runId: string): void {
    if (this.socket.connected) void this.ask("leave", { room: `run:${runId}` }).catch(() => {});
  }

  watchRows(user: string | null): void {
    const room = user === null ? null : `user:${user}`;
    if (room === this.room || !this.socket.connected) return;
    const former = this.room;
    this.room = room;
    if (former !== null) void this.ask("leave", { room: former }).catch(() => {});
    if (room !== null) void this.ask("join", { room }).catch(() => {});
  }

  close(): void {
    this.isClosed = true;
    this.socket.disconnect();
  }

  private async renew(): Promise<void> {
    const token = await this.http.token();
    if (token !== null && this.socket.connected) await this.ask("renew", { token }).catch(() => {});
  }

  /** Only while connected: Socket.IO would keep the frame and send it to another session. */
  private ask(name: string, body: unknown): Promise<unknown> {
    if (!this.socket.connected) return Promise.reject(new Error("the socket is closed"));
    return this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(name, body);
  }

  /** Drops an invalid frame; its content is requested later. */
  private on<N extends ServerFrameName>(name: N, take: (frame: ServerFrame<N>) => void): void {
    this.socket.on(name as string, (body: unknown) => {
      const read = SERVER_FRAMES[name].safeParse(body);
      if (read.success) take(read.data as ServerFrame<N>);
    });
  }
}
