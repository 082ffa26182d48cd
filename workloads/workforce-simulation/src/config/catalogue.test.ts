/** The beginning of reports: every setting, its default, its source, and what was changed. */
import { expect, test } from "vitest";
import { assumptionRows, unsourced, valueLines } from "../catalogue.js";
import { simulationInput } from "../input.js";

const rowsOf = (given: object = {}) =>
  assumptionRows(simulationInput.parse({ years: ["2025"], employees: 10, ...given }));

test("every assumption has a source", () => {
  expect(unsourced()).toEqual([]);
  expect(rowsOf().every(({ source }) => source.length > 0)).toBe(true);
});

test("nothing is marked as changed in an unchanged input", () => {
  expect(rowsOf().filter(({ changed }) => changed)).toEqual([]);
  expect(rowsOf().length).toBeGreaterThan(35);
});

test("changed settings come first, with their default and its source", () => {
  const match = [{ upTo: 0.04, rate: 1 }];
  const rows = rowsOf({ cola: { rate: 0.04, byYear: { "2025": 0.01 } }, match, seed: 8, stochastic: true });
  expect(rows.slice(0, 5)).toEqual([
    { name: "seed", value: 8, default: 7, source: "setting of the run", changed: true },
    { name: "stochastic", value: true, default: false, source: "setting of the run", changed: true },
    { name: "cola.rate", value: 0.04, default: 0.02, source: expect.stringContaining("WorldatWork"), changed: true },
    { name: "cola.byYear", value: { "2025": 0.01 }, default: {}, source: expect.any(String), changed: true },
    {
      name: "match",
      value: match,
      default: expect.any(Array),
      source: expect.stringContaining("safe-harbor"),
      changed: true,
    },
  ]);
  expect(rows.slice(5).every(({ changed }) => !changed)).toBe(true);
});

test("the defaults of the settings equal those of the input", () => {
  const input = simulationInput.parse({ years: ["2025"], employees: 10 }) as Record<string, unknown>;
  for (const name of ["seed", "censusSeed", "stochastic", "models"]) {
    expect([name, rowsOf().find((row) => row.name === name)?.default]).toEqual([name, input[name]]);
  }
});

test("values are formatted as people write them", () => {
  expect(
    valueLines([
      { upTo: 0.03, rate: 1 },
      { upTo: 0.05, rate: 0.5 },
    ]),
  ).toEqual(["upTo 0.03, rate 1", "upTo 0.05, rate 0.5"]);
  expect([valueLines({}), valueLines(null), valueLines(true), valueLines(0.1)]).toEqual([
    ["none"],
    ["none"],
    ["yes"],
    ["0.1"],
  ]);
  expect(valueLines({ "2027": 0.025 })).toEqual(["2027: 0.025"]);
});
