import { OUTAGE_WAKE_MS } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { Breaker } from "./breaker.js";

describe("the breaker of a map", () => {
  test("trips when more of the last 200 results are errors than allowed, not before", () => {
    const breaker = new Breaker(0.05, 8);
    for (let i = 0; i < 10; i++) expect(breaker.resulted(true)).toBeNull();
    expect(breaker.resulted(true)).toEqual({ reason: "error_rate", wakeInMs: null });
  });

  test("forgets results older than the window", () => {
    const breaker = new Breaker(0.05, 8);
    for (let i = 0; i < 10; i++) breaker.resulted(true);
    for (let i = 0; i < 200; i++) breaker.resulted(false);
    for (let i = 0; i < 10; i++) expect(breaker.resulted(true)).toBeNull();
  });

  test("never trips on errors of items where no rate was given", () => {
    const breaker = new Breaker(null, 8);
    for (let i = 0; i < 1_000; i++) expect(breaker.resulted(true)).toBeNull();
  });

  test("calls twice the concurrency of outside failures in a row an outage, and any answer ends the row", () => {
    const breaker = new Breaker(null, 16);
    for (let i = 0; i < 31; i++) expect(breaker.failed("server")).toBeNull();
    expect(breaker.resulted(false)).toBeNull();
    for (let i = 0; i < 31; i++) expect(breaker.failed("timeout")).toBeNull();
    expect(breaker.failed("network")).toEqual({ reason: "outage", wakeInMs: OUTAGE_WAKE_MS });
  });

  test("takes an item's own failure as a sign of life", () => {
    const breaker = new Breaker(null, 1);
    for (let i = 0; i < 19; i++) breaker.failed("server");
    expect(breaker.failed("invalid_output")).toBeNull();
    expect(breaker.failed("server")).toBeNull();
  });
});
