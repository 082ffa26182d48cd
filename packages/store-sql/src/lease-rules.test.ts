import { expect, test } from "vitest";
import { expiresAtOf, isOfThisBoot, isRowExpired, type StoreInstant, silentMsOf } from "./lease-rules.js";

const NOW: StoreInstant = { bootId: "boot-2", monotonicMs: 100_000, wallMs: 1_700_000_000_000, dueMs: 0 };
const row = { lease_ms: 300_000, beat_at: 80_000, stall_ms: 30_000 };

test("a row of this boot is judged by the boot's clock", () => {
  const own = { ...row, boot_id: "boot-2" };
  expect([isOfThisBoot(own, NOW), silentMsOf(own, NOW), isRowExpired(own, NOW)]).toEqual([true, 20_000, false]);
  expect(expiresAtOf(own, NOW)).toBe(NOW.wallMs + 280_000);
  expect(isRowExpired({ ...own, beat_at: 69_999 }, NOW)).toBe(true);
});

test("a row of an earlier boot is expired: whatever held it died with the boot", () => {
  const former = { ...row, boot_id: "boot-1" };
  expect([isOfThisBoot(former, NOW), isRowExpired(former, NOW)]).toEqual([false, true]);
  expect(isRowExpired({ ...row, boot_id: null }, NOW)).toBe(true);
});

test("a row of a store with one clock is always of this boot", () => {
  expect([isOfThisBoot(row, NOW), silentMsOf(row, NOW), isRowExpired(row, NOW)]).toEqual([true, 20_000, false]);
});
