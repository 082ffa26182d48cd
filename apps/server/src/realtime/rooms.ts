/**
 * Rooms: who watches what, and what they are sent. A run's room has one feed, from its first socket to its last. A socket that
 * cannot keep up is removed from its rooms; when its line is free again, it is notified and syncs.
 */
import type { EventText } from "@holdfast/core";
import { type RunSummary, systemClock } from "@holdfast/engine";
import {
  type EventFrame,
  HEAD_EVERY_MS,
  type ProgressFrame,
  type ServerFrame,
  type ServerFrameName,
} from "@holdfast/protocol";
import type { Server, Socket } from "socket.io";
import type { ServerContext } from "../context.js";
import type { FeedListener, RunFeed } from "../streams/run-feed.js";
import { FrameText } from "./frame-text.js";
import { ListFeed } from "./list-feed.js";

/** Frames that wait in the server for one socket. */
const WAITING_FRAMES_MAX = 256;
/** Characters of them: in a flood of large events a frame is hundreds of kilobytes, and few of them are more than a socket may cost. */
const WAITING_CHARS_MAX = 4 * 1024 * 1024;
/** A line that was full for so long belongs to nobody any more. */
const LAGGING_MAX_MS = 60_000;

export class Rooms {
  private readonly feeds = new Map<string, RunFeed>();
  private readonly lists: ListFeed;
  /** Sockets that could not keep up, and the runs that they were watching. */
  private readonly lagging = new Map<string, Set<string>>();
  private readonly beacon: { cancel(): void };
  private readonly listener: FeedListener = {
    onEvents: (feed, page) => this.sendEvents(feed, page),
    onProgress: (feed, frame) => this.sendProgress(feed, frame),
    onGone: (feed) => this.sendGone(feed),
  };

  constructor(
    private readonly io: Server,
    private readonly context: ServerContext,
  ) {
    this.lists = new ListFeed(context.holdfast, context.nowMs, (owner, frame) => {
      const rooms = owner === null ? ["user:*"] : [`user:${owner}`, "user:*"];
      this.emit(rooms, "runs:changed", frame);
    });
    const { adapter } = io.of("/");
    adapter.on("create-room", (room: string) => {
      if (room.startsWith("user:")) this.lists.join();
    });
    adapter.on("delete-room", (room: string) => {
      if (room.startsWith("user:")) this.lists.leave();
      else this.leaveFeed(room);
    });
    let timer = systemClock.setTimer(HEAD_EVERY_MS, () => beat());
    const beat = () => {
      void this.sendHeads().catch(() => undefined);
      timer = systemClock.setTimer(HEAD_EVERY_MS, beat);
    };
    this.beacon = { cancel: () => timer.cancel() };
  }

  /** Puts a socket into a run's room. Only while it is connected: a room that is joined later is never left. */
  joinRun(socket: Socket, run: RunSummary): RunFeed {
    const room = `run:${run.id}`;
    let feed = this.feeds.get(room);
    if (feed === undefined || feed.isGone || feed.epoch !== run.createdAt) {
      const former = feed;
      feed = this.context.feeds.join(run, this.listener);
      this.feeds.set(room, feed);
      former?.leave(this.listener);
    } else feed.hint(run.head);
    this.lagging.get(socket.id)?.delete(run.id);
    void socket.join(room);
    return feed;
  }

  close(): void {
    this.beacon.cancel();
  }

  private leaveFeed(room: string): void {
    const feed = this.feeds.get(room);
    this.feeds.delete(room);
    feed?.leave(this.listener);
  }

  /** The text as it was read, inside the frame's own fields: nothing is made of it that every client would have again. */
  private sendEvents(feed: RunFeed, page: EventText): void {
    const { runId, epoch, head } = feed;
    const room = `run:${runId}`;
    const place = JSON.stringify({ runId, epoch, head });
    this.emit([room], "run:events", new FrameText(`${place.slice(0, -1)},"events":${page.json}}`));
    if (!page.isOfRun) return;
    for (const event of JSON.parse(page.json) as EventFrame[]) {
      if (event.type === "run.recovered") this.emit([room], "job:recovery", { jobId: runId, event });
      else if (event.type === "run.failed") this.emit([room], "job:failed", { jobId: runId, event });
    }
  }

  private sendProgress(feed: RunFeed, frame: ProgressFrame): void {
    this.emit([`run:${feed.runId}`], "run:progress", frame);
  }

  private sendGone(feed: RunFeed): void {
    const room = `run:${feed.runId}`;
    this.emit([room], "run:gone", { runId: feed.runId });
    this.io.in(room).socketsLeave(room);
  }

  /** From the store, not from what was sent: the last event of a run may have been lost like any other. */
  private async sendHeads(): Promise<void> {
    for (const feed of this.feeds.values()) await feed.look();
    for (const socket of this.io.of("/").sockets.values()) {
      const heads = [...socket.rooms].flatMap((room) => {
        const feed = this.feeds.get(room);
        return feed === undefined ? [] : [{ runId: feed.runId, epoch: feed.epoch, head: feed.head }];
      });
      if (heads.length > 0 && !this.isFull(socket)) socket.emit("run:head", { heads });
    }
  }

  private emit<N extends ServerFrameName>(rooms: readonly string[], name: N, frame: ServerFrame<N> | FrameText): void {
    for (const room of rooms) {
      for (const id of this.io.of("/").adapter.rooms.get(room) ?? []) {
        const socket = this.io.of("/").sockets.get(id);
        if (socket !== undefined && this.isFull(socket)) this.takeOut(socket);
      }
    }
    this.io.to([...rooms]).emit(name, frame);
  }

  private isFull(socket: Socket): boolean {
    // Engine.IO documents the buffer, and hides it in its types.
    const { writeBuffer } = socket.conn as unknown as { readonly writeBuffer: readonly { readonly data?: unknown }[] };
    if (writeBuffer.length > WAITING_FRAMES_MAX) return true;
    let waiting = 0;
    for (const { data } of writeBuffer) waiting += typeof data === "string" ? data.length : 0;
    return waiting > WAITING_CHARS_MAX;
  }

  private takeOut(socket: Socket): void {
    const runIds = [...socket.rooms].filter((room) => room.startsWith("run:")).map((room) => room.slice("run:".length));
    for (const runId of runIds) void socket.leave(`run:${runId}`);
    const known = this.lagging.get(socket.id);
    if (known !== undefined) {
      for (const runId of runIds) known.add(runId);
      return;
    }
    const lost = new Set(runIds);
    this.lagging.set(socket.id, lost);
    const end = () => {
      patience.cancel();
      socket.conn.off("drain", tell);
      socket.off("disconnect", end);
      this.lagging.delete(socket.id);
    };
    const tell = () => {
      if (this.isFull(socket)) return;
      end();
      socket.emit("run:lagging", { runIds: [...lost] });
    };
    const patience = systemClock.setTimer(LAGGING_MAX_MS, () => {
      end();
      socket.disconnect(true);
    });
    socket.conn.on("drain", tell);
    socket.on("disconnect", end);
  }
}
