/** Rows of a census file: what they become, and what is said of those that cannot be used. */
import { expect, test } from "vitest";
import { LEVELS } from "../config/defaults.js";
import { parseDay } from "./row.js";
import { censusSchema } from "./schema.js";

const schema = censusSchema({ firstYear: 2025, levels: LEVELS });
const GOOD = {
  employee_id: "0042",
  birth_date: "1990-02-28",
  hire_date: "2019-03-31",
  level_id: "2",
  annual_comp: "85000.50",
  deferral_rate: "0.06",
  active: "yes",
};
const read = (change: object) => schema["~standard"].validate({ ...GOOD, ...change });

test("a row becomes whole numbers; ids keep their zeros", () => {
  expect(read({})).toEqual({
    value: {
      employee_id: "0042",
      birth_day: parseDay("1990-02-28"),
      hire_day: parseDay("2019-03-31"),
      level_id: 2,
      comp_cents: 8_500_050,
      deferral_units: 600,
      is_active: true,
    },
  });
  expect(read({ deferral_rate: "", active: false })).toMatchObject({ value: { deferral_units: 0, is_active: false } });
});

test.each([
  [{ annual_comp: "-5" }, "annual_comp", "-5 is not above 0"],
  [{ annual_comp: "much" }, "annual_comp", "no amount"],
  [{ annual_comp: "50000" }, "annual_comp", "below the floor of level 2"],
  [{ hire_date: "2026-01-02" }, "hire_date", "lies in the future"],
  [{ birth_date: "1990-02-30" }, "birth_date", "is no date"],
  [{ birth_date: "1890-01-01" }, "birth_date", "a person of 135 years"],
  [{ birth_date: "2000-01-01", hire_date: "1999-01-01" }, "hire_date", "not after the birth date"],
  [{ level_id: "9" }, "level_id", "Known are 1, 2, 3, 4, 5"],
  [{ deferral_rate: "7.5" }, "deferral_rate", "If it is meant in per cent, write 0.075"],
  [{ active: "perhaps" }, "active", "neither true nor false"],
  [{ employee_id: "" }, "employee_id", "it is empty"],
  [{ employee_id: "NH2026-000001" }, "employee_id", "a generated new hire of 2026"],
])("%j is refused at its column", (change, column, problem) => {
  expect(read(change)).toEqual({ issues: [{ path: [column], message: expect.stringContaining(problem) }] });
});

test("a file without a column is told which it lacks", () => {
  const { level_id: _, ...lacking } = GOOD;
  expect(schema["~standard"].validate(lacking)).toEqual({
    issues: [{ path: ["level_id"], message: expect.stringContaining("the file has no column level_id") }],
  });
});

test("several mistakes of a row are told at once", () => {
  expect(read({ annual_comp: "0", level_id: "x", active: "?" })).toMatchObject({ issues: { length: 3 } });
});
