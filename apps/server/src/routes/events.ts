/**
 * A run's events: pages by number, or, asked for as text/event-stream, as they happen. The number is the stream's id, so
 * a client that reconnects with Last-Event-ID misses nothing.
 */
import { PassThrough } from "node:stream";
import { isFinished, type RunEvent, type RunId, RunNotFoundError } from "@holdfast/core";
import { systemClock } from "@holdfast/engine";
import { eventPage, eventsQuery, runParams } from "@holdfast/protocol";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { answers, media, nothing, TAGS } from "./schemas.js";

const PAGE_DEFAULT = 200;
/** Proxies cut what is silent for 30 s or 60 s. */
const COMMENT_EVERY_MS = 15_000;
/** How long a client waits before it reconnects. */
const RETRY_MS = 3_000;

export function eventRoutes(app: App, context: ServerContext): void {
  const { store } = context.holdfast;
  const schema = {
    tags: TAGS.records,
    operationId: "listEvents",
    summary: "Events by number; a stream with Accept: text/event-stream",
    description:
      "The stream's ids are the numbers. It goes on over pauses and ends when the run has ended: 204 says that nothing more will come.",
    params: runParams,
    querystring: eventsQuery,
    response: answers({
      200: media("A page of events, or the stream.", {
        "application/json": eventPage,
        "text/event-stream": z.string(),
      }),
      204: nothing("The run has ended, and the stream holds nothing after `Last-Event-ID`."),
    }),
  };
  app.get("/api/runs/:runId/events", { schema }, async (request, reply) => {
    const run = await requireOwnRun(context, request, request.params.runId);
    const { after = 0, limit = PAGE_DEFAULT, type, stage } = request.query;
    if (wantsStream(request)) {
      const last = request.headers["last-event-id"];
      const from = typeof last === "string" && /^\d{1,10}$/.test(last) ? Number(last) : after;
      if (isFinished(run.status) && from >= run.head) return reply.code(204).send();
      return streamEvents(context, request, reply, run.id, from, { type, stage });
    }
    const rows = await store.listEvents(run.id, { after, limit, type, stage });
    return reply.header("cache-control", "no-store").send({ rows, next: rows.at(-1)?.seq ?? after, head: run.head });
  });
}

const wantsStream = ({ headers }: FastifyRequest) => (headers.accept ?? "").includes("text/event-stream");

function streamEvents(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
  runId: RunId,
  after: number,
  filter: { readonly type: RunEvent["type"] | undefined; readonly stage: string | undefined },
) {
  const stream = new PassThrough();
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, context.stopping]);
  const comment = setInterval(() => stream.write(": still here\n\n"), COMMENT_EVERY_MS);
  stream.on("close", () => gone.abort());
  stream.on("error", () => gone.abort());
  const end = () => {
    clearInterval(comment);
    if (!stream.destroyed) stream.end();
  };
  // The credential may end while the stream lasts; what it opened ends with it.
  const { expiresAt } = request.caller?.credential ?? { expiresAt: null };
  const expiry = expiresAt === null ? null : systemClock.setTimer(expiresAt - context.nowMs(), () => gone.abort());
  const write = (text: string) =>
    stream.write(text)
      ? undefined
      : new Promise<void>((resolve) => {
          stream.once("drain", resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });

  const send = async () => {
    await write(`retry: ${RETRY_MS}\n\n`);
    const handle = await context.holdfast.handle(runId);
    for await (const event of handle.events({ after, follow: true, throughPauses: true, signal, ...filter })) {
      await write(`id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (signal.aborted) return;
    }
  };
  send()
    .catch((error) => {
      // A run that was deleted has no more events.
      const isGone = error instanceof RunNotFoundError;
      if (!signal.aborted && !isGone) request.log.warn({ err: error, runId }, "a stream of events ended early");
    })
    .finally(() => {
      expiry?.cancel();
      end();
    });
  return reply
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("cache-control", "no-store")
    .header("x-accel-buffering", "no")
    .send(stream);
}
