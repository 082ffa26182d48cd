/**
 * Compares leavers, promotions and hires with their expectation, over seeds 1 to 20 and populations of 16 to 10,000
 * people: by level, age band, tenure band and cell size. z is the difference divided by the standard deviation of
 * independent draws, √(Σ p (1 − p)); systematic sampling has less. Groups with a variance below 4 say nothing and are
 * left out. |z| stays below 3.
 *
 * The first method tried, the largest remainder, is planted below, and the same test must detect it.
 */
import { describe, expect, test } from "vitest";
import { type Cell, hazardsOf, openSampler, type Sample, type SampleWish } from "./sampling.fixture.js";

const SEEDS = Array.from({ length: 20 }, (_, place) => place + 1);
const SIZES = [16, 200, 500, 10_000];
const Z_MAX = 3;
const Z_MAX_INDEPENDENT = 3.5;
const VARIANCE_MIN = 4;

interface Tally {
  observed: number;
  expected: number;
  variance: number;
}

/** Sums by group, and the groups too far from their expectation. */
class Tallies {
  private readonly groups = new Map<string, Tally>();

  add(group: string, observed: number, expected: number, variance: number): void {
    const tally = this.groups.get(group) ?? { observed: 0, expected: 0, variance: 0 };
    tally.observed += observed;
    tally.expected += expected;
    tally.variance += variance;
    this.groups.set(group, tally);
  }

  get judged(): readonly (Tally & { readonly group: string; readonly z: number })[] {
    return [...this.groups]
      .filter(([, { variance }]) => variance >= VARIANCE_MIN)
      .map(([group, tally]) => ({ group, ...tally, z: (tally.observed - tally.expected) / Math.sqrt(tally.variance) }));
  }

  get far(): string[] {
    return this.judged
      .filter(({ z }) => Math.abs(z) >= Z_MAX)
      .map(({ group, observed, expected, z }) => `${group}: ${observed} of ${expected.toFixed(1)}, z ${z.toFixed(1)}`);
  }
}

const sizeOf = ({ people }: Cell) =>
  people === 1 ? "alone" : people < 5 ? "2 to 4" : people < 20 ? "5 to 19" : "20 up";

function tally(tallies: Tallies, sample: Sample): void {
  const hazards = hazardsOf(sample);
  let leavers = 0;
  for (const [cell, { term, promo }] of hazards) {
    leavers += term * cell.people;
    const groups = [
      "all",
      `level ${cell.level}`,
      `age band ${cell.age}`,
      `tenure band ${cell.tenure}`,
      `cells of ${sizeOf(cell)}`,
    ];
    for (const group of groups) {
      tallies.add(`leavers, ${group}`, cell.leavers, term * cell.people, term * (1 - term) * cell.people);
      tallies.add(`promotions, ${group}`, cell.promotions, promo * cell.people, promo * (1 - promo) * cell.people);
    }
  }
  const { growth, levels, newHires } = sample.assumptions;
  const rate = newHires.terminationRate;
  const target = Math.round(sample.start * (1 + growth.headcount));
  const hires = (target - sample.start + leavers) / (1 - rate);
  for (const { id, hireShare } of levels) {
    const found = sample.levels.find(({ level }) => level === id);
    for (const [group, share] of [
      ["all", hireShare],
      [`level ${id}`, hireShare],
    ] as const) {
      const expected = share * hires;
      tallies.add(`hires, ${group}`, found?.hires ?? 0, expected, expected * (1 - share));
      tallies.add(`new-hire leavers, ${group}`, found?.leavers ?? 0, expected * rate, expected * rate * (1 - rate));
    }
  }
}

async function tallySeeds(wish: Omit<SampleWish, "seed">, planted?: Readonly<Record<string, string>>) {
  const sampler = await openSampler(planted);
  const tallies = new Tallies();
  for (const seed of SEEDS) tally(tallies, await sampler.sample({ ...wish, seed }));
  sampler.close();
  return tallies;
}

describe("over seeds 1 to 20", () => {
  test.each(SIZES)("leavers, promotions and hires of %i people match their hazards", async (employees) => {
    const tallies = await tallySeeds({ employees });
    expect(tallies.far).toEqual([]);
    // Enough groups are judged for the bound to be meaningful. With 16 people there are few.
    expect(tallies.judged.length).toBeGreaterThanOrEqual(employees === 16 ? 10 : 30);
  });

  test("the draws of a stochastic year match too, for fixed people", async () => {
    const tallies = await tallySeeds({ employees: 500, isStochastic: true, censusSeed: 1 });
    // Independent draws in some forty groups: with a correct model, one in ten seeds has a |z| above 3, one in fifty
    // above 3.5.
    expect(tallies.judged.filter(({ z }) => Math.abs(z) >= Z_MAX_INDEPENDENT)).toEqual([]);
    expect(tallies.judged.length).toBeGreaterThanOrEqual(30);
  });

  test("the requested share is the observed share, for any rate and population", async () => {
    const sampler = await openSampler();
    for (const rate of [0.02, 0.12, 0.4, 0.9]) {
      let [leavers, people] = [0, 0];
      for (const seed of SEEDS.slice(0, 5)) {
        const { cells, start } = await sampler.sample({
          employees: 2_000,
          seed,
          assumptions: { termination: { base: rate } },
        });
        leavers += cells.reduce((sum, cell) => sum + cell.leavers, 0);
        people += start;
      }
      // The total of a year differs by at most one person.
      expect(Math.abs(leavers - rate * people)).toBeLessThanOrEqual(5);
    }
    sampler.close();
  });
});

/** The first method tried: each cell's whole part, then one more for those with the largest remainders. */
const LARGEST_REMAINDER = {
  needs_cell: `
WITH split AS (
  SELECT h.*, h.headcount * h.termination_units AS units,
    row_number() OVER (
      ORDER BY (h.headcount * h.termination_units) % 100000000 DESC, h.level_id, h.age_band, h.tenure_band
    ) AS place
  FROM {{ ref('hazards') }} h
)
SELECT s.level_id, s.age_band, s.tenure_band, s.termination AS chance,
  CAST(s.units // 100000000
    + CASE WHEN s.place <= n.expected_leavers - sum(s.units // 100000000) OVER () THEN 1 ELSE 0 END AS BIGINT) AS leavers
FROM split s CROSS JOIN {{ ref('needs') }} n`,
  needs_level: `
WITH shares AS (
  SELECT l.level_id, n.hires AS all_hires, n.hires * (l.hire_to - l.hire_from) AS share,
    row_number() OVER (
      ORDER BY n.hires * (l.hire_to - l.hire_from) - floor(n.hires * (l.hire_to - l.hire_from)) DESC, l.level_id
    ) AS place
  FROM {{ src('levels') }} l CROSS JOIN {{ ref('needs') }} n
)
SELECT level_id, CAST(0 AS BIGINT) AS new_hire_leavers,
  CAST(floor(share) + CASE WHEN place <= all_hires - sum(floor(share)) OVER () THEN 1 ELSE 0 END AS BIGINT) AS hires
FROM shares`,
};

describe("the planted largest-remainder method is detected", () => {
  test("people alone in their cell never leave, with 500 people", async () => {
    const { needs_cell } = LARGEST_REMAINDER;
    const { far } = await tallySeeds({ employees: 500 }, { needs_cell });
    expect(far.join("\n")).toMatch(/^leavers, cells of alone: 0 of/m);
    expect(far.join("\n")).toMatch(/^leavers, level 5: /m);
  });

  test("the first of many equal levels get all hires, with 16 people", async () => {
    const { needs_level } = LARGEST_REMAINDER;
    const levels = Array.from({ length: 10 }, (_, place) => {
      const min = 40_000 + 5_000 * place;
      return { id: place + 1, name: `Level ${place + 1}`, min, max: 2 * min, merit: 0.03, hireShare: 0.1 };
    });
    const wish = { employees: 16, assumptions: { levels } };
    expect((await tallySeeds(wish, { needs_level })).far.join("\n")).toMatch(/^hires, level 1: /m);
    expect((await tallySeeds(wish)).far).toEqual([]);
  });
});

describe("a stochastic year", () => {
  test("gives a band over 100 seeds that covers the expectation and has the width of chance", async () => {
    const sampler = await openSampler();
    const leavers: number[] = [];
    const hires: number[] = [];
    const ends: number[] = [];
    let expected = { leavers: 0, variance: 0, hires: 0, end: 0 };
    for (let seed = 1; seed <= 100; seed++) {
      const sample = await sampler.sample({ employees: 200, seed, censusSeed: 1, isStochastic: true });
      const hazards = [...hazardsOf(sample)];
      const sum = (of: (cell: Cell, p: number) => number) =>
        hazards.reduce((total, [cell, { term }]) => total + of(cell, term), 0);
      const mean = sum((cell, p) => cell.people * p);
      const end = Math.round(sample.start * 1.03);
      const variance = sum((cell, p) => cell.people * p * (1 - p));
      expected = { leavers: mean, variance, hires: (end - sample.start + mean) / 0.75, end };
      const left = sample.cells.reduce((total, cell) => total + cell.leavers, 0);
      const came = sample.levels.reduce((total, level) => total + level.hires, 0);
      leavers.push(left);
      hires.push(came);
      ends.push(sample.start - left + came - sample.levels.reduce((total, level) => total + level.leavers, 0));
    }
    sampler.close();
    expect(meanZ(leavers, expected.leavers)).toBeLessThan(Z_MAX);
    expect(meanZ(hires, expected.hires)).toBeLessThan(Z_MAX);
    expect(meanZ(ends, expected.end)).toBeLessThan(Z_MAX);
    for (const [values, mean] of [
      [leavers, expected.leavers],
      [hires, expected.hires],
      [ends, expected.end],
    ] as const) {
      const [low, high] = bandOf(values);
      expect([low < mean, high > mean]).toEqual([true, true]);
    }
    // For 100 draws, the sample variance is within 0.6 to 1.5 of the true one, except once in a thousand times
    // (chi-squared, 99 degrees).
    expect(varianceOf(leavers) / expected.variance).toBeGreaterThan(0.6);
    expect(varianceOf(leavers) / expected.variance).toBeLessThan(1.5);
    expect(varianceOf(hires)).toBeGreaterThan(0.5 * expected.hires);
  });
});

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: readonly number[]) => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
};
const meanZ = (values: readonly number[], expected: number) =>
  Math.abs(meanOf(values) - expected) / Math.sqrt(varianceOf(values) / values.length);
/** The 5th and the 95th of a hundred values. */
const bandOf = (values: readonly number[]): readonly [number, number] => {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[4] ?? Number.NaN, sorted[94] ?? Number.NaN];
};
