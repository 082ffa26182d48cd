/** Figures of two simulations that differ, by metric and year. */
import { expect, test } from "vitest";
import { differencesOf } from "./compare.js";

test("differences are exact, and what only one has is told as such", () => {
  const a = { "2025": { payroll: "100.1000", hires: "5.0000" }, "2026": { payroll: "7.0000" } };
  const b = { "2025": { payroll: "100.0900", hires: "5.0000" } };
  expect(differencesOf(a, b)).toEqual([
    { metric: "payroll", year: 2025, a: "100.1000", b: "100.0900", difference: "-0.0100" },
    { metric: "payroll", year: 2026, a: "7.0000", b: null, difference: null },
  ]);
});
