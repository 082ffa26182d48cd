/** `fetchJson` with real servers, and the errors of Node's own clients as the engine classifies them. */
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { readFailure, recordError } from "@holdfast/core";
import { fetchJson } from "holdfast";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number, body = "", headers: Record<string, string> = {}) =>
  serve((_, response) => response.writeHead(status, headers).end(body));

/** An address on which nothing listens. */
async function closedAddress(): Promise<string> {
  const address = await answering(200);
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return address;
}

const thrownBy = async (call: () => Promise<unknown>): Promise<never> => {
  try {
    await call();
  } catch (error) {
    return error as never;
  }
  throw new Error("nothing was thrown");
};

describe("fetchJson", () => {
  test("returns the JSON as parsed by the schema, and null for an empty body", async () => {
    const url = await answering(200, '{"n":"7","more":1}');
    expect(await fetchJson(url)).toEqual({ n: "7", more: 1 });
    const schema = z.object({ n: z.string().transform(Number) });
    const typed: { n: number } = await fetchJson(url, { schema });
    expect(typed).toEqual({ n: 7 });
    expect(await fetchJson(await answering(204))).toBeNull();
  });

  test("sends the method, the body, the idempotency key and the caller's headers", async () => {
    let seen: IncomingMessage | undefined;
    const url = await serve((request, response) => {
      seen = request;
      response.end("1");
    });
    const headers = { authorization: "Bearer abc", "x-many": "a" };
    await fetchJson(new URL("/p?q=1", url), { method: "post", body: "{}", idempotencyKey: "r:g1:s:é 1", headers });
    expect(seen?.method).toBe("POST");
    expect(seen?.url).toBe("/p?q=1");
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer abc",
      "x-many": "a",
      accept: "application/json",
      "content-type": "application/json",
      "idempotency-key": "r:g1:s:%C3%A9%201",
    });
  });

  test.each([
    [429, {}, { code: "RETRY_LATER", kind: "rate_limit", afterMs: undefined }],
    [429, { "retry-after": "7" }, { code: "RETRY_LATER", kind: "rate_limit", afterMs: 7_000 }],
    [429, { "retry-after-ms": "20", "retry-after": "7" }, { code: "RETRY_LATER", afterMs: 20 }],
    [429, { "retry-after": "soon" }, { code: "RETRY_LATER", kind: "rate_limit", afterMs: undefined }],
    [403, { "retry-after": "7" }, { code: "RETRY_LATER", kind: "rate_limit", afterMs: 7_000 }],
    [408, {}, { code: "RETRY_LATER", kind: "timeout" }],
    [425, {}, { code: "RETRY_LATER", kind: "server" }],
    [500, {}, { code: "RETRY_LATER", kind: "server" }],
    [503, { "retry-after": "3" }, { code: "RETRY_LATER", kind: "server", afterMs: 3_000 }],
    [599, {}, { code: "RETRY_LATER", kind: "server" }],
    [501, {}, { code: "GIVE_UP", category: undefined }],
    [400, {}, { code: "GIVE_UP", category: undefined }],
    [404, {}, { code: "GIVE_UP", category: undefined }],
    [403, {}, { code: "GIVE_UP", category: "auth" }],
    [401, {}, { code: "GIVE_UP", category: "auth" }],
    [402, {}, { code: "PAUSE_RUN", reason: "quota" }],
  ] as const)("reads status %i with %j", async (status, headers, expected) => {
    const url = await answering(status, "why", headers);
    const error = await thrownBy(() => fetchJson(`${url}/a?b=c`));
    expect(error).toMatchObject({ ...expected, message: `GET ${url}/a?…: HTTP ${status}: why` });
  });

  test("reads a Retry-After that is a date", async () => {
    const at = new Date(Date.now() + 100_000).toUTCString();
    const error = await thrownBy(async () => fetchJson(await answering(429, "", { "retry-after": at })));
    expect((error as { afterMs: number }).afterMs).toBeGreaterThan(90_000);
    expect((error as { afterMs: number }).afterMs).toBeLessThanOrEqual(100_000);
  });

  test.each([{ authorization: "Bearer abcdefgh" }, { "x-api-key": "abcdefgh" }, { cookie: "sid=abcdefgh" }])(
    "pauses the run if credentials are refused: %j",
    async (headers) => {
      const error = await thrownBy(async () => fetchJson(await answering(401), { headers }));
      expect(error).toMatchObject({ code: "PAUSE_RUN", reason: "auth" });
    },
  );

  test.each([
    ["no JSON", "<html>hello", 'is no JSON: it begins with "<html>hello"'],
    ["JSON cut short", '{"a":', "is no JSON"],
    ["another JSON", '{"n":"x","list":[{"id":true}]}', "does not fit its schema: n: "],
  ])("gives up on %s", async (_, body, expected) => {
    const schema = z.object({ n: z.number(), list: z.array(z.object({ id: z.string() })) });
    const error = await thrownBy(async () => fetchJson(await answering(200, body), { schema }));
    expect(error).toMatchObject({ code: "GIVE_UP", category: "invalid_output" });
    expect((error as Error).message).toContain(expected);
  });

  test("reads no more than its limit, whether announced, streamed or compressed", async () => {
    const large = Buffer.alloc(17 * 1024 * 1024, " ");
    const listeners: RequestListener[] = [
      (_, response) => response.writeHead(200, { "content-length": String(large.length) }).end(large),
      (_, response) => {
        // Without an end: reading on would never return.
        const more = () => {
          while (response.writable && response.write(large.subarray(0, 65_536)));
          response.once("drain", more);
        };
        more();
      },
      (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(large)),
    ];
    for (const listener of listeners) {
      const error = await thrownBy(async () => fetchJson(await serve(listener)));
      expect(error).toMatchObject({ code: "GIVE_UP", category: "invalid_output" });
      expect((error as Error).message).toContain("more than 16 MiB");
    }
  });

  test("reads no more of an error response than it shows", async () => {
    const url = await serve((_, response) => {
      response.writeHead(500);
      const more = () => {
        while (response.writable && response.write("x".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    });
    const error = await thrownBy(() => fetchJson(url));
    expect(error).toMatchObject({ code: "RETRY_LATER", kind: "server" });
    expect((error as Error).message.length).toBeLessThan(500);
  });

  test("classifies a timeout as one, before the headers and in the body", async () => {
    const silent = await serve(() => {});
    const halting = await serve((_, response) => response.writeHead(200).write("["));
    for (const url of [silent, halting]) {
      const error = await thrownBy(() => fetchJson(url, { timeoutMs: 60 }));
      expect(error).toMatchObject({ code: "RETRY_LATER", kind: "timeout" });
      expect((error as Error).message).toContain("no whole answer within 60 ms");
      const own = await thrownBy(() => fetchJson(url, { signal: AbortSignal.timeout(60) }));
      expect(readFailure(own).category).toBe("timeout");
    }
    expect(await thrownBy(() => fetchJson(silent, { timeoutMs: Number.NaN }))).toMatchObject({ code: "WRONG_USE" });
  });

  test("throws the reason of the caller's signal, also if it aborted before the call", async () => {
    const reason = new Error("stop");
    const controller = new AbortController();
    const url = await serve(() => controller.abort(reason));
    expect(await thrownBy(() => fetchJson(url, { signal: controller.signal, timeoutMs: 5_000 }))).toBe(reason);
    expect(await thrownBy(() => fetchJson(url, { signal: controller.signal }))).toBe(reason);
  });

  test("classifies a server that is down, cuts the connection or speaks another protocol as a network failure", async () => {
    const cutting = await serve((request) => request.socket.destroy());
    const halfway = await serve((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => response.socket?.destroy());
    });
    const plain = await answering(200, "{}");
    const addresses = [
      await closedAddress(),
      "http://no-such-host.invalid/",
      cutting,
      halfway,
      plain.replace("http", "https"),
    ];
    for (const url of addresses) {
      const error = await thrownBy(() => fetchJson(url));
      expect(error, url).toMatchObject({ code: "RETRY_LATER", kind: "network" });
      // What happened, not only "fetch failed".
      expect((error as Error).message.length, (error as Error).message).toBeGreaterThan(
        `GET ${url}: fetch failed`.length,
      );
    }
  });

  test("refuses what cannot be sent, without quoting it", async () => {
    const url = await answering(200, "{}");
    const wrong: readonly (() => Promise<unknown>)[] = [
      () => fetchJson("no url with hunter22secret"),
      () => fetchJson(url.replace("//", "//me:hunter22secret@")),
      () => fetchJson(url, { headers: { authorization: "Bearer hunter22secret\n" + "x\r\nb: 1" } }),
      () => fetchJson(url, { headers: [["x y", "hunter22secret"]] }),
    ];
    for (const call of wrong) {
      const error = await thrownBy(call);
      expect(error).toMatchObject({ code: "WRONG_USE" });
      expect(JSON.stringify(recordError(error))).not.toContain("hunter22secret");
    }
  });

  test("shows no credential in any error, even if the server echoes it", async () => {
    const headers = {
      authorization: "Bearer hunter22secret",
      cookie: "a=1; sid=cookie44secret",
      "x-api-key": "apikey66secret",
    };
    const echo: RequestListener = (request, response) =>
      response.writeHead(Number(request.headers["x-status"])).end(JSON.stringify([request.headers, request.url]));
    const echoing = await serve(echo);
    const cutting = await serve((request) => request.socket.destroy());
    const calls: (() => Promise<unknown>)[] = [200, 400, 401, 429, 500].map(
      (status) => () =>
        fetchJson(`${echoing}/?access_token=query88secret`, {
          headers: { ...headers, "x-status": String(status) },
          schema: z.object({ never: z.string() }),
        }),
    );
    calls.push(() => fetchJson(`${cutting}/?access_token=query88secret`, { headers }));
    calls.push(async () => fetchJson(`${await closedAddress()}/?access_token=query88secret`, { headers }));
    for (const call of calls) {
      const error = await thrownBy(call);
      const shown = `${JSON.stringify(recordError(error))} ${(error as Error).stack}`;
      expect(shown).not.toMatch(/hunter22|cookie44|apikey66|query88/);
    }
  });
});

describe("the engine classifies", () => {
  const failing = (url: string) =>
    thrownBy(
      () =>
        new Promise((resolve, reject) => {
          get(url, resolve).on("error", reject);
        }),
    );

  test("errors of fetch and of node:http as network failures", async () => {
    const closed = await closedAddress();
    const cutting = await serve((request) => request.socket.destroy());
    const found = await Promise.all([
      thrownBy(() => fetch(closed)),
      thrownBy(() => fetch("http://no-such-host.invalid")),
      thrownBy(() => fetch(cutting)),
      thrownBy(() => fetch((closed as string).replace("127.0.0.1", "localhost"))),
      failing(closed),
      failing("http://no-such-host.invalid"),
      failing(cutting),
      failing(closed.replace("127.0.0.1", "localhost")),
    ]);
    expect(found.map((error) => readFailure(error).category)).toEqual(found.map(() => "network"));
  });

  test("timeouts of AbortSignal as timeouts, but no other abort", async () => {
    const silent = await serve(() => {});
    const timedOut = await thrownBy(() => fetch(silent, { signal: AbortSignal.timeout(30) }));
    expect(readFailure(timedOut).category).toBe("timeout");
    const aborted = await thrownBy(() => fetch(silent, { signal: AbortSignal.abort() }));
    expect(readFailure(aborted).category).toBeNull();
    // A request that can never be made is not an outage.
    for (const url of ["http://127.0.0.1:1/", "nonsense://x", "no url"]) {
      expect(readFailure(await thrownBy(() => fetch(url))).category, url).toBeNull();
    }
  });
});
