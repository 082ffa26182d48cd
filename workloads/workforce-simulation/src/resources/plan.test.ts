/** How much of a machine a simulation uses, and when it refuses to run. */
import { expect, test } from "vitest";
import { neededDiskBytes, planResources } from "./plan.js";

const machine = { cores: 4, memoryBytes: 8e9, freeDiskBytes: 50e9 };
const wish = { employees: 10_000, years: 10, growth: 0.03, threads: null, memoryLimitMb: null };

test("small workforces use one thread per statement, large ones all cores", () => {
  expect(planResources(machine, wish)).toMatchObject({ ok: true, plan: { connectionCount: 4, threads: 1 } });
  expect(planResources(machine, { ...wish, employees: 100_000 })).toMatchObject({ plan: { threads: 4 } });
});

test("memory is six tenths of the machine's, but leaves at least a gigabyte; the process's own share is subtracted", () => {
  const buffers = (allowed: number) => Math.floor(allowed * 0.92 - 204e6);
  expect(planResources(machine, wish)).toMatchObject({ plan: { memoryLimitBytes: buffers(4.8e9) } });
  expect(planResources({ ...machine, memoryBytes: 1.5e9 }, wish)).toMatchObject({
    plan: { memoryLimitBytes: buffers(500e6) },
  });
  expect(planResources(machine, { ...wish, memoryLimitMb: 700 })).toMatchObject({
    plan: { memoryLimitBytes: buffers(700e6) },
  });
});

test("there are as many connections as requested", () => {
  expect(planResources(machine, { ...wish, threads: 8 })).toMatchObject({ plan: { connectionCount: 8 } });
});

test("a simulation that cannot fit is refused with the figures", () => {
  const tooMany = planResources(machine, { ...wish, employees: 900_000, memoryLimitMb: 256 });
  expect(tooMany).toMatchObject({ ok: false, foundBytes: 256e6 });
  const neededMb = tooMany.ok ? 0 : Math.ceil(tooMany.neededBytes / 1e6);
  const more = { ...wish, employees: 900_000, memoryLimitMb: neededMb };
  expect(planResources(machine, more)).toMatchObject({ ok: true });
  expect(planResources(machine, { ...more, memoryLimitMb: neededMb - 1 })).toMatchObject({ ok: false });
});

test("space is required for the unwritten years, and no more than they certainly need", () => {
  const all = { employees: 10_000, years: 10, growth: 0.03 };
  // 10,000 people grow to 13,048: 114,639 person-years of 60 bytes, plus two megabytes for the tables unless the file
  // already has years.
  expect(neededDiskBytes({ ...all, yearsLeft: 10 })).toBeCloseTo(2e6 + 114_638.79 * 60, -3);
  // The last year has 13,048 people.
  expect(neededDiskBytes({ ...all, yearsLeft: 1 })).toBeCloseTo(13_047.73 * 60, -3);
  expect(neededDiskBytes({ ...all, yearsLeft: 0 })).toBe(0);
});
