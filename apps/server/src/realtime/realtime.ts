/**
 * Sockets: Socket.IO over WebSocket alone, since long polling needs every request of a client at the same server. Who may open
 * one stands in `handshake.ts`, what they are sent in `rooms.ts`; here is what they may ask. Acts go over HTTP.
 *
 * Socket.IO's own recovery of connections is off: it would give back rooms without asking who is there, and knows nothing of
 * what the store has. What a client misses it asks for by number.
 */
import type { Server as HttpServer } from "node:http";
import {
  HoldfastError,
  NotAuthorisedError,
  problemOf,
  RequestMalformedError,
  RunNotFoundError,
  TooManyRequestsError,
} from "@holdfast/core";
import { systemClock } from "@holdfast/engine";
import {
  CLIENT_FRAMES,
  type ClientFrame,
  type ClientFrameName,
  FRAME_BYTES_MAX,
  REALTIME_PATH,
  ROOMS_MAX,
} from "@holdfast/protocol";
import type { FastifyBaseLogger } from "fastify";
import { Server, type Socket } from "socket.io";
import type { z } from "zod";
import { findOwnRun } from "../auth/own.js";
import type { ServerContext } from "../context.js";
import type { Caller } from "../roles.js";
import { FrameLimits } from "./frame-limits.js";
import { asConnectError, Door } from "./handshake.js";
import { Refusals } from "./refusals.js";
import { Rooms } from "./rooms.js";
import { answerSync } from "./sync.js";

/** Time for a client to bring a new token; of less, half: who brings the same one again must not be asked again at once. */
const EXPIRING_MS = 60_000;
/** Clients of a server that restarts come back over this time, not all at once. */
const RETURN_WITHIN_MS = 5_000;
/** So that a proxy, or a machine that is gone, is noticed before anybody wonders. */
const PING = { pingInterval: 25_000, pingTimeout: 20_000 };

interface SocketData {
  caller: Caller;
  leavePlace: () => void;
  expiry: { cancel(): void } | null;
}
type Answer = (answer: unknown) => void;

export interface Realtime {
  /** Tells everybody to come back later, and disconnects them. */
  readonly close: () => Promise<void>;
}

export function openRealtime(server: HttpServer, context: ServerContext, log: FastifyBaseLogger): Realtime {
  const door = new Door(context);
  const refusals = new Refusals(context, log);
  const io = new Server(server, {
    path: REALTIME_PATH,
    transports: ["websocket"],
    serveClient: false,
    maxHttpBufferSize: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    httpCompression: false,
    ...PING,
    allowRequest: (request, callback) => {
      try {
        door.checkSite(request);
        callback(null, !context.stopping.aborted);
      } catch (error) {
        refusals.note(null, wordOf(error));
        callback(error instanceof HoldfastError ? error.code : "refused", false);
      }
    },
  });
  const rooms = new Rooms(io, context);

  io.use((socket, next) => {
    const { auth, headers, address } = socket.handshake;
    door
      .admit({ auth, headers, address })
      .then((caller) => {
        const data: SocketData = { caller, leavePlace: door.takePlace(caller), expiry: null };
        socket.data = data;
        // A connection that ends before it is one gives its place back, too.
        socket.conn.once("close", () => data.leavePlace());
        next();
      })
      .catch((error: HoldfastError) => {
        refusals.note(null, wordOf(error));
        next(asConnectError(error, problemOf(error)));
      });
  });

  io.on("connection", (socket) => {
    const talk = new Conversation(socket, context, rooms, refusals, log);
    talk.begin();
  });

  return {
    close: async () => {
      for (const socket of io.of("/").sockets.values()) {
        socket.emit("server:closing", { reconnectInMs: Math.round(Math.random() * RETURN_WITHIN_MS) });
      }
      rooms.close();
      io.disconnectSockets(true);
      // Not `io.close()`: it would close the HTTP server, which is Fastify's.
      io.engine.close();
    },
  };
}

/** What one socket asks, and how it ends. */
class Conversation {
  private readonly limits = new FrameLimits(systemClock.monotonicMs);
  private readonly data: SocketData;
  private expiring: { cancel(): void } | null = null;
  private isEnded = false;

  constructor(
    private readonly socket: Socket,
    private readonly context: ServerContext,
    private readonly rooms: Rooms,
    private readonly refusals: Refusals,
    private readonly log: FastifyBaseLogger,
  ) {
    this.data = socket.data as SocketData;
  }

  begin(): void {
    const { socket } = this;
    this.watchExpiry();
    // Every frame, known or not: none reaches a handler of its own.
    socket.use((packet) => this.take(packet as unknown[]));
    socket.on("error", (error) => this.log.debug({ err: error }, "a socket failed"));
    socket.on("disconnect", (_, description) => {
      this.expiring?.cancel();
      this.data.expiry?.cancel();
      const what = String(
        (description as { description?: unknown; message?: unknown } | undefined)?.description ?? description,
      );
      if (/max payload size/i.test(what)) this.refuse(`a frame of more than ${FRAME_BYTES_MAX} bytes`);
    });
  }

  private take(packet: unknown[]): void {
    if (this.isEnded) return;
    const [name, body] = packet;
    const last = packet.at(-1);
    const answer: Answer = typeof last === "function" ? (last as Answer) : () => {};
    const verdict = this.limits.count();
    if (verdict === "disconnect") this.end("too many frames");
    if (verdict !== "take") {
      const what = "this socket has reached its rate limit for frames";
      answer(refusalOf(new TooManyRequestsError({ retryAfterMs: this.limits.retryAfterMs, what })));
      return;
    }
    const schema = Object.hasOwn(CLIENT_FRAMES, String(name)) ? CLIENT_FRAMES[name as ClientFrameName] : undefined;
    const read = schema?.safeParse(body);
    if (read?.success !== true) {
      if (this.limits.countBad() === "disconnect") this.end("too many invalid frames");
      answer(refusalOf(misfit(String(name), schema === undefined ? null : read?.error)));
      return;
    }
    this.answer(name as ClientFrameName, read.data).then(answer, (error: unknown) => {
      if (!(error instanceof HoldfastError)) this.log.error({ err: error }, "unexpected error of a socket");
      answer(refusalOf(error));
    });
  }

  private async answer(name: ClientFrameName, body: unknown): Promise<unknown> {
    switch (name) {
      case "join": {
        const { room } = body as ClientFrame<"join">;
        await this.join(room);
        return { kind: "done" };
      }
      case "leave": {
        const { room } = body as ClientFrame<"leave">;
        await this.socket.leave(room.replace(/^job:/, "run:"));
        return { kind: "done" };
      }
      case "sync": {
        const { runId, after, epoch, want } = body as ClientFrame<"sync">;
        const { feed, head } = await this.joinRun(runId);
        return answerSync(this.context.holdfast, feed, { after, epoch, wantsEvery: want === "events", head });
      }
      case "renew": {
        const { token } = body as ClientFrame<"renew">;
        await this.renew(token);
        return { kind: "done" };
      }
    }
  }

  private async join(room: string): Promise<void> {
    const [kind, name = ""] = split(room);
    if (kind !== "user") {
      await this.joinRun(name);
      return;
    }
    const { caller } = this.data;
    if (caller.role !== "admin" && name !== caller.id) {
      this.refuse(`may not watch the runs of ${name}`);
      // As for a run of somebody else's: what there is stays unsaid.
      throw new RunNotFoundError({ runId: room });
    }
    this.checkPlace(room);
    await this.socket.join(room);
  }

  /** @throws {RunNotFoundError} also for a run of somebody else's, and when the socket is gone by now. */
  private async joinRun(runId: string) {
    const run = await findOwnRun(this.context, this.data.caller, runId);
    if (run === "foreign") this.refuse("may not watch another owner's run", runId);
    if (typeof run === "string") throw new RunNotFoundError({ runId });
    if (!this.socket.connected) throw new RunNotFoundError({ runId });
    this.checkPlace(`run:${runId}`);
    return { feed: this.rooms.joinRun(this.socket, run), head: run.head };
  }

  private checkPlace(room: string): void {
    // One of them is the socket's own.
    if (this.socket.rooms.has(room) || this.socket.rooms.size <= ROOMS_MAX) return;
    throw new TooManyRequestsError({ retryAfterMs: 1_000, what: `a socket can be in at most ${ROOMS_MAX} rooms` });
  }

  /** The same caller with a newer credential: nobody becomes another one. */
  private async renew(token: string): Promise<void> {
    const found = await this.context.authenticator.findByToken(token);
    if (found === null || found.id !== this.data.caller.id) {
      this.refuse("the token for the renewal is invalid, or belongs to another caller");
      throw new NotAuthorisedError({ reason: "no valid token" });
    }
    this.data.caller = found;
    this.watchExpiry();
  }

  private watchExpiry(): void {
    this.expiring?.cancel();
    this.data.expiry?.cancel();
    const { expiresAt } = this.data.caller.credential;
    if (expiresAt === null) return;
    const leftMs = expiresAt - this.context.nowMs();
    this.expiring = systemClock.setTimer(Math.max(0, leftMs - Math.min(EXPIRING_MS, leftMs / 2)), () => {
      const inMs = Math.max(0, Math.round(expiresAt - this.context.nowMs()));
      this.socket.emit("auth:expiring", { inMs });
    });
    this.data.expiry = systemClock.setTimer(leftMs, () => this.end("its credential has expired"));
  }

  /** Once: frames that came with the one too many are nobody's any more. */
  private end(what: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.refuse(what);
    this.socket.disconnect(true);
  }

  private refuse(what: string, runId: string | null = null): void {
    this.refusals.note(this.data.caller.id, what, runId);
  }
}

function misfit(name: string, error: z.ZodError | null | undefined): RequestMalformedError {
  const [issue] = error?.issues ?? [];
  const message = error === null ? `is none of ${Object.keys(CLIENT_FRAMES).join(", ")}` : "does not fit";
  const path = issue?.path.map(String).join(".") ?? "";
  return new RequestMalformedError({
    subject: `frame ${name.slice(0, 40)}`,
    issues: [{ path, message: issue?.message ?? message }],
  });
}

const split = (room: string): [string, string] => {
  const at = room.indexOf(":");
  return [room.slice(0, at), room.slice(at + 1)];
};
const refusalOf = (error: unknown) => ({ kind: "refused", problem: problemOf(error) });
const wordOf = (error: unknown) => (error instanceof HoldfastError ? `${error.code}: ${error.message}` : "refused");
