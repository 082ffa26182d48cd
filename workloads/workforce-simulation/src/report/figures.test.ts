/** A report is only written if its tables agree: a discrepancy of one cent or one person is found. */
import { expect, test } from "vitest";
import { openSession, simulate } from "../executor/session.fixture.js";
import { findImbalances, readFigures, toCents } from "./figures.js";

test("the figures of a simulation agree, and any change of one is found", async () => {
  const { session, years } = await openSession({ years: "2025-2026" });
  await simulate(session, years);
  const figures = await readFigures((sql) => session.rows(sql), years);
  await session.close();
  expect(findImbalances(figures)).toEqual([]);
  const [row, ...rows] = figures.attribution;
  const cents = toCents(row?.payroll ?? "0") + 1n;
  const changed = { ...row, payroll: `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}` } as typeof row;
  expect(findImbalances({ ...figures, attribution: [changed as NonNullable<typeof row>, ...rows] })).toEqual([
    { what: "attribution sums to payroll", year: 2025, difference: "0.01" },
  ]);
  const [first, second] = figures.headcount as [(typeof figures.headcount)[number], (typeof figures.headcount)[number]];
  const told = findImbalances({ ...figures, headcount: [first, { ...second, start: second.start + 1 }] });
  expect(told.map(({ what }) => what)).toEqual([
    "the end of a year is the start of the next",
    "start + hires − terminations = end",
  ]);
});
