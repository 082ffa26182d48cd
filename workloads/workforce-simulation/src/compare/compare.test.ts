/** Figures of two simulations that differ, by metric and year. */
import { expect, test } from "vitest";
import { differencesOf } from "./compare.js";

test("differences are exact, and what only one has is told as such", () => {
  const a = { "2025": { payroll: "100.100000", hires: "5.000000" }, "2026": { payroll: "7.000000" } };
  const b = { "2025": { payroll: "100.090000", hires: "5.000000" } };
  expect(differencesOf(a, b)).toEqual([
    { metric: "payroll", year: 2025, a: "100.100000", b: "100.090000", difference: "-0.010000" },
    { metric: "payroll", year: 2026, a: "7.000000", b: null, difference: null },
  ]);
});
