/** A server that goes down during a run and comes back, in real processes. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { makeProject } from "./harness.js";

let server: Server | null = null;
let asked: string[] = [];
afterEach(() => down());

/** Starts a server that goes down after it has answered `count` requests. */
async function up(port = 0, count = Number.POSITIVE_INFINITY): Promise<number> {
  const opened = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("{}");
    if (asked.length >= count) void down();
  });
  server = opened;
  await new Promise<void>((resolve) => opened.listen(port, "127.0.0.1", resolve));
  return (opened.address() as AddressInfo).port;
}

async function down(): Promise<void> {
  const closing = server;
  server = null;
  closing?.closeAllConnections();
  await new Promise((resolve) => (closing === null ? resolve(null) : closing.close(resolve)));
}

describe("a run whose server goes down", () => {
  test("pauses automatically with a time to wake, loses no item, and continues when it is resumed", async () => {
    const project = await makeProject();
    asked = [];
    const port = await up(0, 20);
    const started = await project.run(["start", "remote", `--host=http://127.0.0.1:${port}`, "--run-id=r"]);
    expect(started.code, started.stderr).toBe(75);
    const paused = await project.json(["show", "r"]);
    expect(paused).toMatchObject({ status: "paused", reason: "outage", progress: { failed: 0, total: 60 } });
    expect(paused.wakeAt ?? 0).toBeGreaterThan(Date.now() + 60_000);
    expect(paused.progress.done).toBeLessThan(60);
    await up(port);
    const resumed = await project.run(["resume", "r"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await project.json(["show", "r"])).toMatchObject({ status: "completed", output: { ok: 60, failed: 0 } });
    // Items that were answered and recorded before are not requested again.
    expect(new Set(asked).size).toBe(60);
    expect(asked.length).toBeLessThanOrEqual(60 + 20);
  });
});
