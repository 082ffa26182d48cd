/** Differing figures of two simulations, by metric and year. */
import { expect, test } from "vitest";
import { simulationInput } from "../input.js";
import { compareAssumptions, compareSimulations, differencesOf } from "./compare.js";

test("differences are exact, and figures of one side only are marked as such", () => {
  const a = { "2025": { payroll: "100.100000", hires: "5.000000" }, "2026": { payroll: "7.000000" } };
  const b = { "2025": { payroll: "100.090000", hires: "5.000000" } };
  expect(differencesOf(a, b)).toEqual([
    { metric: "payroll", year: 2025, a: "100.100000", b: "100.090000", difference: "-0.010000" },
    { metric: "payroll", year: 2026, a: "7.000000", b: null, difference: null },
  ]);
});

test("a comparison begins with the assumptions: differences, defaults and sources, and which run changed them", async () => {
  const input = (given: object) => simulationInput.parse({ years: ["2025"], employees: 10, ...given });
  const [a, b] = [input({ growth: { headcount: 0.01 } }), input({ growth: { headcount: 0.01 }, cola: { rate: 0.04 } })];
  const [first, second, third] = compareAssumptions(a, b);
  expect(first).toMatchObject({ name: "cola.rate", a: 0.02, b: 0.04, default: 0.02, changed: "b", differs: true });
  expect(second).toMatchObject({ name: "growth.headcount", a: 0.01, b: 0.01, changed: "both", differs: false });
  expect(third).toMatchObject({ changed: "neither", differs: false });

  const side = (of: unknown) => ({ run: { input: of, stages: [] }, output: async () => null }) as never;
  const report = await compareSimulations(side(a), side(b), {});
  expect(Object.keys(report?.document as object)[0]).toBe("assumptions");
  expect(report?.lines.slice(0, 3)).toEqual([
    expect.stringMatching(/^Assumptions that differ: 1 of \d\d$/),
    expect.stringMatching(/cola\.rate +0\.02 → 0\.04 {2}\(default 0\.02, changed in b; source: WorldatWork/),
    expect.stringMatching(/growth\.headcount +0\.01 in both {2}\(default 0\.03, changed in both; source: assumption/),
  ]);
});
