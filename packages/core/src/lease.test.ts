import { describe, expect, test } from "vitest";
import {
  beatIntervalMs,
  checkWorkerOptions,
  expiresAt,
  isExpired,
  isMine,
  isSilentTooLong,
  leaseWindowMs,
  safetyMarginMs,
  silentMs,
  trustedUntilMs,
  WORKER_DEFAULTS,
} from "./lease.js";

describe("a lease", () => {
  const lease = { leaseMs: 300_000, stallAfterMs: 30_000 };

  test("may be taken over after the shorter of its two times, and not a millisecond sooner", () => {
    expect(isSilentTooLong(30_000, lease)).toBe(false);
    expect(isSilentTooLong(30_001, lease)).toBe(true);
    expect(isSilentTooLong(2_001, { leaseMs: 2_000, stallAfterMs: 30_000 })).toBe(true);
  });

  test("is trusted by its holder until a margin before that, counted from the request", () => {
    expect(trustedUntilMs(1_000, lease)).toBe(26_000);
    expect(isSilentTooLong(trustedUntilMs(0, lease), lease)).toBe(false);
  });

  test("accepts only the fence of its own claim: another token, another nonce and an unheld run are refused", () => {
    const fence = { token: 2, nonce: "a" };
    expect(isMine(fence, { token: 2, nonce: "a" })).toBe(true);
    expect(isMine(fence, { token: 3, nonce: "a" })).toBe(false);
    expect(isMine(fence, { token: 2, nonce: "b" })).toBe(false);
    expect(isMine(fence, { token: 2, nonce: null })).toBe(false);
  });
});

describe("a recorded lease", () => {
  const stamp = { bootId: "boot-2", beatAtMs: 100_000, leaseMs: 60_000, stallAfterMs: 30_000 };
  const at = (monotonicMs: number) => ({ bootId: "boot-2", monotonicMs, wallMs: 5_000_000 });
  const elsewhere = { bootId: "boot-3", monotonicMs: 100_001, wallMs: 5_000_000 };

  test("is silent since its last heartbeat; one of another boot, for as long as this boot has lasted", () => {
    expect(silentMs(stamp, at(100_000))).toBe(0);
    expect(silentMs(stamp, at(130_001))).toBe(30_001);
    expect(silentMs(stamp, elsewhere)).toBe(100_001);
  });

  test("expires after the shorter of its time to live and the run's stall limit", () => {
    expect(isExpired(stamp, at(130_000))).toBe(false);
    expect(isExpired(stamp, at(130_001))).toBe(true);
    expect(isExpired({ ...stamp, leaseMs: 2_000 }, at(102_000))).toBe(false);
    expect(isExpired({ ...stamp, leaseMs: 2_000 }, at(102_001))).toBe(true);
  });

  test("of another boot is expired, and so is one whose heartbeat lies in this boot's future", () => {
    expect(isExpired(stamp, elsewhere)).toBe(true);
    expect(isExpired({ ...stamp, bootId: null }, at(100_001))).toBe(true);
    expect(isExpired(stamp, at(30_000))).toBe(true);
  });

  test("ends one time to live after the last heartbeat; one of another boot ended before now", () => {
    expect(expiresAt(stamp, at(100_000))).toBe(5_060_000);
    expect(expiresAt(stamp, at(110_000))).toBe(5_050_000);
    expect(expiresAt(stamp, elsewhere)).toBe(5_000_000);
  });
});

describe("the trust arithmetic", () => {
  test("the window is the shorter of the two times", () => {
    expect(leaseWindowMs({ leaseMs: 300_000, stallAfterMs: 30_000 })).toBe(30_000);
    expect(leaseWindowMs({ leaseMs: 3_000, stallAfterMs: 30_000 })).toBe(3_000);
  });

  test("the margin is 5 s, or a third of a window shorter than 15 s", () => {
    expect(safetyMarginMs(30_000)).toBe(5_000);
    expect(safetyMarginMs(15_000)).toBe(5_000);
    expect(safetyMarginMs(3_000)).toBe(1_000);
    expect(safetyMarginMs(1_000)).toBe(333);
  });

  test("beats come as configured, but at least four within the trusted time, and never closer than 50 ms", () => {
    expect(beatIntervalMs(5_000, 30_000)).toBe(5_000);
    expect(beatIntervalMs(60_000, 30_000)).toBe(6_250);
    expect(beatIntervalMs(5_000, 3_000)).toBe(500);
    expect(beatIntervalMs(1, 1_000)).toBe(50);
  });
});

describe("worker options", () => {
  const good = { ...WORKER_DEFAULTS };
  const refusal = (changed: Partial<Parameters<typeof checkWorkerOptions>[0]>) => {
    try {
      checkWorkerOptions({ ...good, ...changed });
      return null;
    } catch (error) {
      return (error as { details: { option: string } }).details.option;
    }
  };

  test("the defaults and the minimums are accepted", () => {
    expect(refusal({})).toBe(null);
    expect(refusal({ leaseMs: 1_000, heartbeatMs: 999, concurrency: 1, pollMs: 1, scanMs: 1, maxBlockedMs: 1 })).toBe(
      null,
    );
    expect(refusal({ heartbeatMs: 1, stopGraceMs: 0 })).toBe(null);
    expect(refusal({ pollMs: undefined, scanMs: undefined })).toBe(null);
  });

  test("a lease under a second, and a beat that is not shorter than the lease, are refused with the option's name", () => {
    expect(refusal({ leaseMs: 999, heartbeatMs: 100 })).toBe("leaseMs");
    expect(refusal({ leaseMs: 1_000.5, heartbeatMs: 100 })).toBe("leaseMs");
    expect(refusal({ leaseMs: 10_000, heartbeatMs: 10_000 })).toBe("heartbeatMs");
    expect(refusal({ leaseMs: 10_000, heartbeatMs: 9_999 })).toBe(null);
    expect(refusal({ heartbeatMs: 0 })).toBe("heartbeatMs");
    expect(refusal({ leaseMs: 1e15 })).toBe("leaseMs");
  });

  test.each([
    ["concurrency", [0, 1.5, -1]],
    ["stopGraceMs", [-1, Number.NaN, 1e15]],
    ["maxBlockedMs", [0, Number.NaN]],
    ["pollMs", [0, -5]],
    ["scanMs", [0, 1e15]],
  ] as const)("%s that cannot be meant is refused", (option, values) => {
    for (const value of values) expect(refusal({ [option]: value }), String(value)).toBe(option);
  });
});
