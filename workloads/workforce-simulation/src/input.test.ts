/** What is wrong with an input is named, all of it at once. */
import { expect, test } from "vitest";
import { simulationInput } from "./input.js";

const problems = (given: object) => {
  const parsed = simulationInput.safeParse({ years: ["2025-2026"], employees: 100, ...given });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
};

test("years alone and a number of people are enough", () => {
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
  [{ salary: 1 }, 'Unrecognized key: "salary"'],
])("%j is refused", (given, problem) => {
  expect(problems(given).join("\n")).toContain(problem);
});

test("several mistakes are told at once", () => {
  expect(problems({ growth: { headcount: 2 }, escalation: { cap: -1 }, threads: 0 })).toHaveLength(3);
  expect(problems({ years: ["2026", "2025"], core: [{ from: 1, rate: 0.01 }] })).toHaveLength(2);
});
