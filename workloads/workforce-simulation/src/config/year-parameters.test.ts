/** Limits of the tax code: the published ones, and those that the stated rule gives for later years. */
import { describe, expect, test } from "vitest";
import { assumptionsOf, simulationInput } from "../input.js";
import { limitsOf, yearParameters, yearSources } from "./year-parameters.js";

const of = (given: object = {}) =>
  assumptionsOf(simulationInput.parse({ years: ["2025-2028"], employees: 10, ...given }));

describe("limits", () => {
  test("of known years are the published ones", () => {
    expect(limitsOf(of(), 2025)).toMatchObject({ deferral: 23_500, deferralFrom50: 31_000, deferralFrom60: 34_750 });
    expect(limitsOf(of(), 2026)).toMatchObject({ deferral: 24_500, compensation: 360_000, highlyCompensated: 160_000 });
  });

  test("of later years grow by 2.5 % from the last known year and are rounded down to the step of the law", () => {
    // 2027: 24,500 × 1.025 = 25,112.50; 32,500 × 1.025 = 33,312.50; 35,750 × 1.025 = 36,643.75; 369,000; 164,000; 73,800.
    expect(limitsOf(of(), 2027)).toEqual({
      deferral: 25_000,
      deferralFrom50: 33_000,
      deferralFrom60: 36_500,
      compensation: 365_000,
      highlyCompensated: 160_000,
      annualAdditions: 73_000,
    });
    // 2028, from unrounded amounts: 25,740.31; 378,225; 168,100.
    expect(limitsOf(of(), 2028)).toMatchObject({ deferral: 25_500, compensation: 375_000, highlyCompensated: 165_000 });
  });

  test("given by a scenario replace the published ones", () => {
    const limits = { ...limitsOf(of(), 2026), deferral: 26_000 };
    expect(limitsOf(of({ limits: { byYear: { "2027": limits } } }), 2027).deferral).toBe(26_000);
  });
});

test("highly compensated people are determined by the previous year's threshold", () => {
  const scenario = { firstYear: 2025, seed: 1, isStochastic: false, assumptions: of() };
  expect(yearParameters(scenario, 2025)).toMatchObject({ year: { lookbackThreshold: 155_000 } });
  expect(yearParameters(scenario, 2026)).toMatchObject({ year: { lookbackThreshold: 160_000 } });
});

test("the cost of living may differ in single years", () => {
  const scenario = {
    firstYear: 2025,
    seed: 1,
    isStochastic: false,
    assumptions: of({ cola: { rate: 0.02, byYear: { "2026": 0.031 } } }),
  };
  expect(yearParameters(scenario, 2026)).toMatchObject({ year: { cola: 0.031 } });
  expect(yearParameters(scenario, 2027)).toMatchObject({ year: { cola: 0.02 } });
});

test("pay bands grow in whole cents, year by year", () => {
  const scenario = { firstYear: 2025, seed: 1, isStochastic: false, assumptions: of() };
  // 45,000 × 1.02 = 45,900; × 1.02 = 46,818.
  expect(yearSources(scenario, 2027).levels?.rows[0]).toContain("46818.00");
});
