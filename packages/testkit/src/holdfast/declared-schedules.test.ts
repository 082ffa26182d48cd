/** Schedules that the code declares: several processes on one store, old code and new, and a person between them. */
import type { Store } from "@holdfast/core";
import {
  createHoldfast,
  defineWorkflow,
  type Holdfast,
  MemoryArtifactStore,
  type ScheduleOptions,
  type ZoneData,
} from "@holdfast/engine";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { openDefaultStore } from "./default-store.js";
import { LOOK_MS, TestClock } from "./test-clock.js";

const HOUR_MS = 3_600_000;

interface Declared extends ScheduleOptions<Record<string, never>> {
  readonly name: string;
}

/** One store, and processes that come and go on it. */
async function world() {
  const clock = new TestClock();
  const store = await openDefaultStore({ clock, random: () => 0.5 });
  const shared = new Proxy(clock.watch(store), {
    get: (target, property) => (property === "close" ? async () => {} : Reflect.get(target, property, target)),
  });
  const opened = new Set<Holdfast>();
  onTestFinished(async () => {
    for (const holdfast of opened) await holdfast.close();
    await store.close();
  });
  let processCount = 0;
  /** A process whose code declares these schedules; `stop` ends it. */
  const start = async (schedules: readonly Partial<Declared>[], zones?: ZoneData) => {
    processCount += 1;
    const workflow = defineWorkflow({
      name: "report",
      input: z.object({}),
      schedules: schedules.map((one): Declared => ({ name: "nightly", cron: "0 * * * *", input: {}, ...one })),
      run: async () => 1,
    });
    const holdfast = createHoldfast({
      ...{
        store: shared as Store,
        workflows: [workflow],
        dataDir: "",
        artifacts: new MemoryArtifactStore(),
        clock,
        zones,
      },
      ...{
        pollMs: LOOK_MS,
        scanMs: LOOK_MS,
        heartbeatMs: 12_000,
        holder: `process-${processCount}`,
        stageFiles: false,
      },
    });
    opened.add(holdfast);
    const worker = await holdfast.startWorker();
    const stop = async () => {
      opened.delete(holdfast);
      await worker.drain();
      await holdfast.close();
    };
    return { holdfast, stop };
  };
  const advance = (by: `${number}${"m" | "h"}`) => clock.advance(by, store);
  return { clock, store, start, advance };
}

const whenOf = async (store: Store, name = "nightly") => {
  const found = await store.getSchedule(name);
  const timing = found?.spec.timing;
  return `${timing?.cron ?? timing?.everyMs} ${found?.state}`;
};
const startedBy = async (store: Store, name = "nightly") =>
  (await store.listTicks(name, 1_000)).filter(({ outcome }) => outcome === "started").length;

test("a worker declares its schedules when it starts, and the same declaration again changes nothing", async () => {
  const { store, start, advance } = await world();
  const first = await start([{}]);
  expect(await store.getSchedule("nightly")).toMatchObject({ source: "code", state: "active", changedBy: null });
  const { revision } = (await store.getSchedule("nightly")) ?? {};
  await start([{}]);
  expect((await store.getSchedule("nightly"))?.revision).toBe(revision);
  await advance("61m");
  expect(await startedBy(store)).toBe(1);
  await first.stop();
  await advance("1h");
  expect(await startedBy(store)).toBe(2);
});

test("of two versions the one that started last decides, also when it is the older one that comes back", async () => {
  const { store, start, advance } = await world();
  await start([{}]);
  const second = await start([{ cron: "30 * * * *" }]);
  expect(await whenOf(store)).toBe("30 * * * * active");
  await advance("11m");
  // The first still runs and declares nothing any more.
  expect(await whenOf(store)).toBe("30 * * * * active");
  await second.stop();
  await start([{}]);
  expect(await whenOf(store)).toBe("0 * * * * active");
  await advance("60m");
  expect(await startedBy(store)).toBe(1);
});

test("ten processes that declare at once leave one schedule, which ticks once", async () => {
  const { store, start, advance } = await world();
  await Promise.all(Array.from({ length: 10 }, (_, n) => start([{ jitterMs: n % 2 }])));
  expect(await whenOf(store)).toBe("0 * * * * active");
  await advance("61m");
  expect(await startedBy(store)).toBe(1);
});

test("a pause and a deletion by a person outlive every deployment", async () => {
  const { store, start, advance } = await world();
  const { holdfast } = await start([{}, { name: "other" }]);
  await holdfast.schedules.pause("nightly", { reason: "holidays" });
  await holdfast.schedules.delete("other");
  await start([{ cron: "30 * * * *" }, { name: "other", cron: "30 * * * *" }]);
  expect(await whenOf(store)).toBe("30 * * * * paused");
  expect(await store.getSchedule("nightly")).toMatchObject({ reason: "holidays", nextAt: null });
  expect(await whenOf(store, "other")).toBe("0 * * * * deleted");
  await advance("3h");
  expect(await startedBy(store)).toBe(0);
  await holdfast.schedules.resume("nightly");
  await advance("61m");
  expect(await startedBy(store)).toBe(1);
});

test("a schedule that a person has put is left alone by the code", async () => {
  const { store, start } = await world();
  const { holdfast } = await start([{}]);
  await holdfast.schedules.put("nightly", { workflow: "report", cron: "15 * * * *", input: {} });
  await start([{ cron: "30 * * * *" }]);
  expect(await whenOf(store)).toBe("15 * * * * active");
  expect((await store.getSchedule("nightly"))?.source).toBe("person");
});

test("a name that no worker declares is retired after ten minutes, and comes back with the code", async () => {
  const { store, start, advance } = await world();
  const first = await start([{}, { name: "other" }]);
  await start([{}]);
  await advance("20m");
  expect(await whenOf(store, "other")).toBe("0 * * * * active");
  await first.stop();
  await advance("9m");
  expect(await whenOf(store, "other")).toBe("0 * * * * active");
  await advance("3m");
  expect(await whenOf(store, "other")).toBe("0 * * * * retired");
  expect(await whenOf(store)).toBe("0 * * * * active");
  await advance("3h");
  expect(await startedBy(store, "other")).toBe(0);
  expect(await startedBy(store)).toBe(3);
  await start([{ name: "other" }]);
  expect(await whenOf(store, "other")).toBe("0 * * * * active");
});

for (const [catchUp, hours, expected] of [
  ["last", 10, ["started", "missed 9"]],
  ["none", 10, ["missed 10"]],
  ["all", 10, Array(10).fill("started")],
  ["last", 250, ["started", "missed 249"]],
] as const) {
  test(`after ${hours} hours without a worker, catchUp ${catchUp} starts ${expected.filter((one) => one === "started").length}`, async () => {
    const { store, start, advance } = await world();
    const first = await start([{ catchUp, overlap: "allow" }]);
    await first.stop();
    await advance(`${hours * 60 + 30}m`);
    await start([{ catchUp, overlap: "allow" }]);
    await advance("1m");
    const ticks = await store.listTicks("nightly", 100);
    expect(ticks.map(({ outcome, count }) => (count > 1 ? `${outcome} ${count}` : outcome))).toEqual(expected);
    await advance("30m");
    expect((await store.listTicks("nightly", 1))[0]?.outcome).toBe("started");
  });
}

test("catchUp last does not start a tick that is older than 24 hours, and says so", async () => {
  const { store, start, advance } = await world();
  const first = await start([{ cron: "0 0 * * 5" }]); // Fridays; the clock begins on a Thursday
  await first.stop();
  await advance("49h");
  await start([{ cron: "0 0 * * 5" }]);
  await advance("1m");
  expect(await store.listTicks("nightly", 5)).toMatchObject([{ outcome: "missed", count: 1 }]);
});

test("a worker that is restarted every 20 minutes starts each run of an hourly schedule", async () => {
  const { store, start, advance } = await world();
  for (let n = 0; n < 24; n++) {
    const { stop } = await start([{ cron: undefined, everyMs: HOUR_MS }]);
    await advance("20m");
    await stop();
  }
  expect(await startedBy(store)).toBe(8);
});

test("a process with newer zone data computes the next tick again, and a local minute that ran does not run twice", async () => {
  const fixed = (version: string, hours: number): ZoneData => ({
    version,
    zone: (name) => ({ name, offsetMs: () => hours * HOUR_MS }),
  });
  const { store, start, advance } = await world();
  const daily = [{ cron: "0 6 * * *", timezone: "Europe/Oslo" }];
  const older = await start(daily, fixed("2026a", 2));
  await advance("250m"); // 04:10 UTC: it ran at 04:00, 06:00 by the older rules
  expect(await startedBy(store)).toBe(1);
  await start(daily, fixed("2026b", 1));
  await advance("1m");
  // By the newer rules 06:00 is 05:00 UTC, which is still to come today; it was 06:00 already.
  expect(new Date((await store.getSchedule("nightly"))?.nextAt ?? 0).toISOString()).toBe("2026-01-02T05:00:00.000Z");
  await advance("25h");
  expect(await startedBy(store)).toBe(2);
  await older.stop();
});
