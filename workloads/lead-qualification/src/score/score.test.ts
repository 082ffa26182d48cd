import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Criterion, Profile } from "../profile/schema.js";
import { comparePlaced, type Placed } from "./order.js";
import { type Judgements, scoreProspect } from "./score.js";

interface Part {
  readonly weight: number;
  readonly fit: number | null;
}

const profileOf = (parts: readonly Part[], more: Partial<Profile> = {}): Profile => ({
  name: "x",
  unknown: 0.5,
  tiers: [
    { name: "A", from: 75 },
    { name: "B", from: 50 },
  ],
  criteria: parts.map(
    ({ weight }, index): Criterion => ({ id: `c${index}`, kind: "range", field: "n", min: 1, mustHave: false, weight }),
  ),
  ...more,
});
const judgementsOf = (parts: readonly Part[]): Judgements =>
  Object.fromEntries(parts.map(({ fit }, index) => [`c${index}`, { fit, why: "" }]));
const scoreOf = (parts: readonly Part[]) => scoreProspect(profileOf(parts), judgementsOf(parts)).score ?? Number.NaN;

const fit = fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000);
const part = fc.record({ weight: fc.integer({ min: 1, max: 100 }), fit: fc.option(fit) });
const parts = fc.array(part, { minLength: 1, maxLength: 12 });

describe("a score", () => {
  test("is the weighted mean of the fits, with points that add up to it", () => {
    const given = [
      { weight: 3, fit: 1 },
      { weight: 1, fit: 0.5 },
    ];
    expect(scoreProspect(profileOf(given), judgementsOf(given))).toEqual({
      score: 87.5,
      tier: "A",
      knownPercent: 100,
      disqualifiedBy: [],
      toCheck: [],
      points: { c0: 75, c1: 12.5 },
    });
  });

  test("counts an unknown fit by the criterion's or else the profile's share, and says how much is known", () => {
    const given = [
      { weight: 1, fit: null },
      { weight: 3, fit: 1 },
    ];
    expect(scoreProspect(profileOf(given), judgementsOf(given))).toMatchObject({ score: 87.5, knownPercent: 75 });
    expect(scoreProspect(profileOf(given, { unknown: 0 }), judgementsOf(given)).score).toBe(75);
    const profile = profileOf(given);
    const strict = { ...profile, criteria: profile.criteria.map((one) => ({ ...one, unknown: 0 })) };
    expect(scoreProspect(strict, judgementsOf(given)).score).toBe(75);
  });

  test("is not given if a must-have fails; an unknown must-have is marked for checking", () => {
    const given = [
      { weight: 1, fit: 0 },
      { weight: 1, fit: null },
    ];
    const profile = profileOf(given);
    const criteria = profile.criteria.map((one) => ({ ...one, mustHave: true }));
    expect(scoreProspect({ ...profile, criteria }, judgementsOf(given))).toMatchObject({
      score: null,
      tier: "disqualified",
      disqualifiedBy: ["c0"],
      toCheck: ["c1"],
    });
  });

  test("belongs to the highest tier it reaches, or is below all", () => {
    const tierOf = (value: number) =>
      scoreProspect(profileOf([{ weight: 1, fit: value }]), judgementsOf([{ weight: 1, fit: value }])).tier;
    expect([1, 0.75, 0.7499, 0.5, 0.49].map(tierOf)).toEqual(["A", "A", "B", "B", "below"]);
  });

  test("lies within 0 and 100, whatever the weights and fits", () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(scoreOf(given)).toBeGreaterThanOrEqual(0);
        expect(scoreOf(given)).toBeLessThanOrEqual(100);
      }),
    );
  });

  test("does not change when all weights are multiplied", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 2, max: 9 }), (given, by) => {
        const scaled = given.map(({ weight, fit: same }) => ({ weight: weight * by, fit: same }));
        expect(Math.abs(scoreOf(scaled) - scoreOf(given))).toBeLessThan(0.011);
      }),
    );
  });

  test("never falls when a criterion fits better", () => {
    fc.assert(
      fc.property(parts, fc.nat(), fit, fit, (given, at, one, other) => {
        const index = at % given.length;
        const withFit = (value: number) => given.map((old, place) => (place === index ? { ...old, fit: value } : old));
        expect(scoreOf(withFit(Math.max(one, other)))).toBeGreaterThanOrEqual(scoreOf(withFit(Math.min(one, other))));
      }),
    );
  });

  test("moves towards a criterion's fit as its weight grows", () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.integer({ min: 1, max: 100 }), (given, at, more) => {
        const index = at % given.length;
        const heavier = given.map((old, place) => (place === index ? { ...old, weight: old.weight + more } : old));
        const goal = 100 * (given[index]?.fit ?? 0.5);
        const change = scoreOf(heavier) - scoreOf(given);
        // The tolerance of 0.011 allows for rounding.
        if (goal >= scoreOf(given)) expect(change).toBeGreaterThanOrEqual(-0.011);
        if (goal <= scoreOf(given)) expect(change).toBeLessThanOrEqual(0.011);
      }),
    );
  });
});

describe("the order of prospects", () => {
  const placed: fc.Arbitrary<Placed> = fc
    .record({
      key: fc.constantFrom("a", "b", "B", "é", "z"),
      score: fc.option(fc.constantFrom(0, 50, 99.5)),
      knownPercent: fc.constantFrom(0, 50, 100),
      isFailed: fc.boolean(),
    })
    .map((one) => (one.isFailed ? { ...one, score: null } : one));

  test("is total: antisymmetric, transitive, and equal only for the same key and score", () => {
    fc.assert(
      fc.property(placed, placed, placed, (a, b, c) => {
        expect(Math.sign(comparePlaced(a, b)) + Math.sign(comparePlaced(b, a))).toBe(0);
        if (comparePlaced(a, b) <= 0 && comparePlaced(b, c) <= 0) expect(comparePlaced(a, c)).toBeLessThanOrEqual(0);
        if (comparePlaced(a, b) === 0) expect([a.key, a.score]).toEqual([b.key, b.score]);
      }),
    );
  });

  test("is by score, then by known share, then by key; disqualified and failed ones come last", () => {
    const one = (key: string, score: number | null, knownPercent = 100, isFailed = false) => ({
      key,
      score,
      knownPercent,
      isFailed,
    });
    const sorted = [
      one("f", null, 0, true),
      one("d", null),
      one("c", 0),
      one("b", 50),
      one("a", 50),
      one("known", 50, 99),
      one("top", 90, 10),
    ].sort(comparePlaced);
    expect(sorted.map(({ key }) => key)).toEqual(["top", "a", "b", "known", "c", "d", "f"]);
  });
});
