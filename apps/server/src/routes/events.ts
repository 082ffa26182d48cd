/**
 * A run's events: pages by number, or, asked for as text/event-stream, as they happen. The number is the stream's id, so
 * a client that reconnects with Last-Event-ID misses nothing.
 */
import { Readable } from "node:stream";
import { isFinished, type RunEvent } from "@holdfast/core";
import { type RunSummary, type Runs, systemClock } from "@holdfast/engine";
import { eventPage, eventsQuery, runParams } from "@holdfast/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../auth/guard.js";
import { requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { EventPages, frameOf, framesAfter, PAGE_COUNT } from "../streams/event-pages.js";
import type { FeedListener, RunFeed } from "../streams/run-feed.js";
import { StreamPlaces } from "../streams/stream-places.js";
import { answers, media, nothing, TAGS } from "./schemas.js";

const PAGE_DEFAULT = 200;
/** Proxies cut what is silent for 30 s or 60 s. */
const COMMENT_EVERY_MS = 15_000;
/** How long a client waits before it reconnects. */
const RETRY_MS = 3_000;

/** What the streams of one server share. */
interface Streams {
  readonly pages: EventPages;
  readonly places: StreamPlaces;
}

export function eventRoutes(app: App, context: ServerContext): void {
  const { runs } = context.holdfast;
  const streams: Streams = {
    pages: new EventPages(runs),
    places: new StreamPlaces(),
  };
  const schema = {
    tags: TAGS.records,
    operationId: "listEvents",
    summary: "Events by number; a stream with Accept: text/event-stream",
    description:
      "The stream's IDs are the event numbers. The stream continues through pauses and ends with the run; 204 means that no more events will come.",
    params: runParams,
    querystring: eventsQuery,
    response: answers({
      200: media("A page of events, or the stream.", {
        "application/json": eventPage,
        "text/event-stream": z.string(),
      }),
      204: nothing("The run has ended, and there are no events after `Last-Event-ID`."),
    }),
  };
  app.get("/api/runs/:runId/events", { schema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    const { after = 0, limit = PAGE_DEFAULT, type, stage, live = false } = request.query;
    if (wantsStream(request)) {
      const last = request.headers["last-event-id"];
      const from = typeof last === "string" && /^\d{1,10}$/.test(last) ? Number(last) : after;
      if (isFinished(run.status) && from >= run.head) return reply.code(204).send();
      return streamEvents(context, streams, request, reply, run, { after: from, type, stage, live });
    }
    const rows = await runs.events(run.id, { after, limit, type, stage });
    return reply
      .header("cache-control", "no-store")
      .send({ rows, next: rows.at(-1)?.seq ?? after, head: run.head, epoch: run.createdAt });
  });
}

const wantsStream = ({ headers }: FastifyRequest) => (headers.accept ?? "").includes("text/event-stream");

interface Wanted {
  readonly after: number;
  readonly type: RunEvent["type"] | undefined;
  readonly stage: string | undefined;
  /** Progress and heads, too: for clients that have no socket. */
  readonly live: boolean;
}

function streamEvents(
  context: ServerContext,
  streams: Streams,
  request: FastifyRequest,
  reply: FastifyReply,
  run: RunSummary,
  wanted: Wanted,
) {
  const leavePlace = streams.places.take(callerOf(request).id);
  const news: { frame: string | null } = { frame: null };
  const listener: FeedListener = {
    onProgress: (_, frame) => {
      if (wanted.live) news.frame = namedFrame("run:progress", frame);
    },
  };
  const feed = context.feeds.join(run, listener);
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, context.stopping]);
  // The credential may end while the stream lasts; what it opened ends with it.
  const { expiresAt } = request.caller?.credential ?? { expiresAt: null };
  const expiry = expiresAt === null ? null : systemClock.setTimer(expiresAt - context.nowMs(), () => gone.abort());
  const stream = Readable.from(framesOf(streams.pages, context.holdfast.runs, feed, wanted, news, signal), {
    objectMode: false,
  });
  stream.on("error", (error) => request.log.warn({ err: error, runId: run.id }, "an event stream ended early"));
  // The answer's own end: the stream's waits for the reading that `gone` ends.
  reply.raw.on("close", () => {
    gone.abort();
    expiry?.cancel();
    feed.leave(listener);
    leavePlace();
  });
  return (
    reply
      .header("content-type", "text/event-stream; charset=utf-8")
      // Proxies that compress hold back what they compress.
      .header("cache-control", "no-store, no-transform")
      .header("x-accel-buffering", "no")
      .send(stream)
  );
}

/** The stream as it is sent, as fast as it is taken. Ends with the run, or when `signal` aborts. */
async function* framesOf(
  pages: EventPages,
  runs: Pick<Runs, "events">,
  feed: RunFeed,
  { after, type, stage, live }: Wanted,
  news: { frame: string | null },
  signal: AbortSignal,
): AsyncGenerator<Buffer | string> {
  // Some proxies wait for two kilobytes before they pass anything on.
  yield `retry: ${RETRY_MS}\n\n${live ? `:${" ".repeat(PADDING_BYTES)}\n\n${namedFrame("run:progress", feed.progress)}` : ""}`;
  const isFiltered = type !== undefined || stage !== undefined;
  let last = after;
  let saidAtMs = systemClock.monotonicMs();
  while (!signal.aborted) {
    if (news.frame !== null) {
      yield news.frame;
      news.frame = null;
    }
    const { head } = feed;
    if (last >= head) {
      if (feed.hasEnded || feed.isGone) return;
      await feed.changed(last, COMMENT_EVERY_MS, signal);
      const nowMs = systemClock.monotonicMs();
      if (feed.head === head && !feed.hasEnded && nowMs - saidAtMs >= COMMENT_EVERY_MS) {
        const place = { runId: feed.runId, epoch: feed.epoch, head };
        yield live ? namedFrame("run:head", place) : ": still here\n\n";
        saidAtMs = nowMs;
      }
      continue;
    }
    if (isFiltered) {
      const from = last;
      const rows = await pages.inTurn(() => runs.events(feed.runId, { after: from, limit: PAGE_COUNT, type, stage }));
      if (rows.length > 0) yield rows.map(frameOf).join("");
      // Fewer than asked for: there was no other up to the head.
      last = rows.length < PAGE_COUNT ? Math.max(head, rows.at(-1)?.seq ?? 0) : (rows.at(-1)?.seq ?? head);
    } else {
      const page = await pages.find(feed.runId, last, head);
      const frames = framesAfter(page, last);
      if (frames.length > 0) yield frames;
      last = page.throughSeq;
    }
  }
}

const PADDING_BYTES = 2_048;

/** Without an id: no number of an event. */
const namedFrame = (name: string, body: unknown) => `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`;
