/**
 * Fifty people, ten kinds of five, in a year without chance: nobody leaves, joins or is promoted. Raises are 3 % merit
 * and 2 % cost of living on 1 April. Every figure below was computed by hand; the calculation is beside it.
 *
 * Raises count from 1 April to 31 December, 275 of the 365 days of 2025. Match: all of the first 3 % of pay and half of
 * the next 2 %. Core: 1 % of pay below 3 completed years on 31 December, 2 % from 3, 3 % from 6. Limits of 2025.
 */
import { expect, test } from "vitest";
import { type CensusRow, parseDay } from "../census/row.js";
import { openSession, runAll, simulate } from "./session.fixture.js";

interface Kind {
  readonly name: string;
  readonly born: string;
  readonly hired: string;
  readonly level: number;
  readonly comp: number;
  readonly deferral: number;
  /** Pay, deferral, match, core, yearly pay at the end. */
  readonly expected: readonly [string, string, string, string, string];
}

const KINDS: readonly Kind[] = [
  // merit 1,500 × 275/365 = 1,130.14; cola 1,000 × 275/365 = 753.42; pay 51,883.56. 6 % = 3,113.01.
  // Match 3 % = 1,556.5068, half of 2 % = 518.8356: 2,075.34. Core, 10 years: 3 % = 1,556.51.
  {
    name: "A",
    born: "1990-06-15",
    hired: "2015-03-01",
    level: 1,
    comp: 50_000,
    deferral: 0.06,
    expected: ["51883.56", "3113.01", "2075.34", "1556.51", "52500.00"],
  },
  // Less than a year of service on 1 January: no raise. Opted out of enrollment in 2024. Core, 1 year: 1 %.
  {
    name: "B",
    born: "1988-01-20",
    hired: "2024-07-01",
    level: 1,
    comp: 60_000,
    deferral: 0,
    expected: ["60000.00", "0.00", "0.00", "600.00", "60000.00"],
  },
  // 9,000 × 275/365 = 6,780.82; 6,000 × 275/365 = 4,520.55; pay 311,301.37. 12 % = 37,356.16, but at 55 years at most
  // 31,000.
  // Match 4 % = 12,452.0548. Core 3 % = 9,339.0411.
  {
    name: "C",
    born: "1970-01-10",
    hired: "2010-05-01",
    level: 5,
    comp: 300_000,
    deferral: 0.12,
    expected: ["311301.37", "31000.00", "12452.05", "9339.04", "315000.00"],
  },
  // 6,000 × 275/365 = 4,520.55; 4,000 × 275/365 = 3,013.70; pay 207,534.25. 20 % = 41,506.85, but at 62 years at most
  // 34,750.
  // Match 4 % = 8,301.37. Core 3 % = 6,226.0275.
  {
    name: "D",
    born: "1963-05-05",
    hired: "2000-09-01",
    level: 4,
    comp: 200_000,
    deferral: 0.2,
    expected: ["207534.25", "34750.00", "8301.37", "6226.03", "210000.00"],
  },
  // 5,400 × 275/365 = 4,068.49; 3,600 × 275/365 = 2,712.33; pay 186,780.82. 15 % = 28,017.12, but at 40 years at most
  // 23,500.
  // Match 4 % = 7,471.2328. Core, 3 years on 31 December: 2 % = 3,735.6164.
  {
    name: "E",
    born: "1985-04-04",
    hired: "2022-02-01",
    level: 4,
    comp: 180_000,
    deferral: 0.15,
    expected: ["186780.82", "23500.00", "7471.23", "3735.62", "189000.00"],
  },
  // 12,000 × 275/365 = 9,041.10; 8,000 × 275/365 = 6,027.40; pay 415,068.50, of which 350,000 count.
  // 5 % of pay = 20,753.425. Match 3 % of 350,000 = 10,500 and half of 2 % = 3,500. Core 3 % of 350,000.
  {
    name: "F",
    born: "1976-03-03",
    hired: "2005-06-15",
    level: 5,
    comp: 400_000,
    deferral: 0.05,
    expected: ["415068.50", "20753.43", "14000.00", "10500.00", "420000.00"],
  },
  // 2,400 × 275/365 = 1,808.22; 1,600 × 275/365 = 1,205.48; pay 83,013.70. 2 % = 1,660.274, all of it matched.
  // Core, 7 years: 3 % = 2,490.411.
  {
    name: "G",
    born: "1979-11-30",
    hired: "2018-05-01",
    level: 2,
    comp: 80_000,
    deferral: 0.02,
    expected: ["83013.70", "1660.27", "1660.27", "2490.41", "84000.00"],
  },
  // 2,100 × 275/365 = 1,582.19; 1,400 × 275/365 = 1,054.79; pay 72,636.98. 4 % = 2,905.4792.
  // Match 3 % = 2,179.1094 and half of (2,905.48 − 2,179.1094) = 363.1853. Core, 2 years: 1 % = 726.3698.
  {
    name: "H",
    born: "1994-08-08",
    hired: "2023-12-01",
    level: 2,
    comp: 70_000,
    deferral: 0.04,
    expected: ["72636.98", "2905.48", "2542.29", "726.37", "73500.00"],
  },
  // 1,350 × 275/365 = 1,017.12; 900 × 275/365 = 678.08; pay 46,695.20. Turns 21 on 1 June 2026, so not yet in the plan.
  {
    name: "I",
    born: "2005-06-01",
    hired: "2023-01-02",
    level: 1,
    comp: 45_000,
    deferral: 0,
    expected: ["46695.20", "0.00", "0.00", "0.00", "47250.00"],
  },
  // 3,000 × 275/365 = 2,260.27; 2,000 × 275/365 = 1,506.85; pay 103,767.12. 10 % = 10,376.712.
  // Match 4 % = 4,150.6848. Core 3 % = 3,113.0136.
  {
    name: "J",
    born: "1982-02-14",
    hired: "2012-10-01",
    level: 3,
    comp: 100_000,
    deferral: 0.1,
    expected: ["103767.12", "10376.71", "4150.68", "3113.01", "105000.00"],
  },
];

const PEOPLE: readonly CensusRow[] = KINDS.flatMap((kind) =>
  [1, 2, 3, 4, 5].map((number) => ({
    employee_id: `${kind.name}${number}`,
    birth_day: parseDay(kind.born) as number,
    hire_day: parseDay(kind.hired) as number,
    level_id: kind.level,
    comp_cents: kind.comp * 100,
    deferral_units: Math.round(kind.deferral * 1_000_000),
    is_active: true,
  })),
);

const MERIT_3 = [
  { id: 1, name: "1", min: 40_000, max: 75_000, merit: 0.03, hireShare: 1 },
  { id: 2, name: "2", min: 60_000, max: 105_000, merit: 0.03, hireShare: 0 },
  { id: 3, name: "3", min: 80_000, max: 150_000, merit: 0.03, hireShare: 0 },
  { id: 4, name: "4", min: 120_000, max: 215_000, merit: 0.03, hireShare: 0 },
  { id: 5, name: "5", min: 180_000, max: 340_000, merit: 0.03, hireShare: 0 },
];
const NO_CHANCE = {
  growth: { headcount: 0 },
  termination: { base: 0 },
  promotion: { base: 0 },
  levels: MERIT_3,
  raiseMonths: [{ month: 4, share: 1 }],
  autoEnrol: { isOn: false },
  escalation: { share: 0 },
  ageBands: [{ from: 0, label: "all", termination: 1, promotion: 1, optOut: 0, voluntary: 0 }],
  tenureBands: [{ from: 0, label: "all", termination: 1, promotion: 1, merit: 1 }],
};

test("fifty people are paid, defer and are matched as computed by hand", async () => {
  const { session, years } = await openSession({ years: "2025", people: PEOPLE, assumptions: NO_CHANCE });
  const [record] = await simulate(session, years);
  const rows = await session.rows(
    "SELECT employee_id, pay::VARCHAR AS pay, deferral::VARCHAR AS deferral, employer_match::VARCHAR AS match, " +
      "employer_core::VARCHAR AS core, annual_comp::VARCHAR AS comp FROM sim.snapshot ORDER BY employee_id",
  );
  const attribution = await session.rows(
    "SELECT source_kind, people::INTEGER AS people, payroll::VARCHAR AS payroll, employer_cost::VARCHAR AS cost FROM sim.attribution ORDER BY source_kind",
  );
  await session.close();
  const found = Object.fromEntries(
    rows.map((row) => [row.employee_id, [row.pay, row.deferral, row.match, row.core, row.comp]]),
  );
  const expected = Object.fromEntries(
    KINDS.flatMap(({ name, expected: of }) => [1, 2, 3, 4, 5].map((n) => [`${name}${n}`, of])),
  );
  expect(found).toEqual(expected);
  // Five times the sum of the ten: 51,883.56 + 60,000.00 + 311,301.37 + 207,534.25 + 186,780.82 + 415,068.50 + 83,013.70
  // + 72,636.98 + 46,695.20 + 103,767.12 = 1,538,681.50.
  expect(record?.metrics).toMatchObject({
    headcount_start: "50.000000",
    headcount_end: "50.000000",
    hires: "0.000000",
    payroll: "7693407.500000",
    // 2,075.34 + 12,452.05 + 8,301.37 + 7,471.23 + 14,000.00 + 1,660.27 + 2,542.29 + 4,150.68 = 52,653.23, five times.
    employer_match: "263266.150000",
    // 1,556.51 + 600.00 + 9,339.04 + 6,226.03 + 3,735.62 + 10,500.00 + 2,490.41 + 726.37 + 3,113.01 = 38,286.99, five times.
    employer_core: "191434.950000",
    // Paid more than 155,000 in the previous year (the threshold of 2024): kinds C, D, E and F.
    hce: "20.000000",
    // All but B and I participate: 40 of 50.
    participation_rate: "0.800000",
  });
  // Base: 50,000 + 60,000 + 300,000 + 200,000 + 180,000 + 400,000 + 80,000 + 70,000 + 45,000 + 100,000 = 1,485,000, five times.
  // Merit: 1,130.14 + 6,780.82 + 4,520.55 + 4,068.49 + 9,041.10 + 1,808.22 + 1,582.19 + 1,017.12 + 2,260.27 = 32,208.90.
  // Cost of living: 753.42 + 4,520.55 + 3,013.70 + 2,712.33 + 6,027.40 + 1,205.48 + 1,054.79 + 678.08 + 1,506.85 = 21,472.60.
  expect(attribution.map(({ source_kind, people, payroll }) => [source_kind, people, payroll])).toEqual([
    ["census_base", 50, "7425000.00"],
    ["cola", 45, "107363.00"],
    ["merit", 45, "161044.50"],
  ]);
  const cents = attribution.reduce((sum, { cost }) => sum + Math.round(Number(cost) * 100), 0);
  expect(cents).toBe(26_326_615 + 19_143_495);
});

test("fifty people of whom 12 % leave become 52 with eleven hires", async () => {
  // Leavers: 50 × 0.12 = 6. Target: 50 × 1.04 = 52. Hires H must leave 52 − 50 + 6 = 8 after a quarter of them,
  // rounded, has left: ten leave 10 − 3 = 7, eleven leave 11 − 3 = 8. So 50 − 6 + 11 − 3 = 52.
  const assumptions = {
    ...NO_CHANCE,
    growth: { headcount: 0.04 },
    termination: { base: 0.12, levelStep: 0 },
    newHires: { terminationRate: 0.25 },
  };
  const [record] = await runAll({ years: "2025", people: PEOPLE, assumptions });
  expect(record?.metrics).toMatchObject({
    headcount_start: "50.000000",
    terminations: "6.000000",
    hires: "11.000000",
    new_hire_terminations: "3.000000",
    headcount_end: "52.000000",
  });
});

test("the target is the initial headcount grown over all years since, rounded once", async () => {
  // Fifty at 1 % a year: 50.5, 51.005, 51.51505, 52.0302 and 52.5505. Rounding year by year would give 51, 52, 53, 54,
  // 55.
  const assumptions = { ...NO_CHANCE, growth: { headcount: 0.01 } };
  const records = await runAll({ years: "2025-2029", people: PEOPLE, assumptions });
  expect(records.map(({ metrics }) => Number(metrics.headcount_end))).toEqual([51, 51, 52, 52, 53]);
});

test("sixteen people at 3 % a year do not stay sixteen, and a firm may shrink to zero and grow from one", async () => {
  const people = PEOPLE.slice(0, 16);
  const grown = await runAll({ years: "2025-2034", people, assumptions: NO_CHANCE_BUT({ headcount: 0.03 }) });
  // 16 × 1.03^10 = 21.50.
  expect(grown.map(({ metrics }) => Number(metrics.headcount_end))).toEqual([16, 17, 17, 18, 19, 19, 20, 20, 21, 22]);
  const halved = await runAll({ years: "2025-2031", people, assumptions: NO_CHANCE_BUT({ headcount: -0.5 }) });
  expect(halved.map(({ metrics }) => Number(metrics.headcount_end))).toEqual([8, 4, 2, 1, 1, 0, 0]);
});

const NO_CHANCE_BUT = (growth: object) => ({ ...NO_CHANCE, growth });

test("annual additions stay within pay: someone who defers all of it gets no match and no core", async () => {
  // 20,000 a year, without a raise in the first year of service; section 415(c) allows as much. Deferring all of it
  // leaves nothing for the employer. 97 % is 19,400 and leaves 600 for a match of 4 % (800) and a core of 1 % (200):
  // all of it is match. 95 % is 19,000 and leaves 1,000: both in full.
  const base = { birth_day: parseDay("1988-01-20") as number, hire_day: parseDay("2024-07-01") as number, level_id: 1 };
  const person = (employee_id: string, deferral_units: number) => ({
    ...base,
    employee_id,
    comp_cents: 2_000_000,
    deferral_units,
    is_active: true,
  });
  const people = [person("all", 1_000_000), person("most", 970_000), person("some", 950_000)];
  const levels = MERIT_3.map((level) => (level.id === 1 ? { ...level, min: 20_000 } : level));
  const { session, years } = await openSession({ years: "2025", people, assumptions: { ...NO_CHANCE, levels } });
  await simulate(session, years);
  const rows = await session.rows(
    "SELECT employee_id, pay::VARCHAR AS pay, deferral::VARCHAR AS deferral, employer_match::VARCHAR AS match, " +
      "employer_core::VARCHAR AS core FROM sim.snapshot ORDER BY employee_id",
  );
  await session.close();
  expect(rows.map((row) => Object.values(row))).toEqual([
    ["all", "20000.00", "20000.00", "0.00", "0.00"],
    ["most", "20000.00", "19400.00", "600.00", "0.00"],
    ["some", "20000.00", "19000.00", "800.00", "200.00"],
  ]);
});

test("rates with six decimals are used with full precision", async () => {
  // 60,000 a year without a raise: 12.3456 % is 7,407.36, where 12.35 % would be 7,410.00.
  const [one] = PEOPLE.filter(({ employee_id }) => employee_id === "B1");
  const people = [{ ...(one as CensusRow), deferral_units: 123_456 }];
  const { session, years } = await openSession({ years: "2025-2026", people, assumptions: NO_CHANCE });
  const [record] = await simulate(session, years);
  const rows = await session.rows(
    "SELECT deferral_rate::VARCHAR AS rate, deferral::VARCHAR AS deferral FROM sim.snapshot",
  );
  await session.close();
  expect(rows[0]).toEqual({ rate: "0.123456", deferral: "7407.36" });
  expect(record?.metrics.average_deferral_rate).toBe("0.123456");
});

test("a step of 0 is no escalation", async () => {
  const of = (step: number) => ({ ...NO_CHANCE, escalation: { step, share: 1, cap: 0.1 } });
  const counts = async (step: number) =>
    (await runAll({ years: "2025-2026", people: PEOPLE, assumptions: of(step) })).map(({ metrics }) =>
      Number(metrics.escalations),
    );
  expect(await counts(0)).toEqual([0, 0]);
  // People below 10 %: kinds A, F, G and H, five of each.
  expect(await counts(0.01)).toEqual([20, 20]);
});
