/** Complete runs of `trade` in this process: what it records, what it refuses, and how it continues. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Holdfast, openHoldfast, type ResultPart } from "holdfast";
import { describe, expect, onTestFinished, test } from "vitest";
import { sampleFile } from "./input/samples.js";
import type { TradeResult } from "./report/stage.js";
import { trade } from "./workflow.js";

async function openRuns() {
  const folder = await mkdtemp(join(tmpdir(), "trade-"));
  const holdfast = await openHoldfast({ dataDir: join(folder, "data"), workflows: [trade] });
  onTestFinished(async () => {
    await holdfast.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { holdfast, path: (name: string) => join(folder, name) };
}

/** Weekdays from 2020, with one price each. */
function history(count: number, priceOf: (at: number) => number): string {
  const rows: string[] = [];
  for (let day = Date.UTC(2020, 0, 1); rows.length < count; day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() % 6 !== 0) rows.push(`${date.toISOString().slice(0, 10)},${priceOf(rows.length).toFixed(4)}`);
  }
  return `Date,Close\n${rows.join("\n")}\n`;
}

const wave = (at: number) => 100 * Math.exp(Math.sin(at / 40) / 3 + Math.sin(at * 12.9898) / 50);
const SMALL = { fast: [5, 10], slow: [20, 40], draws: 100 };
const ONE = { fast: [5], slow: [20], draws: 100 };

const resultOf = async (holdfast: Holdfast, input: object) => {
  const end = await holdfast.run(trade, input as never);
  if (end.status !== "completed") throw new Error(`${end.status}: ${JSON.stringify(end)}`);
  return { runId: end.runId, output: end.output as unknown as TradeResult };
};
const strip = (value: unknown) => JSON.stringify(value).replaceAll(/"(runId|digest)":"[^"]*"/g, "");
const part = <S extends ResultPart["shape"]>({ view }: TradeResult, shape: S) =>
  view.find((one): one is Extract<ResultPart, { shape: S }> => one.shape === shape);

describe("a trade job on the included oil prices", () => {
  test("chooses on the seen days, shows the unseen ones separately, and says what being the best of 64 is worth", async () => {
    const { holdfast } = await openRuns();
    const { output, runId } = await resultOf(holdfast, { unseenFrom: "2016-01-01" });
    expect(output).toMatchObject({ method: "backtest", file: "wti-daily.csv", best: { fast: 15, slow: 80 } });
    expect([output.seen.from, output.seen.to, output.unseen.from]).toEqual(["1987-01-02", "2015-12-31", "2016-01-04"]);
    expect(output.warnings.join("\n")).toMatch(
      /64 pairs tried: the best of 64 without skill[\s\S]*row 8645 \(2020-04-20 at -36\.98\)/,
    );
    expect(output.manyTesting).toMatchObject({ pairs: 64, draws: 1_000 });
    expect(output.manyTesting.luckySharpe).toBeCloseTo(0.44, 2);
    const series = part(output, "series");
    expect(series?.x.length).toBeLessThanOrEqual(402);
    for (const { values } of series?.lines ?? []) expect(values).toHaveLength(series?.x.length ?? 0);
    expect(Math.min(...((series?.drawdown?.values ?? []) as number[]))).toBeCloseTo(
      Math.min(output.seen.pair.worstFall, output.unseen.pair.worstFall),
      4,
    );
    expect(series?.unseen?.from).toBe("2016-01-04");
    expect(part(output, "grid")?.cells.flat()).toHaveLength(64);
    // The data for the page must stay small: the files have everything.
    expect(JSON.stringify(output).length).toBeLessThan(64 * 1024);
    const [equity] = (await holdfast.runs.artifacts(runId)).filter(({ name }) => name === "equity.csv");
    const lines = (await readFile(String(equity?.path), "utf8")).trimEnd().split("\n");
    expect(lines).toHaveLength(1 + output.seen.pair.days + output.unseen.pair.days);
    const gate = [];
    for await (const event of (await holdfast.handle(runId)).events({ type: "gate.checked" })) gate.push(event.data);
    expect(gate).toEqual([expect.objectContaining({ gate: "no look-ahead", passed: true })]);
  });

  test("the prices are the published files, unchanged", async () => {
    const sha256 = async (name: "wti-daily" | "brent-daily") =>
      createHash("sha256")
        .update(await readFile(sampleFile(name)))
        .digest("hex");
    const [wti, brent] = [await sha256("wti-daily"), await sha256("brent-daily")];
    expect(wti).toBe("e296634680fca6c045838d4c07a174383386efa8b657adb7ece4cc7464ef49a8");
    expect(brent).toBe("b5908edde7a195aca26d8bcc9993c38899fa579b0415796616a1469eee0d4dd4");
    const page = await readFile(new URL("../../../../examples/prices/README.md", import.meta.url), "utf8");
    for (const sum of [wti, brent]) expect(page).toContain(sum);
  });
});

describe("the user's own price file", () => {
  test("is read in place; higher costs earn less, and a different border moves days between the parts", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(path("own.csv"), history(700, wave));
    const { output } = await resultOf(holdfast, { ...ONE, prices: path("own.csv") });
    expect(output).toMatchObject({ file: "own.csv", manyTesting: { pairs: 1, draws: 100 } });
    const dear = (await resultOf(holdfast, { ...ONE, prices: path("own.csv"), costPercent: 1 })).output;
    expect(dear.unseen.pair.growth).toBeLessThan(output.unseen.pair.growth);
    const late = (await resultOf(holdfast, { ...ONE, prices: path("own.csv"), unseenShare: 0.5 })).output;
    expect(late.unseen.pair.days).toBeGreaterThan(output.unseen.pair.days);
  });

  test("fails the run at once if it is unusable or too short, naming rows and a remedy", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(path("bad.csv"), "Date,Close\n2026-01-05,10\n2026-01-06,x\n");
    const bad = await holdfast.run(trade, { ...SMALL, prices: path("bad.csv") });
    expect([bad.status, JSON.stringify(bad)]).toEqual(["failed", expect.stringMatching(/row 3.*--on-bad-row=skip/)]);
    await writeFile(path("short.csv"), history(80, wave));
    const short = await holdfast.run(trade, { ...SMALL, prices: path("short.csv") });
    expect(JSON.stringify(short)).toMatch(/the averages leave 29 days to choose on and 10 after them/);
    const view = await holdfast.runs.get(short.runId);
    expect(view.stages[0]?.attempts).toHaveLength(1);
  });

  test("has no pair to show if its prices never move", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(
      path("flat.csv"),
      history(400, () => 10),
    );
    const flat = await holdfast.run(trade, { ...SMALL, prices: path("flat.csv") });
    expect(JSON.stringify(flat)).toContain("No pair ever traded");
  });

  test("that is missing or a folder, and invalid pairs, are reported before a run exists", async () => {
    const { holdfast, path } = await openRuns();
    for (const [input, said] of [
      [{ prices: path("gone.csv") }, /there is no such file/],
      [{ prices: path(".") }, /it is a folder/],
      [{ fast: [50], slow: [10, 50] }, /no slow average is longer/],
      [
        {
          fast: Array.from({ length: 200 }, (_, at) => at + 1),
          slow: Array.from({ length: 200 }, (_, at) => at + 300),
        },
        /40000 pairs/,
      ],
      [{ costPercent: -1 }, /costPercent/],
      [{ unseenFrom: "next year" }, /unseenFrom/],
      [{ stopLoss: 5 }, /stopLoss/],
    ] as const)
      await expect(holdfast.start(trade, input as never)).rejects.toThrow(said);
  });
});

describe("a job that was stopped", () => {
  test("waits for its user: the supervisor pauses it if something was recorded", () => {
    expect(trade.policy.onStall).toBe("pause");
  });

  test("continues after the last recorded stage, whatever became of its file, with the same result", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(path("own.csv"), history(700, wave));
    const input = { ...SMALL, prices: path("own.csv") };
    const whole = await resultOf(holdfast, input);
    const first = await holdfast.run(trade, input, { through: "sweep" });
    expect(first.status).toBe("paused");
    await rm(path("own.csv"));
    await holdfast.resume(first.runId);
    await holdfast.work({ untilIdle: true });
    const { status, output } = await holdfast.runs.get(first.runId);
    expect(status).toBe("completed");
    expect(strip(output)).toBe(strip(whole.output));
  });

  test("continues after the last checkpoint of its comparison with chance, with the same result", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(path("own.csv"), history(700, wave));
    const slow = Array.from({ length: 40 }, (_, at) => 30 + at);
    const input = { fast: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11], slow, draws: 500, prices: path("own.csv") };
    const whole = await resultOf(holdfast, input);
    const { runId } = await holdfast.run(trade, input, { through: "sweep" });
    await holdfast.resume(runId);
    const worker = await holdfast.startWorker();
    const handle = await holdfast.handle(runId);
    for await (const _ of handle.events({ follow: true, type: "checkpoint.saved" })) break;
    const { head } = await holdfast.runs.summary(runId);
    await holdfast.runs.pause(runId);
    for await (const _ of handle.events({ follow: true, type: "run.paused", after: head })) break;
    await holdfast.resume(runId);
    await handle.result();
    await worker.drain();
    const logged: number[] = [];
    for await (const { data } of handle.events({ type: "log" })) {
      const done = String((data as { message?: string }).message).match(/goes on after (\d+) of 400 pairs/)?.[1];
      if (done !== undefined) logged.push(Number(done));
    }
    expect(logged).toHaveLength(1);
    expect([100, 200, 300]).toContain(logged[0]);
    expect(strip((await holdfast.runs.get(runId)).output)).toBe(strip(whole.output));
  });

  test("starts again with a changed query on request", async () => {
    const { holdfast, path } = await openRuns();
    await writeFile(path("own.csv"), history(700, wave));
    const { runId } = await resultOf(holdfast, { ...SMALL, prices: path("own.csv") });
    await holdfast.runs.restart(runId, { set: { slow: [60] } } as never);
    await holdfast.work({ untilIdle: true });
    const { output } = (await holdfast.runs.get(runId)) as unknown as { output: TradeResult };
    expect(output.manyTesting.pairs).toBe(2);
  });
});
