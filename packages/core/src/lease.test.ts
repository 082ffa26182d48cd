import { describe, expect, test } from "vitest";
import { isFenceOf, isSilentTooLong, trustedUntilMs } from "./lease.js";

describe("a lease", () => {
  const lease = { leaseMs: 300_000, stallAfterMs: 30_000 };

  test("may be taken by others after the shorter of its times, and not a millisecond sooner", () => {
    expect(isSilentTooLong(30_000, lease)).toBe(false);
    expect(isSilentTooLong(30_001, lease)).toBe(true);
    expect(isSilentTooLong(2_001, { leaseMs: 2_000, stallAfterMs: 30_000 })).toBe(true);
  });

  test("is trusted by its holder until a margin before that, counted from the asking", () => {
    expect(trustedUntilMs(1_000, lease)).toBe(26_000);
    expect(isSilentTooLong(trustedUntilMs(0, lease), lease)).toBe(false);
  });

  test("accepts the fence of its own claim: another token, another nonce, or nobody holding it, refuses", () => {
    const fence = { token: 2, nonce: "a" };
    expect(isFenceOf(fence, { token: 2, nonce: "a" })).toBe(true);
    expect(isFenceOf(fence, { token: 3, nonce: "a" })).toBe(false);
    expect(isFenceOf(fence, { token: 2, nonce: "b" })).toBe(false);
    expect(isFenceOf(fence, { token: 2, nonce: null })).toBe(false);
  });
});
