/** Schedules on the virtual clock: which runs they start, whatever people, code and clock changes do meanwhile. */
import { defineWorkflow, type ScheduleView, type Workflow } from "@holdfast/engine";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testHoldfast } from "./test-holdfast.js";

const input = z.object({ region: z.string().default("north") });
const HOUR_MS = 3_600_000;

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input and output
async function open(...workflows: Workflow<any, any, any>[]) {
  const holdfast = await testHoldfast({ workflows });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

type Opened = Awaited<ReturnType<typeof open>>;

/** A workflow that ends at once, or after some hours. */
const reportOf = (hours = 0, change: Partial<Parameters<typeof defineWorkflow>[0]> = {}) =>
  defineWorkflow({
    name: "report",
    input,
    run: async ({ sleep, input: { region } }) => {
      if (hours > 0) await sleep("work", hours * HOUR_MS);
      return region;
    },
    ...(change as object),
  });

const iso = (ms: number | null | undefined) => (ms == null ? null : new Date(ms).toISOString().slice(0, 16));
const startedBy = async (holdfast: Opened, name: string) =>
  (await holdfast.schedules.ticks(name, { limit: 100 })).filter(({ outcome }) => outcome === "started").length;
const outcomes = async (holdfast: Opened, name: string) =>
  (await holdfast.schedules.ticks(name, { limit: 100 })).map(({ outcome, count }) =>
    count > 1 ? `${outcome} ${count}` : outcome,
  );

describe("ticks", () => {
  test("a daily schedule starts one run a day, each with its instant as ID and with the schedule's input", async () => {
    const holdfast = await open(reportOf());
    const put = await holdfast.schedules.put("nightly", {
      workflow: "report",
      cron: "30 2 * * *",
      timezone: "Europe/Oslo",
      input: { region: "south" },
    });
    expect(put).toMatchObject({ state: "active", source: "person", words: "daily at 02:30", overlap: "skip" });
    expect(put.next.map(iso)).toEqual([
      "2026-01-01T01:30",
      "2026-01-02T01:30",
      "2026-01-03T01:30",
      "2026-01-04T01:30",
      "2026-01-05T01:30",
    ]);
    await holdfast.clock.advance("3d");
    const { rows } = await holdfast.runs.list({});
    expect(rows.map(({ id }) => id)).toEqual([
      "nightly~20260103T013000Z",
      "nightly~20260102T013000Z",
      "nightly~20260101T013000Z",
    ]);
    expect(await holdfast.runs.get("nightly~20260102T013000Z")).toMatchObject({
      status: "completed",
      output: "south",
      createdAt: Date.parse("2026-01-02T01:30Z"),
    });
    const view = await holdfast.schedules.get("nightly");
    expect([iso(view.lastAt), iso(view.nextAt)]).toEqual(["2026-01-03T01:30", "2026-01-04T01:30"]);
  });

  test("a period is counted from its anchor, which no edit and no restart of a worker moves", async () => {
    const holdfast = await open(reportOf());
    await holdfast.clock.advance("10m");
    const put = (everyMs: number, overlap: "skip" | "allow" = "skip") =>
      holdfast.schedules.put("hourly", { workflow: "report", everyMs, input: {}, overlap });
    await put(HOUR_MS);
    await holdfast.clock.advance("25m");
    expect((await put(HOUR_MS, "allow")).next.map(iso).slice(0, 2)).toEqual(["2026-01-01T01:10", "2026-01-01T02:10"]);
    await holdfast.clock.advance("24h");
    expect(await startedBy(holdfast, "hourly")).toBe(24);
    expect(iso((await put(2 * HOUR_MS)).nextAt)).toBe("2026-01-02T02:35");
  });

  test("the jitter delays each run by the same time, and its ID is the tick's", async () => {
    const holdfast = await open(reportOf());
    const put = { workflow: "report", cron: "0 * * * *", input: {}, jitterMs: 600_000 };
    const views: ScheduleView[] = [];
    for (const name of ["a", "b", "c"]) views.push(await holdfast.schedules.put(name, put));
    expect(new Set(views.map(({ delayMs }) => delayMs)).size).toBe(3);
    await holdfast.clock.advance("130m");
    for (const { name, delayMs } of views) {
      expect(delayMs).toBeLessThan(600_000);
      const run = await holdfast.runs.get(`${name}~20260101T010000Z`);
      expect(run.createdAt - Date.parse("2026-01-01T01:00Z")).toBeCloseTo(delayMs, -1);
    }
  });

  test("an input that does not fit any more is a failed tick with the reason, and the schedule goes on", async () => {
    let isStrict = false;
    const changing = z.object({}).refine(() => !isStrict, "not today");
    const holdfast = await open(defineWorkflow({ name: "report", input: changing, run: async () => 1 }));
    await holdfast.schedules.put("hourly", { workflow: "report", cron: "0 * * * *", input: {} });
    isStrict = true;
    await holdfast.clock.advance("61m");
    expect(await holdfast.schedules.ticks("hourly")).toMatchObject([
      { outcome: "failed", reason: expect.stringMatching(/^BAD_INPUT: .*not today/) },
    ]);
    isStrict = false;
    await holdfast.clock.advance("1h");
    expect(await outcomes(holdfast, "hourly")).toEqual(["started", "failed"]);
  });
});

describe("overlap", () => {
  const every = async (overlap: "skip" | "queue" | "cancelRunning" | "allow", hours: number) => {
    const holdfast = await open(reportOf(hours));
    await holdfast.schedules.put("hourly", { workflow: "report", cron: "0 * * * *", input: {}, overlap });
    return holdfast;
  };

  test("skip: runs longer than the period leave out ticks, each recorded with the run that was active", async () => {
    const holdfast = await every("skip", 2.5);
    await holdfast.clock.advance("370m");
    expect(await outcomes(holdfast, "hourly")).toEqual([
      ...["skipped", "skipped", "started", "skipped", "skipped", "started"],
    ]);
    expect((await holdfast.schedules.ticks("hourly"))[0]?.reason).toMatch(
      /^run hourly~20260101T040000Z is waiting \(sleep work\) since 2026-01-01T04:00/,
    );
  });

  test("queue: each tick has its run, one after the other", async () => {
    const holdfast = await every("queue", 2.5);
    await holdfast.clock.advance("190m");
    expect(await holdfast.schedules.get("hourly")).toMatchObject({ activeCount: 1, pendingCount: 2 });
    await holdfast.schedules.pause("hourly");
    expect(await outcomes(holdfast, "hourly")).toEqual(["skipped", "skipped", "started"]);
    await holdfast.schedules.resume("hourly");
    await holdfast.clock.advance("10h");
    const { rows } = await holdfast.runs.list({ limit: 100 });
    const times = rows
      .map(({ createdAt, finishedAt }) => [createdAt, finishedAt ?? Infinity] as const)
      .sort(([a], [b]) => a - b);
    expect(times.length).toBeGreaterThanOrEqual(4);
    for (const [at, [createdAt]] of times.entries()) {
      if (at > 0) expect(createdAt).toBeGreaterThanOrEqual((times[at - 1] as readonly [number, number])[1]);
    }
  });

  test("cancelRunning: a tick ends the run before it", async () => {
    const holdfast = await every("cancelRunning", 2.5);
    await holdfast.clock.advance("190m");
    const { rows } = await holdfast.runs.list({});
    expect(rows.map(({ status }) => status)).toEqual(["waiting", "cancelled", "cancelled"]);
  });

  test("allow: runs of several ticks are active at once", async () => {
    const holdfast = await every("allow", 2.5);
    await holdfast.clock.advance("190m");
    expect(await holdfast.schedules.get("hourly")).toMatchObject({ activeCount: 3 });
  });
});

describe("people", () => {
  const hourly = { workflow: "report", cron: "0 * * * *", input: {} } as const;

  test("a pause stops its ticks, says what they would be, and a resume begins at now and counts what was missed", async () => {
    const holdfast = await open(reportOf());
    await holdfast.schedules.put("hourly", hourly);
    await holdfast.clock.advance("90m");
    const paused = await holdfast.schedules.pause("hourly", { reason: "the API is down" });
    expect(paused).toMatchObject({ state: "paused", nextAt: null, reason: "the API is down" });
    expect(iso(paused.next[0])).toBe("2026-01-01T02:00");
    await holdfast.clock.advance("3h");
    expect(await outcomes(holdfast, "hourly")).toEqual(["started"]);
    expect(iso((await holdfast.schedules.resume("hourly")).nextAt)).toBe("2026-01-01T05:00");
    await holdfast.clock.advance("31m");
    expect(await outcomes(holdfast, "hourly")).toEqual(["started", "missed 3", "started"]);
  });

  test("an edit begins at now; one of a paused schedule leaves it paused", async () => {
    const holdfast = await open(reportOf());
    await holdfast.schedules.put("hourly", hourly);
    await holdfast.clock.advance("30m");
    await holdfast.schedules.put("hourly", { ...hourly, cron: "*/10 * * * *" });
    await holdfast.clock.advance("1m");
    expect(await outcomes(holdfast, "hourly")).toEqual([]);
    await holdfast.schedules.pause("hourly");
    expect(await holdfast.schedules.put("hourly", hourly)).toMatchObject({ state: "paused", nextAt: null });
  });

  test("a trigger starts a run beside the ticks, under the same overlap", async () => {
    const holdfast = await open(reportOf(2));
    await holdfast.schedules.put("hourly", hourly);
    await holdfast.schedules.pause("hourly");
    await holdfast.clock.advance("5m");
    const first = await holdfast.schedules.trigger("hourly", { reason: "wanted now" });
    expect(first).toMatchObject({ outcome: "started", runId: "hourly~20260101T000500.000Z" });
    expect(await holdfast.schedules.trigger("hourly")).toMatchObject({ outcome: "skipped", runId: null });
    expect((await holdfast.schedules.get("hourly")).state).toBe("paused");
    const { rows } = await holdfast.management.audit({ action: "scheduleTrigger" });
    expect(rows[1]?.reason).toBe("schedule hourly: hourly~20260101T000500.000Z: wanted now");
  });

  test("a back-fill says what it would start, then starts what has no run yet, one after the other", async () => {
    const holdfast = await open(reportOf(1));
    await holdfast.schedules.put("hourly", hourly);
    await holdfast.clock.advance("65m");
    await holdfast.schedules.pause("hourly");
    await holdfast.clock.advance("4h");
    const bounds = { from: new Date("2026-01-01T01:00Z"), to: new Date("2026-01-01T04:00Z") };
    const preview = await holdfast.schedules.backfill("hourly", { ...bounds, checkOnly: true });
    expect(preview).toMatchObject({ isCheckOnly: true, order: "one after the other", done: [] });
    expect(preview.starts.map(iso)).toEqual(["2026-01-01T02:00", "2026-01-01T03:00", "2026-01-01T04:00"]);
    expect(preview.ran.map(iso)).toEqual(["2026-01-01T01:00"]);
    const done = await holdfast.schedules.backfill("hourly", bounds);
    expect(done.done.map(({ outcome }) => outcome)).toEqual(["started", "pending", "pending"]);
    await holdfast.clock.advance("5h");
    expect((await holdfast.runs.list({ status: "completed" })).rows).toHaveLength(4);
    expect(await holdfast.schedules.backfill("hourly", bounds)).toMatchObject({ starts: [], done: [] });
    expect((await holdfast.schedules.get("hourly")).state).toBe("paused");
  });

  test("bounds of a back-fill are checked", async () => {
    const holdfast = await open(reportOf());
    await holdfast.schedules.put("minutely", { ...hourly, cron: "* * * * *" });
    await holdfast.schedules.pause("minutely");
    const now = holdfast.clock.nowMs();
    const fill = (from: number, to: number) => holdfast.schedules.backfill("minutely", { from, to });
    await expect(fill(now - 10 * 86_400_000, now)).rejects.toThrow(/there are 14401 ticks .*, at most 1000 at a time/);
    await expect(fill(now, now - 1)).rejects.toThrow(/from: an instant before to is expected/);
    await expect(fill(now, now + HOUR_MS)).rejects.toThrow(/to: an instant of the past is expected/);
    await expect(fill(Number.NaN, now)).rejects.toThrow(/from: a date or milliseconds UTC are expected/);
  });

  test("a deleted schedule is out of the list, keeps its runs, and is restored by a put or a resume", async () => {
    const holdfast = await open(reportOf());
    await holdfast.schedules.put("hourly", hourly);
    await holdfast.clock.advance("61m");
    await holdfast.schedules.delete("hourly");
    expect(await holdfast.schedules.list()).toEqual([]);
    await holdfast.clock.advance("3h");
    expect((await holdfast.runs.list({})).rows).toHaveLength(1);
    await expect(holdfast.schedules.trigger("hourly")).rejects.toMatchObject({ code: "SCHEDULE_REFUSED" });
    expect((await holdfast.schedules.resume("hourly")).state).toBe("active");
  });

  test("what cannot be meant is refused with its code, and nothing is written", async () => {
    const holdfast = await open(reportOf());
    const put = (name: string, change: object) =>
      holdfast.schedules.put(name, { ...hourly, ...change } as Parameters<Opened["schedules"]["put"]>[1]);
    const invalid: readonly (readonly [object, RegExp])[] = [
      [{ cron: "0 0 30 2 *" }, /"0 0 30 2 \*" never ticks within five years/],
      [{ cron: "61 * * * *" }, /is not a cron expression/],
      [{ cron: undefined }, /exactly one of cron and everyMs/],
      [{ everyMs: 1_000 }, /exactly one of cron and everyMs/],
      [{ cron: undefined, everyMs: 999 }, /everyMs: whole milliseconds from 1000/],
      [{ cron: undefined, everyMs: 5_000, timezone: "UTC" }, /a period has none/],
      [{ timezone: "Europe/Olso" }, /there is no time zone "Europe\/Olso"/],
      [{ overlap: "never" }, /overlap: one of skip, queue, cancelRunning, allow/],
      [{ catchUp: "most" }, /catchUp: one of last, all, none/],
      [{ jitterMs: -1 }, /jitterMs/],
    ];
    for (const [change, message] of invalid) {
      const refused = await put("s", change).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "SCHEDULE_INVALID", message: expect.stringMatching(message) });
    }
    await expect(put("a".repeat(65), {})).rejects.toMatchObject({ code: "SCHEDULE_NAME_INVALID" });
    await expect(put("a~b", {})).rejects.toMatchObject({ code: "SCHEDULE_NAME_INVALID" });
    await expect(put("s", { input: { region: 7 } })).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(put("s", { workflow: "reprot" })).rejects.toMatchObject({ code: "UNKNOWN_WORKFLOW" });
    await expect(put("s", { overlaps: "skip" })).rejects.toThrow(/overlaps: .*did you mean overlap/);
    expect(await holdfast.schedules.list()).toEqual([]);
    await put("hourly", {});
    await expect(put("Hourly", {})).rejects.toMatchObject({ code: "SCHEDULE_REFUSED" });
    await expect(holdfast.schedules.get("hourlz")).rejects.toThrow(/no schedule hourlz\. Did you mean hourly\?/);
    await expect(holdfast.start(reportOf(), {}, { runId: "hourly~20260101T010000Z" })).rejects.toMatchObject({
      code: "BAD_RUN_ID",
    });
  });
});
