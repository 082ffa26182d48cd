/**
 * Workflows of the simulation, one for each way to call stages. Outputs depend on the input only: whatever happens on
 * the way, a run that completes must have the one right output.
 */
import type { Clock } from "@holdfast/core";
import { defineWorkflow, type StageContext, type Workflow } from "@holdfast/engine";
import type { Actor, Effects, StageBody } from "./effects.js";

export interface ZooInput {
  readonly n: number;
}

/** Parts of the workflows of one worker. */
export interface ZooParts {
  readonly actor: Actor;
  readonly clock: Clock;
  readonly effects: Effects;
  /** Returns whether the outside world fails at present. Calls that need it then fail, and succeed when retried later. */
  readonly isOutage: () => boolean;
  /** Budget of a map of paid items, per generation of its run. */
  readonly budgetUsd: () => number;
}

const anyInput = {
  "~standard": {
    version: 1 as const,
    vendor: "holdfast",
    validate: (value: unknown) => ({ value: value as ZooInput }),
  },
};

/** Far above what a simulation crashes, so that these runs complete however often they are recovered. */
const PATIENT = { maxRecoveries: 1_000 };
const LARGE_COUNT = 400;
/** Stages take long compared with the time between two moves, so that most faults hit a running one. */
const PACE = 6;

/** The right output of a completed run. */
export const ZOO_OUTPUTS: Readonly<Record<string, (n: number) => unknown>> = {
  sequential: (n) => n * 3 + 3,
  parallel: (n) => 3 * n + 3,
  flaky: (n) => n + 1,
  fallback: (n) => `fallback ${n}`,
  checkpoints: (n) => n + 5,
  gate: (n) => (n % 2 === 0 ? "even" : "odd"),
  large: (n) => Array.from({ length: LARGE_COUNT }, (_, i) => n + i),
  exclusive: (n) => n * 2,
  timeout: (n) => `in time ${n}`,
  outage: (n) => `reached ${n}`,
  reaching: (n) => REACHING_ITEMS * n + (REACHING_ITEMS * (REACHING_ITEMS - 1)) / 2,
  impatient: (n) => n + 2,
  sleeping: (n) => n + 3,
  paid: (n) => PAID_ITEMS * n + (PAID_ITEMS * (PAID_ITEMS - 1)) / 2,
};

const PAID_ITEMS = 8;
/** More than the consecutive failures that count as an outage. */
const REACHING_ITEMS = 24;
/** A dollar per item, plus a few for calls interrupted by a crash. */
export const PAID_BUDGET_USD = 14;

/** Workflows whose runs may fail on their own. Any other failed run must have been failed by a person. */
export const MAY_FAIL: ReadonlySet<string> = new Set(["outage", "impatient"]);

export function makeZoo(parts: ZooParts): readonly Workflow<ZooInput, unknown>[] {
  const { clock, isOutage } = parts;
  const body = makeBody(parts);
  const sleep = (ms: number, signal?: AbortSignal) => clock.sleep(ms * PACE, signal);
  return [
    defineWorkflow({
      name: "sequential",
      input: anyInput,
      stages: ["a", "b", "c"],
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        const a = await stage(
          "a",
          body(runId, "a", () => sleep(300).then(() => input.n + 1)),
        );
        const b = await stage(
          "b",
          body(runId, "b", () => sleep(2_000).then(() => a + input.n + 1)),
        );
        return stage(
          "c",
          body(runId, "c", async () => b + input.n + 1),
        );
      },
    }),
    defineWorkflow({
      name: "parallel",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        const parts = await Promise.all(
          [1, 2, 3].map((i) =>
            stage(
              `part-${i}`,
              body(runId, `part-${i}`, () => sleep(400 * i).then(() => input.n + i - 1)),
            ),
          ),
        );
        return stage(
          "join",
          body(runId, "join", async () => parts.reduce((sum, part) => sum + part, 0)),
        );
      },
    }),
    defineWorkflow({
      name: "flaky",
      input: anyInput,
      recovery: PATIENT,
      run: ({ input, runId, stage }) =>
        // Every third attempt succeeds. An interrupted one uses up a number, so the allowance is far above three.
        stage(
          "flaky",
          { attempts: 100, backoff: { initialMs: 500, maxMs: 2_000 } },
          body(runId, "flaky", async ({ attempt }) => {
            await sleep(100);
            if (attempt % 3 !== 0) throw new Error(`attempt ${attempt} fails`);
            return input.n + 1;
          }),
        ),
    }),
    defineWorkflow({
      name: "fallback",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        const risky = body(runId, "risky", async (): Promise<string> => {
          await sleep(200);
          throw new Error("never works");
        });
        const found = await stage("risky", { attempts: 2, backoff: { initialMs: 200 } }, risky).catch(() => null);
        return (
          found ??
          stage(
            "fallback",
            body(runId, "fallback", async () => `fallback ${input.n}`),
          )
        );
      },
    }),
    defineWorkflow({
      name: "checkpoints",
      input: anyInput,
      recovery: PATIENT,
      run: ({ input, runId, stage }) =>
        stage(
          "steps",
          body(runId, "steps", async ({ checkpoint, log }) => {
            const saved = (await checkpoint.get()) as { done: number } | null;
            for (let done = saved?.done ?? 0; done < 5; done++) {
              await sleep(700);
              log(`step ${done}`, { done });
              await checkpoint.save({ done: done + 1 });
            }
            return input.n + 5;
          }),
        ),
    }),
    defineWorkflow({
      name: "gate",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        const isEven = await stage(
          "check",
          body(runId, "check", async ({ gate, progress }) => {
            progress(1, 2, "checking");
            await sleep(900);
            return gate("even", input.n % 2 === 0, input.n % 2, 0);
          }),
        );
        return stage(
          isEven ? "even" : "odd",
          body(runId, isEven ? "even" : "odd", async () => (isEven ? "even" : "odd")),
        );
      },
    }),
    defineWorkflow({
      name: "large",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        const file = await stage(
          "write",
          body(runId, "write", async ({ artifact }) => {
            await sleep(50);
            return artifact.writeJson("numbers.json", [input.n]);
          }),
        );
        return stage(
          "read",
          body(runId, "read", async ({ artifact }) => {
            const [n] = (await artifact.readJson(file)) as [number];
            return Array.from({ length: LARGE_COUNT }, (_, i) => n + i);
          }),
        );
      },
    }),
    defineWorkflow({
      name: "exclusive",
      input: anyInput,
      recovery: PATIENT,
      run: ({ input, runId, stage }) =>
        stage(
          "write",
          body(runId, "write", ({ exclusive }, of) =>
            exclusive("the file", async ({ token }) => {
              const leave = parts.effects.enter("the file", token, of);
              try {
                await sleep(4_000);
                return input.n * 2;
              } finally {
                leave();
              }
            }),
          ),
        ),
    }),
    defineWorkflow({
      name: "timeout",
      input: anyInput,
      recovery: PATIENT,
      run: ({ input, runId, stage }) =>
        stage(
          "slow",
          { attempts: 100, timeoutMs: 1_000 * PACE, backoff: { initialMs: 100, maxMs: 500 } },
          body(runId, "slow", async ({ attempt, signal }) => {
            await sleep(attempt % 2 === 1 ? 60_000 : 500, signal);
            signal.throwIfAborted();
            return `in time ${input.n}`;
          }),
        ),
    }),
    defineWorkflow({
      name: "outage",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage }) => {
        await stage(
          "before",
          body(runId, "before", async () => input.n),
        );
        return stage(
          "reach",
          { attempts: 2, backoff: { initialMs: 1_000 } },
          body(runId, "reach", async () => {
            await sleep(250);
            if (isOutage()) throw new Error("the outside world is down");
            return `reached ${input.n}`;
          }),
        );
      },
    }),
    defineWorkflow({
      // A map that needs the outside world: an outage pauses its run, and fails none of its items.
      name: "reaching",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage, map }) => {
        const items = Array.from({ length: REACHING_ITEMS }, (_, i) => ({ key: `k${i}`, n: input.n + i }));
        const options = { key: "key" as const, concurrency: 4, attempts: 100, batch: { results: 8, ms: 1_000 } };
        const results = await map("reach", items, options, async ({ n }) => {
          await sleep(50);
          if (isOutage()) throw Object.assign(new Error("the outside world is down"), { code: "ECONNREFUSED" });
          return n;
        });
        return stage(
          "sum",
          { inputs: { results } },
          body(runId, "sum", async ({ results: read }) => {
            let sum = 0;
            for await (const result of read(results)) if (result.outcome === "ok") sum += result.output;
            return sum;
          }),
        );
      },
    }),
    defineWorkflow({
      name: "paid",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage, map }) => {
        const items = Array.from({ length: PAID_ITEMS }, (_, i) => ({ key: `k${i}`, n: input.n + i }));
        const options = {
          key: "key" as const,
          concurrency: 3,
          batch: { results: 2, ms: 2_000 },
          attempts: 100,
          budget: { usd: parts.budgetUsd() },
        };
        const results = await map("pay", items, options, ({ n }, { spend, key, attempt, signal, idempotencyKey }) => {
          const of = { actor: parts.actor, runId, stage: `pay:${key}`, attempt, idempotencyKey, signal };
          // Its beginning is checked like that of any code. After a lost lease a call may rightly be paid for twice, so
          // it does not count as "inside" while it lasts.
          parts.effects.begin(of)();
          return spend(1, async () => {
            parts.effects.pay("pay", key, of);
            await sleep(400);
            if (n % 5 === 0 && attempt === 1) throw Object.assign(new Error("try again"), { costUsd: 1 });
            return { value: n, usd: 1 };
          });
        });
        return stage(
          "sum",
          { inputs: { results } },
          body(runId, "sum", async ({ results: read }) => {
            let sum = 0;
            for await (const result of read(results)) if (result.outcome === "ok") sum += result.output;
            return sum;
          }),
        );
      },
    }),
    defineWorkflow({
      // Waits alone, beside a stage, and one that is sat out.
      name: "sleeping",
      input: anyInput,
      recovery: PATIENT,
      run: async ({ input, runId, stage, sleep: nap }) => {
        const one = await stage(
          "one",
          body(runId, "one", () => sleep(200).then(() => input.n + 1)),
        );
        await nap("long", "30s");
        const [two] = await Promise.all([
          stage(
            "two",
            body(runId, "two", () => sleep(2_000).then(() => one + 1)),
          ),
          nap("beside", 20_000),
          nap("short", 500),
        ]);
        return stage(
          "three",
          body(runId, "three", async () => two + 1),
        );
      },
    }),
    defineWorkflow({
      name: "impatient",
      input: anyInput,
      // Recovered at most once, and paused instead of resumed; a paused run must state its reason.
      recovery: { onStall: "pause", maxRecoveries: 1 },
      run: async ({ input, runId, stage }) => {
        const one = await stage(
          "one",
          body(runId, "one", () => sleep(1_500).then(() => input.n + 1)),
        );
        return stage(
          "two",
          body(runId, "two", () => sleep(1_500).then(() => one + 1)),
        );
      },
    }),
  ] as readonly Workflow<ZooInput, unknown>[];
}

/** Returns a stage's function that is journaled when it begins and ends. */
function makeBody({ actor, effects }: ZooParts) {
  return <T>(runId: string, stage: string, fn: (context: StageContext, of: StageBody) => Promise<T>) =>
    async (context: StageContext): Promise<T> => {
      const { attempt, idempotencyKey, signal } = context;
      const of = { actor, runId, stage, attempt, idempotencyKey, signal };
      const end = effects.begin(of);
      try {
        return await fn(context, of);
      } finally {
        end();
      }
    };
}
