/** Rows of a census file: their conversion, and the problems reported for unusable ones. */
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

test("a row becomes whole numbers; IDs keep their zeros", () => {
  expect(read({})).toEqual({
    value: {
      employee_id: "0042",
      birth_day: parseDay("1990-02-28"),
      hire_day: parseDay("2019-03-31"),
      level_id: 2,
      comp_cents: 8_500_050,
      deferral_units: 60_000,
      is_active: true,
    },
  });
  expect(read({ deferral_rate: "", active: false })).toMatchObject({ value: { deferral_units: 0, is_active: false } });
});

test.each([
  [{ annual_comp: "-5" }, "annual_comp", "-5 is not above 0"],
  [{ annual_comp: "much" }, "annual_comp", "no amount"],
  [{ annual_comp: "0x10000" }, "annual_comp", '"0x10000" is no amount'],
  [{ annual_comp: "1e5" }, "annual_comp", '"1e5" is no amount'],
  [{ annual_comp: "85,000" }, "annual_comp", "without separators"],
  [{ annual_comp: "$85000" }, "annual_comp", "without separators and signs of currency"],
  [{ annual_comp: "8500000000" }, "annual_comp", "is above 99999999"],
  [{ hire_date: "1995-06-01" }, "hire_date", "a hire at the age of 5, born on 1990-02-28"],
  [{ level_id: "0x2" }, "level_id", "Known are 1, 2, 3, 4, 5"],
  [{ deferral_rate: "0x1" }, "deferral_rate", "no share of pay"],
  [{ deferral_rate: "-0.01" }, "deferral_rate", "no share of pay"],
  [{ deferral_rate: "0.1234567" }, "deferral_rate", "more than 6 decimals. Write 0.123457"],
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

test("pay is read digit by digit, rates with six decimals, and rounding noise of computed cells is ignored", () => {
  expect(read({ annual_comp: "85000.005", deferral_rate: "0.123456" })).toMatchObject({
    value: { comp_cents: 8_500_001, deferral_units: 123_456 },
  });
  expect(read({ annual_comp: 85000.1 + 0.2, deferral_rate: 0.1 + 0.2, level_id: 2 })).toMatchObject({
    value: { comp_cents: 8_500_030, deferral_units: 300_000, level_id: 2 },
  });
});

test("a header may be written in any case, with spaces or hyphens; a problem names the file's own column", () => {
  const written = Object.fromEntries(
    Object.entries(GOOD).map(([name, cell]) => [
      name === "hire_date" ? "HIRE-DATE" : name.toUpperCase().replace("_", " "),
      cell,
    ]),
  );
  expect(schema["~standard"].validate(written)).toEqual(read({}));
  expect(schema["~standard"].validate({ ...written, "ANNUAL COMP": "-5" })).toEqual({
    issues: [{ path: ["ANNUAL COMP"], message: expect.stringContaining("-5 is not above 0") }],
  });
  expect(read({ "Employee ID": "7" })).toEqual({
    issues: [
      { path: ["Employee ID"], message: expect.stringContaining('"employee_id" and "Employee ID" are both read') },
    ],
  });
});

test("a file that lacks a column is refused with the column's name", () => {
  const { level_id: _, ...lacking } = GOOD;
  expect(schema["~standard"].validate(lacking)).toEqual({
    issues: [{ path: ["level_id"], message: expect.stringContaining("the file has no column level_id") }],
  });
});

test("several mistakes in a row are reported at once", () => {
  expect(read({ annual_comp: "0", level_id: "x", active: "?" })).toMatchObject({ issues: { length: 3 } });
});
