import { describe, expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { byItem, chargedUsd, ITEMS, type ItemRow, killed, makeBench, ok } from "./bench.js";

const PAUSED = 75;

describe("a run of the narrative benchmark pauses", () => {
  test("before its budget is exceeded, also over a kill, as the provider counts it", async () => {
    const bench = await makeBench({ cases: 400, latencyMs: [5, 15], run: { budget_usd: 5 } });
    const running = bench.start("r");
    await bench.journalHas(120, running);
    await killed(running);
    await ok(bench.resume("r"), PAUSED);
    const paused = await bench.show("r");
    expect([paused.status, paused.reason]).toEqual(["paused", "budget"]);
    const charged = chargedUsd(bench.journal());
    expect(charged).toBeLessThanOrEqual(5);
    // The budget is used, not merely kept: what is left would not pay for the calls that a kill may have cost, and one more.
    expect(charged).toBeGreaterThan(3.5);
    const recorded = bench.sql<ItemRow>(ITEMS, "r").reduce((sum, { cost_usd }) => sum + cost_usd, 0);
    expect(recorded).toBeLessThanOrEqual(charged + 1e-9);
    const calls = bench.journal().length;
    await ok(bench.resume("r"), PAUSED);
    expect(bench.journal().length).toBeLessThanOrEqual(calls + 1);
    expect(chargedUsd(bench.journal())).toBeLessThanOrEqual(5);
  });

  test("when it is asked to wait for long, and says until when", async () => {
    const bench = await makeBench({
      cases: 50,
      faults: { script: { "r:g1:classify:0000010:le": ["rate429"] }, retryAfterSeconds: 600 },
    });
    const beganAtMs = Date.now();
    await ok(bench.start("r"), PAUSED);
    const paused = await bench.show("r");
    expect([paused.status, paused.reason]).toEqual(["paused", "rate_limit"]);
    const wakeInMs = (paused.wakeAt ?? 0) - beganAtMs;
    expect(wakeInMs).toBeGreaterThan(590_000);
    expect(wakeInMs).toBeLessThan(660_000);
    await ok(bench.resume("r"));
    const calls = byItem(bench.journal(), "r");
    expect(calls.get("0000010:le")?.map(({ status }) => status)).toEqual([429, 200]);
    // The wait was the provider's wish: it used up none of the narrative's tries, and no other was asked twice.
    expect(bench.journal().filter(({ paid }) => paid).length).toBe(100);
  });

  test("at once when its key is refused, or not there at all", async () => {
    const bench = await makeBench({ cases: 50, apiKey: "other", run: { concurrency: 4 } });
    await ok(bench.start("r"), PAUSED);
    const paused = await bench.show("r");
    expect([paused.status, paused.reason]).toEqual(["paused", "auth"]);
    expect(bench.journal().length).toBeLessThanOrEqual(4);
    expect(bench.sql<ItemRow>(ITEMS, "r")).toEqual([]);
    await bench.serve({ apiKey: "right" });
    await ok(bench.resume("r"));
    expect(bench.sql<ItemRow>(ITEMS, "r").every(({ outcome }) => outcome === 1)).toBe(true);
    const keyless = bench.start("s", "--model.api-key-env=NO_SUCH_KEY");
    const { stderr } = await ok(keyless, PAUSED);
    expect(stderr).toContain("NO_SUCH_KEY");
    expect((await bench.show("s")).reason).toBe("auth");
  });

  test("when too many of the last 200 narratives ended in an error", async () => {
    const run = { concurrency: 4, max_failed: 5 };
    const bench = await makeBench({ cases: 200, faults: { refusal: 0.3 }, run });
    await ok(bench.start("r"), PAUSED);
    const paused = await bench.show("r");
    expect([paused.status, paused.reason]).toEqual(["paused", "error_rate"]);
    const errors = bench.sql<ItemRow>(ITEMS, "r").filter(({ outcome }) => outcome === 0).length;
    // 5 % of 200 are ten; the eleventh trips, and what is under way then still ends.
    expect(errors).toBeGreaterThan(10);
    expect(errors).toBeLessThanOrEqual(11 + 4);
    await bench.serve({});
    await ok(bench.resume("r"), 3);
    expect((await bench.show("r")).reason).toBe("items_failed");
    await ok(bench.resume("r", "--only=errors", "--yes"));
    expect(await bench.show("r")).toMatchObject({ status: "completed", output: { narratives: 400, errors: 0 } });
  });

  test("and an answer that was paid for after its lease was lost is adopted, not paid again", async () => {
    // Paid for at once, answered six seconds later: long enough to stop the process meanwhile.
    const bench = await makeBench({ cases: 20, latencyMs: [6_000, 6_000], run: { concurrency: 4, batch_size: 1 } });
    // A short lease, so that the test need not wait for the half minute after which a silent holder is called stalled.
    const lease = ["--lease-ms=12000", "--heartbeat-ms=2000"];
    const running = bench.start("r", ...lease);
    // The first calls go out one by one; the third and the fourth are under way together.
    await bench.journalHas(4, running);
    await bench.freeze(running);
    const recorded = new Set(bench.sql<ItemRow>(ITEMS, "r").map(({ key }) => `r:g1:classify:${key}`));
    // Its lease runs out, and another process takes it away without executing the run.
    await untilFree(bench);
    running.child.kill("SIGCONT");
    await running.ended;
    const asked = bench.journal().map(({ key }) => key);
    const owed = asked.filter((key) => !recorded.has(key));
    expect(owed.length).toBeGreaterThan(0);
    const kept = bench.sql<{ key: string }>("SELECT key FROM paid_result").map(({ key }) => `r:g1:classify:${key}`);
    expect(kept.sort()).toEqual(owed.sort());
    await bench.serve({});
    await ok(bench.resume("r"));
    expect(bench.sql<ItemRow>(ITEMS, "r").length).toBe(40);
    const again = bench
      .journal()
      .slice(asked.length)
      .map(({ key }) => key);
    expect(again.filter((key) => asked.includes(key))).toEqual([]);
    expect(bench.journal().length).toBe(40);
  });
});

/** Looks from within this process: a process for each look would take a core from what is waited for. */
async function untilFree({ project, env }: Awaited<ReturnType<typeof makeBench>>): Promise<void> {
  const isFreed = async () => {
    const { code, stdout, stderr } = await project.run(["locks", "clean", "--json"], { env });
    if (code !== 0) throw new Error(`locks clean: exit ${code}\n${stdout}\n${stderr}`);
    return (JSON.parse(stdout) as { readonly cleaned: number }).cleaned > 0;
  };
  await waitFor(isFreed, { withinMs: 120_000, what: "the lease of a stopped process to run out" });
}
