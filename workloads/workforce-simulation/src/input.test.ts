/** All problems of an input are named at once. */
import { expect, test } from "vitest";
import { notesOn } from "./config/cross-checks.js";
import { LIMITS } from "./config/defaults.js";
import { simulationInput } from "./input.js";

const problems = (given: object) => {
  const parsed = simulationInput.safeParse({ years: ["2025-2026"], employees: 100, ...given });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
};

const of2026 = (change: object) => ({ byYear: { "2026": { ...LIMITS["2026"], ...change } } });

test("years and a number of people suffice", () => {
  expect(problems({})).toEqual([]);
});

test.each([
  [{ years: ["2026-2025"] }, "years: the range 2026-2025 is reversed"],
  [{ employees: null }, "census: no people"],
  [{ census: "a.csv" }, "employees: a census file is given too"],
  [{ growth: { headcount: 0.7 } }, "growth.headcount: Too big: expected number to be <=0.5"],
  [{ termination: { base: 1.2 } }, "termination.base"],
  [{ newHires: { terminationRate: 0.99 } }, "newHires.terminationRate"],
  [{ newHires: { ages: [{ age: 30, share: 0.5 }] } }, "newHires.ages: share sums to 0.5, 1 is expected"],
  [{ raiseMonths: [{ month: 1, share: 1 }] }, "raiseMonths.0.month"],
  [
    {
      match: [
        { upTo: 0.05, rate: 1 },
        { upTo: 0.03, rate: 0.5 },
      ],
    },
    "match.1.upTo: 0.03 is not above 0.05",
  ],
  [{ core: [{ from: 2, rate: 0.01 }] }, "core.0.from: the first band starts at 0"],
  [{ promotion: { raiseMean: 0.4, raiseCap: 0.3 } }, "promotion.raiseCap: 0.3 is below raiseMean"],
  [{ years: ["2020"] }, "limits.byYear: nothing is known for 2020"],
  [{ cola: { byYear: { "2050": 0.03 } } }, "cola.byYear.2050: 2050 is outside 2025 to 2026"],
  [{ limits: { byYear: { "2030": LIMITS["2026"] } } }, "limits.byYear.2030: 2030 plays no part in 2025 to 2026"],
  [{ limits: { byYear: { "2020": LIMITS["2026"] } } }, "limits.byYear.2020: 2020 plays no part"],
  [{ limits: of2026({ deferralFrom50: 1_000 }) }, "limits.byYear.2026.deferralFrom50: 1000 is below deferral, 24500"],
  [{ limits: of2026({ deferralFrom60: 25_000 }) }, "deferralFrom60: 25000 is below deferralFrom50, 32500"],
  [{ limits: of2026({ annualAdditions: 20_000 }) }, "annualAdditions: 20000 is below deferral, 24500"],
  [{ limits: of2026({ compensation: 60_000 }) }, "compensation: 60000 is below annualAdditions, 72000"],
  [{ promotion: { raiseMean: 0.02 } }, "promotion.raiseSpread: 0.03 is above raiseMean, 0.02"],
  [
    { promotion: { raiseMean: 0.28 } },
    "promotion.raiseSpread: raises of 0.28 + 0.03 would be clipped at raiseCap, 0.3",
  ],
  [{ autoEnrol: { rate: 0.1234567 } }, "autoEnrol.rate: at most six decimals are expected"],
  [{ growth: { headcount: 0.0000001 } }, "growth.headcount: at most six decimals are expected"],
  [{ autoEnrol: { rate: 0 } }, "autoEnrol.rate: 0 enrols people at nothing"],
  [{ voluntary: { rate: 0 } }, "voluntary.rate: 0 enrols people at nothing"],
  [
    {
      raiseMonths: [
        { month: 4, share: 0.5 },
        { month: 4, share: 0.5 },
      ],
    },
    "raiseMonths.1.month: 4 is listed twice",
  ],
  [{ years: ["2025-2074"], bandGrowth: 0.5 }, "bandGrowth: 0.5 a year makes the highest pay band"],
  [{ sheet: "People" }, "sheet: only a census that is a workbook"],
  [{ employees: null, census: "a.csv", censusSeed: 3 }, "censusSeed: a census file is given"],
  [{ db: "results.csv" }, "db: results.csv is no name for a DuckDB file; end it in .duckdb or .ddb or .db"],
  [{ db: "results.sqlite" }, "db: results.sqlite is no name for a DuckDB file"],
  [{ salary: 1 }, 'Unrecognized key: "salary"'],
])("%j is refused", (given, problem) => {
  expect(problems(given).join("\n")).toContain(problem);
});

test("several mistakes are reported at once", () => {
  expect(problems({ growth: { headcount: 2 }, escalation: { cap: 2 }, threads: 0 })).toHaveLength(3);
  expect(problems({ years: ["2026", "2025"], core: [{ from: 1, rate: 0.01 }] })).toHaveLength(2);
});

test("rates with six decimals are accepted, even if their binary fractions are inexact", () => {
  expect(
    problems({ autoEnrol: { rate: 0.123456 }, cola: { rate: 0.1 + 0.2 }, termination: { base: 0.000001 } }),
  ).toEqual([]);
});

test("limits of the year before the first, and of a year from which later ones grow, are used", () => {
  const { "2026": limits } = LIMITS;
  expect(problems({ years: ["2027"], limits: { byYear: { "2026": limits } } })).toEqual([]);
  expect(problems({ years: ["2031-2033"], limits: { byYear: { "2030": limits } } })).toEqual([]);
});

test("values held at a bound, which may be intended, are noted", () => {
  const notes = (given: object) => notesOn(simulationInput.parse({ years: ["2025"], employees: 1, ...given }));
  expect(notes({})).toEqual([]);
  expect(notes({ newHires: { positionLevelStep: 0.2 } })).toEqual([
    expect.stringContaining("held at the ends of the band for Director"),
  ]);
  expect(notes({ newHires: { positionBase: 0.02 } })[0]).toContain("for Associate:");
  expect(notes({ autoEnrol: { rate: 0.123456 } })).toEqual([
    "escalation.cap, 0.1, is not above autoEnrol.rate, 0.123456: nobody who enrolls at that rate escalates.",
  ]);
  expect(notes({ escalation: { cap: 0.05 } })).toEqual([expect.stringContaining("voluntary.rate, 0.06")]);
  expect(notes({ escalation: { cap: 0.02, step: 0 } })).toEqual([]);
});
