import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breaker } from "./breaker.js";

const closed = (concurrencyMax = 8, maxErrorRate: number | null = null) =>
  new Breaker(maxErrorRate, concurrencyMax, false);

describe("the breaker of a map", () => {
  test("trips when more of the last 200 results are errors than allowed, not before", () => {
    const breaker = closed(8, 0.05);
    for (let i = 0; i < 10; i++) expect(breaker.resulted(true)).toBe(false);
    expect(breaker.resulted(true)).toBe(true);
  });

  test("forgets results older than the window", () => {
    const breaker = closed(8, 0.05);
    for (let i = 0; i < 10; i++) breaker.resulted(true);
    for (let i = 0; i < 200; i++) breaker.resulted(false);
    for (let i = 0; i < 10; i++) expect(breaker.resulted(true)).toBe(false);
  });

  test("keeps exactly 200 results", () => {
    const breaker = closed(8, 0.001);
    breaker.resulted(true);
    for (let i = 0; i < 199; i++) expect(breaker.resulted(false)).toBe(true);
    expect(breaker.resulted(false)).toBe(false);
  });

  test("never trips on errors of items where no rate was given", () => {
    const breaker = closed();
    for (let i = 0; i < 1_000; i++) expect(breaker.resulted(true)).toBe(false);
  });

  test("opens after 20 outside failures in a row, or twice the concurrency, and any answer ends the row", () => {
    for (const [concurrency, limit] of [
      [1, 20],
      [16, 32],
    ] as const) {
      const breaker = closed(concurrency);
      for (let i = 1; i < limit; i++) expect(breaker.failed(0)).toBeNull();
      expect(breaker.answered()).toBe(false);
      for (let i = 1; i < limit; i++) expect(breaker.failed(0)).toBeNull();
      expect(breaker.failed(0)).toBe("opened");
      expect(breaker.state).toBe("open");
    }
  });

  test("is an outage when the probe fails, not when a call fails that began before it", () => {
    const breaker = closed();
    for (let i = 0; i < 20; i++) breaker.failed(10);
    expect(breaker.failed(10)).toBeNull();
    breaker.probe(20);
    expect(breaker.failed(10)).toBeNull();
    expect(breaker.failed(20)).toBe("outage");
  });

  test("closes on any answer, and begins with a probe after an outage", () => {
    const breaker = closed();
    for (let i = 0; i < 20; i++) breaker.failed(0);
    expect([breaker.answered(), breaker.state]).toEqual([true, "closed"]);
    const after = new Breaker(null, 8, true);
    expect(after.state).toBe("probing");
    expect(after.failed(0)).toBe("outage");
  });

  test("never calls it an outage while somebody answered since the last 20 failures", () => {
    const step = fc.constantFrom("fail", "answer", "probe");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const breaker = closed();
        let inRow = 0;
        for (const [at, one] of steps.entries()) {
          if (one === "answer") inRow = 0;
          if (one === "answer") breaker.answered();
          if (one === "probe") breaker.probe(at);
          if (one === "fail") {
            inRow++;
            if (breaker.failed(at) === "outage") expect(inRow).toBeGreaterThan(20);
          }
        }
      }),
    );
  });
});
