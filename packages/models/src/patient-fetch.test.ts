// Tests of long waits with a slow server. To avoid waiting for five minutes, the platform's default limit of 300 s is
// set to 200 ms for the whole process. A call that outlasts it shows that the limit does not apply.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "./client.js";
import { systemClock, wakeAfter } from "./clock.js";

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");
const BODY = JSON.stringify({
  id: "1",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "late" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const passed = (ms: number) => new Promise<void>((resolve) => void wakeAfter(systemClock, ms, resolve));

let server: Server;
let url: string;
let asked = 0;
let usual: Dispatcher;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    asked++;
    const isBodyLate = request.url?.startsWith("/late-body");
    if (!isBodyLate) await passed(1_500);
    response.writeHead(200, { "content-type": "application/json" });
    response.write(BODY.slice(0, 10));
    if (isBodyLate) await passed(1_500);
    response.end(BODY.slice(10));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  usual = await impatient();
});

afterAll(async () => {
  global[DISPATCHER] = usual;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Dispatcher {
  dispatch(options: { headersTimeout?: number; bodyTimeout?: number }, handler: object): boolean;
}
const global = globalThis as unknown as { [DISPATCHER]: Dispatcher };

/**
 * Makes every request of this process give up after 200 ms without headers or without a part of a body, unless it sets
 * its own limit.
 */
async function impatient(): Promise<Dispatcher> {
  await fetch("data:,"); // the platform loads its client with the first use
  const carrier = global[DISPATCHER];
  global[DISPATCHER] = {
    dispatch: ({ headersTimeout = 200, bodyTimeout = 200, ...options }, handler) =>
      carrier.dispatch({ ...options, headersTimeout, bodyTimeout }, handler),
  };
  return carrier;
}

const model = (path: string, timeoutMs: number) =>
  createModel({ provider: "openai-compatible", name: "m", baseUrl: url + path, timeoutMs });

describe.each([
  ["headers", "/v1", "UND_ERR_HEADERS_TIMEOUT"],
  ["a body", "/late-body", "UND_ERR_BODY_TIMEOUT"],
])("where %s take longer than the HTTP client would wait", (_, path, code) => {
  test("the platform's own fetch gives up, which shows that the limit is in effect", async () => {
    const failed = fetch(url + path, { dispatcher: global[DISPATCHER] } as RequestInit).then((response) =>
      response.text(),
    );
    expect(await failed.catch((error: { cause?: { code?: string } }) => error.cause?.code)).toBe(code);
  });

  test.each([600_000, 30 * 86_400_000])(
    "a call with a timeoutMs of %i waits, and sends one request",
    async (timeoutMs) => {
      asked = 0;
      expect(await model(path, timeoutMs).generate({ prompt: "x" })).toMatchObject({ value: "late" });
      expect(asked).toBe(1);
    },
  );

  test("a call ends at its own timeoutMs", async () => {
    const failed = model(path, 500).generate({ prompt: "x" });
    await expect(failed).rejects.toMatchObject({ category: "timeout", message: expect.stringContaining("500 ms") });
  });
});
