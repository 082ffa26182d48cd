/**
 * A web application whose users run long jobs. Each user starts, watches and cancels their own runs and cannot see those of
 * others. If it is killed at any moment, it continues all runs when it is started again.
 *
 *   npx jiti examples/fastify-app.ts 8080
 *   curl -H "authorization: Bearer token-of-ann" -H "content-type: application/json" -d '{"topic":"tides"}' localhost:8080/runs
 */
import { Readable } from "node:stream";
import fastify, { type FastifyRequest } from "fastify";
import { defineWorkflow, openHoldfast, problemOf } from "holdfast";
import { z } from "zod";

const report = defineWorkflow({
  name: "report",
  input: z.object({ topic: z.string().min(1), sections: z.number().int().min(1).max(50).default(5) }),
  stages: ["outline", "write", "bind"],
  async run({ input, stage, map }) {
    const sections = await stage("outline", () =>
      Array.from({ length: input.sections }, (_, at) => ({
        id: `s${at + 1}`,
        title: `${input.topic}, part ${at + 1}`,
      })),
    );
    // Stands in for a slow call, for example to a model.
    const written = await map("write", sections, { key: "id", concurrency: 1 }, async ({ title }) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return `About ${title}.`;
    });
    return stage("bind", { inputs: { written } }, async ({ results, artifact }) => {
      const texts: string[] = [];
      for await (const item of results(written)) if (item.outcome === "ok") texts.push(item.output);
      await artifact.write("report.md", texts.join("\n"));
      return { sections: texts.length };
    });
  },
});

const holdfast = await openHoldfast({ workflows: [report] });
await holdfast.startWorker();

// Your application identifies its users by their sessions; these two have tokens.
const USERS: Readonly<Record<string, string>> = { "Bearer token-of-ann": "ann", "Bearer token-of-bob": "bob" };
class NoUserError extends Error {}

/** Returns the caller's runs; actions are audited in the caller's name. */
function runsOf(request: FastifyRequest) {
  const user = USERS[request.headers.authorization ?? ""];
  if (user === undefined) throw new NoUserError("a token is expected");
  return holdfast.as({ id: user, via: "http", requestId: request.id }).forOwner(user);
}

type ById = { Params: { id: string } };
const app = fastify({ forceCloseConnections: true });
app.setErrorHandler((error, request, reply) => {
  if (error instanceof NoUserError) return reply.code(401).send({ detail: error.message });
  const problem = problemOf(error, { instance: request.url, audience: "user" });
  return reply.code(problem.status).type("application/problem+json").send(problem);
});
app.post("/runs", async (request, reply) => {
  // A client that repeats a request with the same key, because the response was lost, gets the same run.
  const key = request.headers["idempotency-key"]?.toString();
  const { id } = await runsOf(request).startByName("report", request.body, { idempotencyKey: key });
  return reply.code(201).send({ id });
});
app.get("/runs", (request) => runsOf(request).runs.list({ limit: 20 }));
app.get<ById>("/runs/:id", (request) => runsOf(request).runs.get(request.params.id));
app.get<ById>("/runs/:id/result", async (request) =>
  (await runsOf(request).handle(request.params.id, report)).result(),
);
app.post<ById>("/runs/:id/cancel", async (request, reply) => {
  await runsOf(request).runs.cancel(request.params.id, "by its owner");
  return reply.code(202).send({ id: request.params.id });
});
app.get<ById>("/runs/:id/events", async (request, reply) => {
  const { events } = await runsOf(request).handle(request.params.id);
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort());
  const after = Number(request.headers["last-event-id"] ?? 0);
  const frames = async function* () {
    for await (const event of events({ after, follow: true, signal: gone.signal }))
      yield `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
  };
  return reply.type("text/event-stream").send(Readable.from(frames()));
});

process.once("SIGTERM", () => void app.close().then(() => holdfast.close()));
await app.listen({ port: Number(process.argv[2] ?? 8080), host: "127.0.0.1" });
console.log(`listening on ${app.addresses()[0]?.port}`);
