/**
 * What must compile and what must not. Checked by `npm run check:types`, never executed; an expected error that does
 * not occur fails the check as well.
 */
import {
  type Actor,
  type ArtifactRef,
  defineWorkflow,
  type Holdfast,
  type Json,
  type MapRef,
  openHoldfast,
  type StageContext,
  StageFailedError,
  type Stages,
} from "holdfast";
import { z } from "zod";

declare function gather(topic: string, o: { signal: AbortSignal }): Promise<{ url: string; text: string }[]>;
declare function write(s: readonly { url: string; text: string }[]): Promise<{ title: string; body: string }>;

// A brief in two stages
export const brief = defineWorkflow({
  name: "brief",
  input: z.object({ topic: z.string(), words: z.number().default(500) }),
  stages: ["gather", "write"],
  recovery: { onStall: "resume", maxRecoveries: 3, stallAfterMs: 30_000, idleTimeoutMs: 30 * 60_000 },
  async run({ input, stage }) {
    const sources = await stage("gather", ({ signal }) => gather(input.topic, { signal }));
    return stage("write", { attempts: 3 }, async ({ artifact }) =>
      artifact.writeJson("brief.json", await write(sources)),
    );
  },
});

// Thirteen stages with gates and parallel ones
interface Review {
  issues: string[];
  score: number;
}
const country = z.object({ country: z.string(), industry: z.string(), strictTemplate: z.boolean().default(true) });
declare function llm<T>(prompt: string, o: { signal: AbortSignal; key: string }): Promise<T>;
declare function buildPptx(path: string): Promise<void>;
const review =
  (about: unknown) =>
  async ({ signal, idempotencyKey, gate }: StageContext): Promise<Review> => {
    const r = await llm<Review>(`review ${JSON.stringify(about)}`, { signal, key: idempotencyKey });
    gate("score", r.score >= 0.7, r.score, 0.7);
    return r;
  };
export const marketResearch = defineWorkflow({
  name: "market-research",
  input: country,
  stages: [
    { name: "2", title: "Country research" },
    { name: "2a", title: "Research review", kind: "review" },
    { name: "3", title: "Synthesis" },
    { name: "3a", title: "Synthesis review", kind: "review" },
    { name: "4", title: "Content check", kind: "gate" },
    { name: "4a", title: "Content improve", kind: "review" },
    { name: "5", title: "Pre-build check", kind: "gate" },
    { name: "6", title: "Content-size scan" },
    { name: "6a", title: "Readability rewrite", kind: "review" },
    { name: "7", title: "Build deck" },
    { name: "8", title: "Deck health check", kind: "gate" },
    { name: "8a", title: "Final review", kind: "review" },
    { name: "9", title: "Delivery" },
  ],
  async run({ input, stage }) {
    const raw = await stage("2", { attempts: 2, timeoutMs: 600_000 }, async ({ artifact, signal, idempotencyKey }) =>
      artifact.writeJson(
        "research-raw.json",
        await llm<{ facts: string[] }>(input.country, { signal, key: idempotencyKey }),
      ),
    );
    const [, synthesis] = await Promise.all([
      stage("2a", review(raw)),
      stage("3", { inputs: { raw } }, async ({ artifact }) => {
        const { facts } = await artifact.readJson(raw); // typed through the ref
        return artifact.write("synthesis.md", facts.join("\n"));
      }),
    ]);
    await stage("3a", review(synthesis));
    const check = await stage("4", async ({ artifact, gate }) => {
      const text = new TextDecoder().decode(await artifact.read(synthesis));
      const passed = gate("citations", text.includes("["), 0.9, 1);
      if (!passed && input.strictTemplate) throw new Error("uncited claim");
      return { passed };
    });
    const improved = check.passed
      ? synthesis
      : await stage("4a", ({ artifact }) => artifact.write("synthesis-improved.md", "…"));
    const deckData = await stage("5", ({ artifact }) =>
      artifact.writeJson("deck-data.json", { slides: [{ title: "x" }] }),
    );
    const [scan, readable] = await Promise.all([
      stage("6", () => ({ overflow: 0 })),
      stage("6a", async ({ artifact }) => artifact.writeJson("r.json", await artifact.readJson(deckData))),
    ]);
    const deck = await stage("7", ({ artifact }) => artifact.writeWith("deck.pptx", (path) => buildPptx(path)));
    try {
      await stage("8", async ({ artifact, gate }) => {
        gate("overflow", scan.overflow === 0);
        return { path: await artifact.locate(deck) };
      });
    } catch (error) {
      if (!(error instanceof StageFailedError) || error.error.code !== "BOUNDS") throw error;
    }
    await stage("8a", review({ improved, readable }));
    return stage("9", () => ({ deck, receipt: { at: "2026" } }));
  },
});

// The durable map over a dataset
const row = z.object({ incident_id: z.string(), type: z.enum(["le", "cme"]), text: z.string(), label: z.boolean() });
interface Verdict {
  ipv_detected: boolean;
  confidence: number;
}
declare function classify(
  text: string,
  c: { model: string; prompt: string },
  o: { signal: AbortSignal; key: string },
): Promise<{ value: Verdict; usd: number }>;
export const narratives = defineWorkflow({
  name: "narrative-benchmark",
  input: z.object({
    file: z.string(),
    model: z.string(),
    prompt: z.string(),
    budgetUsd: z.number(),
    maxErrorRate: z.number().default(0.05),
    concurrency: z.number().default(8),
  }),
  stages: ["ingest", "classify", "score", "export"],
  async run({ input, stage, map }) {
    const cases = await stage("ingest", ({ dataset }) =>
      dataset.ingest("narratives", input.file, { key: "incident_id", schema: row }),
    );
    const classified = await map(
      "classify",
      cases,
      {
        config: { model: input.model, prompt: input.prompt },
        concurrency: { min: 1, max: input.concurrency },
        budget: { usd: input.budgetUsd },
        maxErrorRate: input.maxErrorRate,
        attempts: 3,
        classify: (e) =>
          e instanceof Error && /401/.test(e.message) ? { then: "pause", category: "auth" } : undefined,
      },
      (item, { config, spend, signal, idempotencyKey }) =>
        spend(0.002, () => classify(item.text, config, { signal, key: idempotencyKey })),
    );
    const score = await stage("score", { inputs: { classified } }, async ({ results, progress }) => {
      let hits = 0,
        n = 0;
      for await (const r of results(classified, { outcome: "ok" })) {
        if (r.outcome === "ok" && r.output.ipv_detected) hits++;
        progress(++n, classified.ok);
      }
      return { accuracy: hits / n };
    });
    return { score, classified };
  },
});

// Dynamic stage names
declare function simulateYear(
  db: string,
  year: number,
  o: { signal: AbortSignal; idempotencyKey: string },
): Promise<{ headcount: number }>;
export const workforce = defineWorkflow({
  name: "workforce-simulation",
  input: z.object({ from: z.number(), to: z.number(), db: z.string() }),
  stages: ["setup", "year-*", "report"],
  exclusive: (input) => [`duckdb:${input.db}`],
  async run({ input, stage }) {
    await stage("setup", () => undefined);
    const years: { headcount: number }[] = [];
    for (let year = input.from; year <= input.to; year++) {
      years.push(
        await stage(`year-${year}`, { inputs: { before: years.at(-1) } }, ({ exclusive, idempotencyKey, progress }) => {
          progress(0, 1);
          return exclusive(`table:${year}`, (hold) =>
            simulateYear(input.db, year, { signal: hold.signal, idempotencyKey }),
          );
        }),
      );
    }
    return stage("report", () => years);
  },
});

// A checkpoint of one's own
const cursor = z.object({ page: z.number(), terms: z.record(z.string(), z.number()) });
declare function readPage(n: number): Promise<{ words: string[]; last: boolean }>;
export const analysis = defineWorkflow({
  name: "analysis",
  input: z.object({ folder: z.string() }),
  recovery: { onStall: "pause", startTimeoutMs: 60_000 },
  async run({ stage }) {
    return stage("count", { checkpoint: cursor, timeoutMs: 3_600_000 }, async ({ checkpoint, signal, progress }) => {
      const state = (await checkpoint.get()) ?? { page: 0, terms: {} };
      for (;;) {
        signal.throwIfAborted();
        const { words, last } = await readPage(state.page);
        for (const w of words) state.terms[w] = (state.terms[w] ?? 0) + 1;
        state.page++;
        await checkpoint.save(state);
        progress(state.page, undefined, `page ${state.page}`);
        if (last) return state.terms;
      }
    });
  },
});

// Helpers that take the context
export const fetchStages = ["fetch/*", "merge"] as const;
export async function fetchAll(
  ctx: Stages<`fetch/${string}` | "merge">,
  urls: readonly string[],
): Promise<ArtifactRef<string[]>> {
  const pages = await Promise.all(
    urls.map((url, i) =>
      ctx.stage(`fetch/${i}`, { inputs: url }, async ({ signal }) => (await fetch(url, { signal })).text()),
    ),
  );
  return ctx.stage("merge", ({ artifact }) => artifact.writeJson("pages.json", pages));
}
export async function timed<N extends string, T extends Json<T>>(
  ctx: Stages<N>,
  name: N,
  fn: (s: StageContext) => Promise<T>,
): Promise<T> {
  return ctx.stage(name, { timeoutMs: 1000 }, fn);
}
export const nested = defineWorkflow({
  name: "nested",
  input: z.object({ urls: z.array(z.string()) }),
  stages: [...fetchStages, "embed", "end"],
  async run(ctx) {
    const pages = await fetchAll(ctx, ctx.input.urls);
    const embedded: MapRef<number[]> = await ctx.map("embed", ctx.input.urls, { key: (u) => u }, async (u, { key }) => [
      u.length,
      key.length,
    ]);
    return timed(ctx, "end", async ({ artifact }) => ({
      pages,
      embedded,
      first: (await artifact.readJson(pages))[0] ?? null,
    }));
  },
});

export async function main(signal: AbortSignal): Promise<void> {
  await using holdfast = await openHoldfast({
    url: "sqlite:./.holdfast/holdfast.db",
    workflows: [brief, marketResearch, narratives, workforce, analysis, nested],
  });
  const run = await holdfast.start(brief, { topic: "tides" }, { through: "gather" });
  await holdfast.work({ concurrency: 4, signal, untilIdle: true });
  const out = await run.result();
  out.name satisfies string;
  const plan = await holdfast.plan(run.id, { only: "errors:rate_limit" });
  if (plan.refusal === null && plan.costUsd !== null && plan.costUsd[1] < 5)
    await holdfast.resume(run.id, { only: "errors:rate_limit", plan });
  const r2 = await holdfast.start(workforce, { from: 2025, to: 2034, db: "s.duckdb" }, { through: "year-2027" });
  (await r2.result()) satisfies readonly { headcount: number }[];
}

// ── What must not compile
export const wrong = defineWorkflow({
  name: "wrong",
  input: z.object({ a: z.string() }),
  stages: ["one", "year-*"],
  async run({ stage, map, input }) {
    // @ts-expect-error undeclared name
    await stage("two", () => 1);
    // @ts-expect-error Date in an output
    await stage("one", async () => ({ at: new Date() }));
    // @ts-expect-error bigint
    await stage("one", async () => 1n);
    // @ts-expect-error a promise handed to writeJson
    await stage("one", ({ artifact }) => artifact.writeJson("x.json", write([])));
    // @ts-expect-error input typo
    await stage("one", () => input.b);
    // @ts-expect-error Map in a map's result
    await map("one", [1], { key: String }, () => new Map());
    // @ts-expect-error wrong key type
    await map("one", [1], { key: (n: string) => n }, () => 1);
    // dynamic name as a variable: needs a const or template type
    const y = 2025;
    await stage(`year-${y}`, () => 1);
    const name = `year-${y}` as const;
    await stage(name, () => 1);
    const plain: string = name;
    // @ts-expect-error a plain string variable loses the pattern
    await stage(plain, () => 1);
    return "ok";
  },
});

export const wrongInput = defineWorkflow({
  name: "wrong-input",
  // @ts-expect-error the input schema yields a Date
  input: z.object({ at: z.coerce.date() }),
  run: ({ stage }) => stage("x", () => 1),
});

export const wrongOutput = defineWorkflow({
  name: "wrong-output",
  input: z.object({}),
  // @ts-expect-error the run's output is a Set
  run: async () => new Set([1]),
});

export const wrongRecovery = defineWorkflow({
  name: "wrong-recovery",
  input: z.object({}),
  // @ts-expect-error there is no such way to recover
  recovery: { onStall: "stop" },
  run: () => null,
});

// A source that can start at any position
export const entered = defineWorkflow({
  name: "entered",
  input: z.object({}),
  run: ({ map }) => {
    const from = function* (position: number) {
      for (let n = position; n < 10; n++) yield { id: `n${n}`, n };
    };
    return map("each", { from }, { key: "id" }, ({ n }): number => n);
  },
});

// Management, and operations in an actor's name
export async function manage(holdfast: Holdfast, actor: Actor): Promise<void> {
  const ada: Holdfast = holdfast.as(actor);
  const { revision } = await ada.runs.get("r");
  await ada.runs.pause("r", "lunch");
  await ada.runs.cancel("r", { reason: "enough", expect: revision });
  await ada.resume("r", { only: "errors", expect: revision });
  // @ts-expect-error a failure has a reason
  await ada.runs.fail("r", { expect: revision });
  const { planId, runs } = await ada.management.recover({ checkOnly: true, idleTimeoutMs: 60_000 });
  const cause: "stalled" | "idle" | "neverStarted" | undefined = runs[0]?.cause;
  if (cause !== undefined) await ada.management.recover({ planId });
  // @ts-expect-error an age is expected
  await ada.management.cleanup({ keepLast: 3 });
}

// One call that starts or continues a run
export async function runToEnd(holdfast: Holdfast, signal: AbortSignal): Promise<number> {
  const end = await holdfast.run(brief, { topic: "tides" }, { idempotencyKey: "tides", accept: ["reuse"], signal });
  // @ts-expect-error a run that did not complete has no output
  end.output;
  if (end.status === "completed") end.output.name satisfies string;
  else end.error?.message satisfies string | undefined;
  // @ts-expect-error a run that is returned is not running
  if (end.status === "running") return 1;
  // @ts-expect-error there is no such field of the input
  await holdfast.run(brief, { topics: "tides" });
  // @ts-expect-error there is no such option
  await holdfast.run(brief, { topic: "tides" }, { onPause: "return" });
  // @ts-expect-error there is no such stage
  await holdfast.run(brief, { topic: "tides" }, { through: "gathering" });
  const handle = await holdfast.resume(end.runId, { workflow: brief });
  (await handle.result()).name satisfies string;
  const { done, handle: here } = await holdfast.resumeHere(end.runId, { workflow: brief, only: "errors" });
  await done;
  (await here.result()).name satisfies string;
  return end.exitCode;
}
