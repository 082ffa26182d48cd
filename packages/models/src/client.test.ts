// Client behavior that needs no server: other providers' instances, timing, and leaks. The endpoint is a local fetch
// function. The tests with a real and misbehaving server are beside that server, in the testkit.
import { getEventListeners } from "node:events";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { CallRecord } from "./call-record.js";
import { createModel, createModelFrom } from "./client.js";
import type { Clock } from "./clock.js";

const BASE = { provider: "openai-compatible", name: "m", baseUrl: "http://127.0.0.1:1/v1" } as const;

function answering(content: string): typeof fetch {
  const body = {
    id: "1",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
  };
  return async () =>
    new Response(JSON.stringify(body), { headers: { "content-type": "application/json", "x-request-id": "r9" } });
}

/** Never answers, and rejects on abort, as fetch does. */
const silent: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    const giveUp = () => reject(init?.signal?.reason);
    if (init?.signal?.aborted) giveUp();
    else init?.signal?.addEventListener("abort", giveUp, { once: true });
  });

test("an instance of any AI SDK provider works like the built-in adapters", async () => {
  const instance = createOpenAICompatible({ name: "mine", baseURL: BASE.baseUrl, fetch: answering('{"n":1}') })("m");
  const result = await createModelFrom(instance).generate({ prompt: "x", schema: z.object({ n: z.number() }) });
  expect(result).toMatchObject({ provider: "mine.chat", value: { n: 1 }, requestId: "r9", costUsd: null });
  expect(result.usage).toEqual({ model: "m", inputTokens: 10, outputTokens: 5, cachedTokens: 4 });
});

test("answers are checked even if the schema library provides no JSON schema", async () => {
  const schema = {
    "~standard": {
      version: 1,
      vendor: "own",
      validate: (value: unknown) => (value === 7 ? { value: 7 } : { issues: [{ message: "is not seven" }] }),
    },
  } as const;
  expect((await createModel({ ...BASE, fetch: answering("7") }).generate({ prompt: "x", schema })).value).toBe(7);
  const failed = createModel({ ...BASE, fetch: answering("8") }).generate({ prompt: "x", schema });
  await expect(failed).rejects.toThrow(/\(the whole answer\): is not seven/);
});

test("a rate spaces the requests of all calls, including repairs, and a wait can be aborted", async () => {
  let nowMs = 0;
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    nowMs: () => nowMs,
    after: (delayMs, wake) => {
      timers.set(wake, nowMs + delayMs);
      return () => timers.delete(wake);
    },
  };
  const startedMs: number[] = [];
  const client = createModel({
    ...BASE,
    clock,
    rate: { calls: 2, perMs: 4_000 },
    timeoutMs: 1_000_000,
    fetch: answering('{"n":"x"}'),
    onCall: ({ startedAtMs }) => startedMs.push(startedAtMs),
  });
  const schema = z.object({ n: z.number() });
  const calls = Promise.allSettled([1, 2].map(() => client.generate({ prompt: "x", schema })));
  const stop = new AbortController();
  const last = client.generate({ prompt: "x", signal: stop.signal }).catch((error: unknown) => error);
  for (let second = 0; second < 8; second++) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (second === 1) stop.abort("enough");
    nowMs += 1_000;
    for (const [wake, atMs] of timers) if (atMs <= nowMs && timers.delete(wake)) wake();
  }
  expect((await calls).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await last).toBe("enough");
  expect(startedMs).toEqual([0, 2_000, 4_000, 6_000]);
  expect(() => createModel({ ...BASE, rate: { calls: 0, perMs: 1 } })).toThrow(/rate\.calls/);
});

describe("the timeout", () => {
  test("runs on the given clock, and the timer of an answered call is cancelled", async () => {
    let nowMs = 0;
    const timers = new Set<() => void>();
    const clock: Clock = {
      nowMs: () => nowMs,
      after: (delayMs, wake) => {
        expect(delayMs).toBe(60_000);
        timers.add(wake);
        return () => timers.delete(wake);
      },
    };
    await createModel({ ...BASE, clock, timeoutMs: 60_000, fetch: answering("hi") }).generate({ prompt: "x" });
    expect(timers.size).toBe(0);

    const records: CallRecord[] = [];
    const client = createModel({
      ...BASE,
      clock,
      timeoutMs: 60_000,
      fetch: silent,
      onCall: (record) => records.push(record),
    });
    const failed = client.generate({ prompt: "x" }).catch((error: unknown) => error);
    nowMs = 60_000;
    for (const wake of timers) wake();
    expect(await failed).toMatchObject({ category: "timeout", message: expect.stringContaining("60000 ms") });
    expect(records).toMatchObject([{ latencyMs: 60_000, charged: "unknown", costUsd: null, usdSource: "estimate" }]);
  });

  test("of a thousand calls with one signal leaves no listener behind", async () => {
    const { signal } = new AbortController();
    const client = createModel({ ...BASE, fetch: answering("hi") });
    for (let call = 0; call < 1_000; call++) await client.generate({ prompt: "x", signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

test("an abort rejects with its own reason, whatever it is, and not with a model error", async () => {
  for (const reason of [new Error("shutdown"), "text", { why: "pause" }]) {
    const abort = new AbortController();
    const call = createModel({ ...BASE, fetch: silent }).generate({ prompt: "x", signal: abort.signal });
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
  }
});
