/**
 * A budget against a provider that counts the whole request as sent and obeys `max_tokens`. It never charges more than
 * the budget, however many calls run, whatever fails, and whenever the process is killed.
 */
import { defineWorkflow } from "@holdfast/engine";
import { type Clock, classifyModelError, createModel } from "@holdfast/models";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { VirtualClock } from "../clock/virtual-clock.js";
import { runOverKills } from "../simulation/over-kills.fixture.js";

const PRICE = { model: "m", inputUsdPerMTok: 3, outputUsdPerMTok: 15, asOf: "", source: "" };
const SCHEMA = z.object({ label: z.enum(["yes", "no"]), why: z.string().describe("One sentence. ".repeat(20)) });

interface Case {
  readonly concurrency: number;
  readonly budgetCalls: number;
  readonly killsAfterMs: readonly number[];
  readonly seed: number;
  readonly structured: boolean;
  readonly maxOutputTokens: number | undefined;
}

/** A provider as a fetch function: dense tokens, long answers, faults, and its own ledger. */
class Provider {
  chargedUsd = 0;
  calls = 0;
  private state: number;

  constructor(
    private readonly clock: VirtualClock,
    seed: number,
  ) {
    this.state = seed + 1;
  }

  readonly fetch: typeof globalThis.fetch = async (_, init) => {
    const text = String(init?.body);
    const { max_tokens: max = 4_000 } = JSON.parse(text) as { max_tokens?: number };
    this.calls++;
    const fate = this.draw();
    const used = { input: Math.ceil(Buffer.byteLength(text) / 2), output: Math.ceil(this.draw() * max) };
    if (fate > 0.1)
      this.chargedUsd += (used.input * PRICE.inputUsdPerMTok + used.output * PRICE.outputUsdPerMTok) / 1e6;
    await this.within(fate < 0.2 && fate > 0.1 ? 3_600_000 : 200 + this.draw() * 4_000, init?.signal ?? null);
    if (fate <= 0.1) return new Response('{"error":{"message":"broken"}}', { status: 500 });
    const content = fate < 0.4 ? `{"label":"maybe","why":"${"x".repeat(used.output)}"}` : '{"label":"yes","why":"so"}';
    const usage = { prompt_tokens: used.input, completion_tokens: used.output, total_tokens: used.input + used.output };
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    return new Response(JSON.stringify({ id: "1", created: 1, model: "m", choices, usage }), {
      headers: { "content-type": "application/json" },
    });
  };

  private within(ms: number, signal: AbortSignal | null): Promise<void> {
    return this.clock.sleep(ms, signal ?? undefined).then(() => signal?.throwIfAborted());
  }

  private draw(): number {
    this.state = (this.state * 1_103_515_245 + 12_345) % 2 ** 31;
    return this.state / 2 ** 31;
  }
}

async function run(
  given: Case,
): Promise<{ chargedUsd: number; budgetUsd: number; calls: number; status: string | undefined }> {
  const { concurrency, budgetCalls, killsAfterMs, seed, structured, maxOutputTokens } = given;
  const clock = new VirtualClock();
  const modelClock: Clock = {
    nowMs: () => clock.nowMs(),
    after: (ms, wake) => {
      const timer = clock.setTimer(ms, wake);
      return () => timer.cancel();
    },
  };
  const provider = new Provider(clock, seed);
  const model = createModel({
    provider: "openai-compatible",
    name: "m",
    baseUrl: "http://127.0.0.1:1/v1",
    prices: [PRICE],
    fetch: provider.fetch,
    clock: modelClock,
    timeoutMs: 10_000,
    structured,
    maxOutputTokens,
  });
  const requestOf = (item: string) => ({
    system: "Judge.",
    prompt: `Text ${item}: ${"word ".repeat(50)}`,
    schema: SCHEMA,
  });
  const budgetUsd = model.reserveUsd(requestOf("n0")) * budgetCalls;
  const workflow = defineWorkflow({
    name: "judge",
    input: z.object({}),
    recovery: { maxRecoveries: 100 },
    run: async ({ map }) => {
      const options = {
        key: (item: string) => item,
        concurrency,
        attempts: 3,
        budget: { usd: budgetUsd },
        classify: classifyModelError,
      };
      const items = Array.from({ length: 300 }, (_, n) => `n${n}`);
      await map("each", items, { ...options, maxFailed: 300 }, async (item, { spend, signal }) => {
        const request = requestOf(item);
        // Twice, so that the first call's cost is settled while the item is still in progress.
        for (const _ of [1, 2]) {
          await spend(model.reserveUsd(request), async () => {
            const { value, costUsd } = await model.generate({ ...request, signal });
            return { value, usd: costUsd as number };
          });
        }
        return item;
      });
    },
  });
  const { status } = await runOverKills({ clock, workflow, killsAfterMs });
  return { chargedUsd: provider.chargedUsd, budgetUsd, calls: provider.calls, status };
}

test.each([1, 20, 100])(
  "with %i concurrent calls, no kill and no fault makes it charge more than the budget",
  async (concurrency) => {
    const cases = fc.record({
      concurrency: fc.constant(concurrency),
      budgetCalls: fc.double({ min: 0.5, max: 60, noNaN: true }),
      killsAfterMs: fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 3 }),
      seed: fc.nat(1e6),
      structured: fc.boolean(),
      maxOutputTokens: fc.constantFrom(undefined, 50, 2_000),
    });
    let spentShare = 0;
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const { chargedUsd, budgetUsd } = await run(given);
        expect(chargedUsd).toBeLessThanOrEqual(budgetUsd);
        spentShare = Math.max(spentShare, chargedUsd / budgetUsd);
      }),
      { numRuns: 12 },
    );
    // The limit must not hold merely because nothing is spent.
    expect(spentShare).toBeGreaterThan(0.3);
  },
);

test("with many concurrent calls, the budget is used and not only reserved", async () => {
  const given = {
    concurrency: 100,
    budgetCalls: 20,
    killsAfterMs: [],
    seed: 7,
    structured: true,
    maxOutputTokens: 200,
  };
  const { chargedUsd, budgetUsd, calls, status } = await run(given);
  expect(status).toBe("paused");
  expect(calls).toBeGreaterThan(20);
  expect(chargedUsd / budgetUsd).toBeGreaterThan(0.6);
  expect(chargedUsd).toBeLessThanOrEqual(budgetUsd);
});
