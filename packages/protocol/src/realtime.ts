/**
 * The realtime protocol: frames between a server and its clients over Socket.IO, and the other frames of the event stream. The
 * store is authoritative and every push is a hint: a client that has seen event n requests the events after n.
 *
 * There are two kinds of data. *Events* are numbered without gaps, so a client notices what it has missed. *Progress* is the
 * latest value, without a number; its frames carry `head`, the number of the newest event, so a lost last event is noticed too.
 *
 *   client                                server
 *   sync { runId, after: 7 }      ──►     joins the room `run:<runId>`, then reads
 *                                 ◄──     replay { events 8 … 20, head: 20 }   or   snapshot { run, events, head }
 *                                 ◄──     run:events, run:progress, each 15 s run:head
 *   sync { runId, after: 20 }     ──►     after a gap, a reconnect, a wake-up, a head that is ahead
 */
import { z } from "zod";
import { problem } from "./problem.js";
import { event } from "./records.js";
import { progress, run, runSummary } from "./run.js";
import { count, instant, runId, runStatus } from "./scalars.js";

/** Path of Socket.IO below the server's base path. WebSocket only, no long polling. */
export const REALTIME_PATH = "/api/realtime";

/** Maximum number of events of one run in one answer. */
export const REPLAY_COUNT_MAX = 200;
/** Number of newest events in a snapshot. */
export const SNAPSHOT_EVENT_COUNT = 50;
/** A client that is further behind than this gets a snapshot, unless it requests every event. */
export const REPLAY_GAP_MAX = 1_000;
/** Interval at which a server sends the head of each watched run, in milliseconds. */
export const HEAD_EVERY_MS = 15_000;
/** Largest frame that a server accepts, in bytes. */
export const FRAME_BYTES_MAX = 16_384;
/** Maximum number of rooms for one socket. */
export const ROOMS_MAX = 100;

/** Rooms: `run:<runId>`, its alias `job:<runId>`, and `user:<id>` for the list of a user's runs (`user:*`: everybody's). */
export const room = z.union([
  z.string().regex(/^(run|job):[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/, "run:<runId> is expected"),
  z.string().regex(/^user:[^\p{Cc}]{1,200}$/u, "user:<id> is expected"),
]);

/** Client to server, each answered with an acknowledgement. Unknown fields are refused. */
export const CLIENT_FRAMES = {
  /** Joins a room without requesting earlier events. */
  join: z.strictObject({ room }),
  leave: z.strictObject({ room }),
  /**
   * Joins the run's room and requests the events after `after`, which is null for a client without events. `want: "events"`
   * requests every event, page by page, however many there are. `epoch` is the value that the server sent before.
   */
  sync: z.strictObject({
    runId,
    after: count.nullable(),
    epoch: count.optional(),
    want: z.enum(["auto", "events"]).optional(),
  }),
  /** A new token before the old one expires. */
  renew: z.strictObject({ token: z.string().min(1).max(8_192) }),
} as const;
export type ClientFrameName = keyof typeof CLIENT_FRAMES;
export type ClientFrame<N extends ClientFrameName> = z.output<(typeof CLIENT_FRAMES)[N]>;

/** An event as clients accept it: its type may come from a newer server. */
export const eventFrame = event.extend({ type: z.string() });
export type EventFrame = z.output<typeof eventFrame>;

const place = {
  runId: z.string(),
  epoch: count.meta({
    description: "Changes when the run was deleted and created again; a client's earlier data is then invalid.",
  }),
  head: count.meta({ description: "The newest event's number." }),
};

/** The acknowledgement of `sync`. */
export const syncAnswer = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("replay"), ...place, events: z.array(eventFrame) }),
  /** The state as of `head`, with the newest events up to it. */
  z.looseObject({ kind: z.literal("snapshot"), ...place, run, events: z.array(eventFrame) }),
  z.looseObject({ kind: z.literal("refused"), problem }),
]);
export type SyncAnswer = z.output<typeof syncAnswer>;

/** The acknowledgement of the other frames. */
export const plainAnswer = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("done") }),
  z.looseObject({ kind: z.literal("refused"), problem }),
]);
export type PlainAnswer = z.output<typeof plainAnswer>;

/** Progress and state of a run: the latest value, at most four a second. */
export const progressFrame = z.looseObject({
  ...place,
  at: instant,
  status: runStatus,
  reason: z.string().nullable(),
  wish: runSummary.shape.wish,
  progress,
  revision: z.string(),
});
export type ProgressFrame = z.output<typeof progressFrame>;

/** A pushed row of a list, without the input. */
export const pushedRow = runSummary.omit({ input: true });
export type PushedRow = z.output<typeof pushedRow>;

/** Server to client. */
export const SERVER_FRAMES = {
  /** New events of one run, in order. */
  "run:events": z.looseObject({ ...place, events: z.array(eventFrame).min(1) }),
  "run:progress": progressFrame,
  /** The heads of the runs that this socket watches, every 15 s. */
  "run:head": z.looseObject({ heads: z.array(z.looseObject(place)) }),
  /** This socket could not keep up and was removed from these runs' rooms; it must sync again. */
  "run:lagging": z.looseObject({ runIds: z.array(z.string()) }),
  /** The run was deleted, or the caller may no longer see it. */
  "run:gone": z.looseObject({ runId: z.string() }),
  /** Changed rows of the list, at most once a second, in the rooms of users. */
  "runs:changed": z.looseObject({ asOf: instant, rows: z.array(pushedRow) }),
  /** Additional names for the events of a recovery and a failure. */
  "job:recovery": z.looseObject({ jobId: z.string(), event: eventFrame }),
  "job:failed": z.looseObject({ jobId: z.string(), event: eventFrame }),
  /** The credential expires: `renew`, or be disconnected. */
  "auth:expiring": z.looseObject({ inMs: count }),
  /** The server is stopping. Reconnect after this time, which differs between clients. */
  "server:closing": z.looseObject({ reconnectInMs: count }),
} as const;
export type ServerFrameName = keyof typeof SERVER_FRAMES;
export type ServerFrame<N extends ServerFrameName> = z.output<(typeof SERVER_FRAMES)[N]>;

/** Why a connection was refused: the `data` of Socket.IO's `connect_error`. */
export const connectRefusal = z.looseObject({ problem });
