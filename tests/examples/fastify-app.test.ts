/** examples/fastify-app.ts in its own process, over HTTP: two users, a kill -9 in the middle, and a restart. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = join(ROOT, "examples/fastify-app.ts");

let folder = "";
let app: ChildProcess;
let url = "";

async function launch(): Promise<void> {
  app = spawn(process.execPath, [join(ROOT, "node_modules/.bin/jiti"), PROGRAM, "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (app.stdout === null) throw new Error("no output");
  const [line] = (await once(createInterface(app.stdout), "line")) as [string];
  url = `http://127.0.0.1:${line.replace("listening on ", "")}`;
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (app.exitCode !== null || app.signalCode !== null) return;
  app.kill(signal);
  await once(app, "exit");
}

async function ask(user: string, path: string, init: RequestInit & { readonly body?: string } = {}) {
  const headers = new Headers(init.headers);
  if (user !== "") headers.set("authorization", `Bearer token-of-${user}`);
  if (init.body !== undefined) headers.set("content-type", "application/json");
  const response = await fetch(`${url}${path}`, { ...init, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const start = (user: string, body: object, key?: string) =>
  ask(user, "/runs", {
    method: "POST",
    body: JSON.stringify(body),
    headers: key === undefined ? {} : { "idempotency-key": key },
  });

interface Seen {
  readonly seq: number;
  readonly type: string;
}

/** Reads events until `isLast` holds for one, the stream ends, or the server dies. */
async function follow(user: string, id: string, after: number, isLast: (event: Seen) => boolean): Promise<Seen[]> {
  const response = await fetch(`${url}/runs/${id}/events`, {
    headers: { authorization: `Bearer token-of-${user}`, "last-event-id": String(after) },
  });
  const seen: Seen[] = [];
  if (response.body === null) return seen;
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const event = JSON.parse(frame.split("\ndata: ")[1] ?? "") as Seen;
      seen.push(event);
      if (isLast(event)) return seen;
    }
  }
  return seen;
}

describe("the application", () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-fastify-"));
    await launch();
  });
  afterEach(async () => {
    await end("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  });

  test("two users, a kill in the middle of a run, and the run of each continues where it was", async () => {
    const { body: created, status } = await start("ann", { topic: "tides", sections: 20 }, "once");
    const id = String(created.id);
    expect(status).toBe(201);
    expect(await start("ann", { topic: "tides", sections: 20 }, "once")).toEqual({ status: 201, body: { id } });
    expect(await start("ann", { topic: "winds", sections: 20 }, "once")).toMatchObject({
      status: 422,
      body: { code: "IDEMPOTENCY_KEY_REUSED" },
    });
    expect(await start("ann", { topic: "", sections: 0 })).toMatchObject({
      status: 422,
      body: { code: "BAD_INPUT", errors: [{ pointer: "/topic" }, { pointer: "/sections" }] },
    });

    const before = await follow("ann", id, 0, ({ type }) => type === "map.committed");
    expect(before[0]).toMatchObject({ seq: 1, type: "run.created" });
    const fraction = async () => ((await ask("ann", `/runs/${id}`)).body.progress as { fraction: number }).fraction;
    const reached = await fraction();
    expect(reached).toBeGreaterThan(1 / 3);
    await end("SIGKILL");
    await launch();
    expect(await fraction()).toBeGreaterThanOrEqual(reached);

    const after = await follow("ann", id, before.length, ({ type }) => type === "run.completed");
    expect([...before, ...after].map(({ seq }) => seq)).toEqual([...before, ...after].map((_, at) => at + 1));
    expect(after.map(({ type }) => type)).toContain("run.recovered");
    const outlines = [...before, ...after].filter((event) => {
      const { type, data } = event as Seen & { data: { stage?: string } };
      return type === "stage.started" && data.stage === "outline";
    });
    expect(outlines).toHaveLength(1);
    expect(await ask("ann", `/runs/${id}/result`)).toEqual({ status: 200, body: { sections: 20 } });
  });

  test("another user's run answers like one that does not exist, whatever the request", async () => {
    const { body } = await start("ann", { topic: "tides" });
    const id = String(body.id);
    const paths = ["", "/result", "/events", "/cancel"] as const;
    for (const path of paths) {
      const init = path === "/cancel" ? { method: "POST" } : {};
      const foreign = await ask("bob", `/runs/${id}${path}`, init);
      const missing = await ask("bob", `/runs/no-such-run${path}`, init);
      const word = (answer: typeof foreign, runId: string) => JSON.stringify(answer).replaceAll(runId, "ID");
      expect(foreign).toMatchObject({ status: 404, body: { code: "RUN_NOT_FOUND" } });
      expect(word(foreign, id)).toBe(word(missing, "no-such-run"));
    }
    expect((await ask("bob", "/runs")).body.rows).toEqual([]);
    expect((await ask("ann", "/runs")).body.rows).toMatchObject([{ id }]);
    expect(JSON.stringify((await ask("ann", `/runs/${id}`)).body)).not.toContain(`"pid"`);
    expect((await ask("", "/runs")).status).toBe(401);

    expect((await ask("ann", `/runs/${id}/cancel`, { method: "POST" })).status).toBe(202);
    await follow("ann", id, 0, ({ type }) => type === "run.cancelled");
    expect(await ask("ann", `/runs/${id}/result`)).toMatchObject({ body: { code: "RUN_CANCELLED" } });
    expect((await ask("ann", `/runs/${id}`)).body).toMatchObject({ status: "cancelled", reason: "by its owner" });
  });
});

test("it has under 80 lines of its own, and the nightly pipeline under 40", async () => {
  for (const [name, most] of [
    ["fastify-app.ts", 80],
    ["nightly.ts", 40],
  ] as const) {
    const text = (await readFile(join(ROOT, "examples", name), "utf8")).replace(/^\/\*\*[\s\S]*?\*\//, "");
    const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
    expect(lines.length, name).toBeLessThan(most);
  }
});
