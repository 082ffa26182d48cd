// Client, limiter and a server with a real rate limit together: every item completes and is paid once.
import { createLimiter, createModel, limiterOutcomeOf, ModelCallError } from "@holdfast/models";
import { expect, test } from "vitest";
import { startModelServer } from "./model-server.js";

test("sixty items against a limit of fifty a second: all complete, each paid once, one cut per episode", async () => {
  await using server = await startModelServer({ seed: 3, rateLimit: { rpm: 3_000, burst: 5 }, latencyMs: [1, 4] });
  const client = createModel({ provider: "openai-compatible", name: "test-model", baseUrl: server.baseUrl });
  const limiter = createLimiter({ min: 1, max: 16, start: 16, tpm: 10_000_000 });
  let refused = 0;

  /** Acts like an engine: a rate limit uses up no attempt, and the limiter makes it wait. */
  async function finish(key: string): Promise<void> {
    for (;;) {
      const request = { prompt: `Item ${key}.`, idempotencyKey: key };
      const permit = await limiter.acquire(client.reserveTokens(request));
      try {
        const { usage, rateLimit } = await client.generate(request);
        if (rateLimit) expect(rateLimit.limitRequests).toBe(3_000);
        return permit.release({ kind: "ok", tokens: (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0) });
      } catch (error) {
        permit.release(limiterOutcomeOf(error));
        if (!(error instanceof ModelCallError) || error.category !== "rate_limit") throw error;
        refused += 1;
      }
    }
  }

  const keys = Array.from({ length: 60 }, (_, at) => `item-${at}`);
  await Promise.all(keys.map(finish));
  const paid = server.journal.filter((line) => line.paid).map((line) => line.key);
  expect(paid.sort()).toEqual([...keys].sort());
  expect(refused).toBe(server.journal.length - 60);
  expect(refused).toBeGreaterThan(0);
  expect(limiter).toMatchObject({ underWay: 0, waiting: 0 });
  // All within one cool-down: one episode, one cut.
  expect(limiter.changes.filter((change) => change.why === "rate_limited")).toMatchObject([{ from: 16, to: 12 }]);
});
