/** Probes for orchestrators (alive; ready, which means that the store is writable), and metrics for Prometheus. */
import { HoldfastError } from "@holdfast/core";
import { noQuery } from "@holdfast/protocol";
import { z } from "zod";
import type { App, ServerContext } from "../context.js";
import { StoreGauges } from "../metrics/store-gauges.js";
import { answers, media, probe, TAGS } from "./schemas.js";

/** Another process holds the write lock, or the disk is full: runs go on when that has passed. */
const WAITING = "waiting for the store";
const PASSING: ReadonlySet<string> = new Set(["STORE_BUSY", "STORE_FULL"]);
/** A probe that hangs says that it is not ready, before whoever asks gives up. */
const PROBE_TIMEOUT_MS = 4_000;

export function probeRoutes(app: App, context: ServerContext): void {
  const { holdfast, metrics } = context;
  const gauges = new StoreGauges(holdfast, metrics, context.nowMs);
  const tags = TAGS.server;

  app.get(
    "/healthz",
    {
      schema: {
        tags,
        operationId: "getLiveness",
        summary: "The process answers",
        description: "For a liveness probe; does not check the store.",
        querystring: noQuery,
        response: answers({ 200: probe("ok") }),
      },
    },
    async (_, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }),
  );

  const readySchema = {
    tags,
    operationId: "getReadiness",
    summary: "The store is writable and the worker can execute runs; 503 otherwise, or while the server stops",
    description:
      "For a readiness probe: writes to the store and answers within 4 seconds. `waiting for the store`: another process holds the write lock or the disk is full, and runs go on by themselves when that has passed. `unwritable` needs somebody. `limitations` lists what works only partly: `NO_SESSION_LOCK` means that a pooler stands before PostgreSQL and no direct address is set.",
    querystring: noQuery,
    response: answers({ 200: probe("ready"), 503: probe("stopping", WAITING, "unwritable") }),
  };
  app.get("/readyz", { schema: readySchema }, async (request, reply) => {
    void reply.header("cache-control", "no-store");
    // Without a token: nothing but whether.
    if (context.stopping.aborted) return reply.code(503).send({ status: "stopping" });
    // Known without asking: a probe would only queue behind the writes that wait.
    if (holdfast.storeWait() !== null) return reply.code(503).send({ status: WAITING });
    try {
      await within(holdfast.storage.probe(), PROBE_TIMEOUT_MS);
      if (metrics.processes.areDown) return reply.code(503).send({ status: "no_worker" });
      const limitations = holdfast.storage.limitations().map(({ code }) => code);
      return { status: "ready", ...(limitations.length === 0 ? {} : { limitations }) };
    } catch (error) {
      request.log.warn({ err: error }, "the store is not writable");
      const isPassing = isTimeout(error) || (error instanceof HoldfastError && PASSING.has(error.code));
      return reply.code(503).send({ status: isPassing ? WAITING : "unwritable" });
    }
  });

  app.get(
    "/metrics",
    {
      schema: {
        tags,
        operationId: "getMetrics",
        summary: "Prometheus",
        description: "Metrics in Prometheus text format. The store is read at most every 15 seconds.",
        querystring: noQuery,
        response: answers({ 200: media("Metrics, as text.", { "text/plain": z.string() }) }),
      },
    },
    async (_, reply) => {
      await gauges.refresh();
      const text = await metrics.registry.metrics();
      return reply.header("cache-control", "no-store").header("content-type", metrics.registry.contentType).send(text);
    },
  );
}

class ProbeTimeout extends Error {}
const isTimeout = (error: unknown) => error instanceof ProbeTimeout;

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ProbeTimeout(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
