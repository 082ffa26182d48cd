/** Ways in which people write years, and the problems of other texts. */
import { expect, test } from "vitest";
import { parseYears } from "./years.js";

test.each([
  [
    ["2024", "2025"],
    [2024, 2025],
  ],
  [["2024,2025"], [2024, 2025]],
  [["2024-2027"], [2024, 2025, 2026, 2027]],
  [["2024..2026"], [2024, 2025, 2026]],
  [
    [2024, 2025],
    [2024, 2025],
  ],
  [
    ["2024", "2025-2026,2027"],
    [2024, 2025, 2026, 2027],
  ],
  [["2030"], [2030]],
])("%j are years", (given, years) => {
  expect(parseYears(given)).toEqual({ ok: true, years });
});

test.each([
  [["2034-2025"], "reversed"],
  [["2025", "2024"], "rising order"],
  [["2024", "2026"], "2025 is missing between 2024 and 2026"],
  [["2024", "2024"], "2024 is given twice"],
  [["24"], "no year and no range"],
  [["soon"], "no year and no range"],
  [[], "no year is given"],
  [["1890"], "outside 1950 to 2150"],
  [["2000-2099"], "100 years are given, at most 50"],
])("%j are refused: %s", (given, problem) => {
  expect(parseYears(given)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
});
