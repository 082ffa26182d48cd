// Every setting that results depend on, with its value, its default, the source of the default, and whether it was
// changed. Reports and comparisons begin with it. The sources are those of `defaults.ts`, in words.

import { ASSUMPTIONS } from "./config/assumptions.js";
import { assumptionsOf, type SimulationInput } from "./input.js";

export type AssumptionRow = {
  /** As written in an input file. Its flag has hyphens. */
  readonly name: string;
  readonly value: unknown;
  readonly default: unknown;
  /** Source of the default. */
  readonly source: string;
  readonly changed: boolean;
};

const ASSUMED = "assumption";
const MERCER = "Mercer US Compensation Planning Survey, March 2025";
const VANGUARD = "Vanguard, How America Saves 2024";
const PLAN = "assumption: a plan rule";

/** By name. A test compares the names with the schema. */
const SOURCES: Readonly<Record<string, string>> = {
  "growth.headcount": "assumption: a growing firm",
  "termination.base": "assumption: no current source for all industries",
  "termination.levelStep": ASSUMED,
  "termination.levelFloor": ASSUMED,
  "newHires.terminationRate": ASSUMED,
  "newHires.positionBase": ASSUMED,
  "newHires.positionLevelStep": ASSUMED,
  "newHires.positionSpread": ASSUMED,
  "newHires.ages": ASSUMED,
  "promotion.base": `${MERCER}: about 10 % of employees`,
  "promotion.levelStep": ASSUMED,
  "promotion.raiseMean": MERCER,
  "promotion.raiseSpread": ASSUMED,
  "promotion.raiseCap": ASSUMED,
  "cola.rate": "WorldatWork Salary Budget Survey 2025, median",
  "cola.byYear": "none: the rate holds for all years",
  raiseMonths: "assumption: most employers raise in spring",
  levels: `assumption: bands of a mid-sized US employer, 2025 dollars; merit: ${MERCER}`,
  bandGrowth: "assumption: bands follow the cost of living",
  ageBands: `assumption: multipliers; enrollment rates in the range of ${VANGUARD}`,
  tenureBands: "assumption: turnover falls with tenure",
  "eligibility.minAge": "Internal Revenue Code 410(a): at most 21",
  "eligibility.waitDays": PLAN,
  "autoEnrol.isOn": PLAN,
  "autoEnrol.afterDays": PLAN,
  "autoEnrol.rate": `${VANGUARD}: the commonest rate of older plans`,
  "voluntary.rate": ASSUMED,
  "escalation.step": PLAN,
  "escalation.cap": PLAN,
  "escalation.share": `${VANGUARD}: 69 % of plans escalate`,
  match: "safe-harbor basic match, Treas. Reg. 1.401(k)-3(c)(2)",
  core: PLAN,
  "limits.byYear": "IRS Notices 2023-75, 2024-80, 2025-67 for 2024 to 2026",
  "limits.growth": "assumption: later limits grow with prices, rounded down to the step of the law",
};
const SETTING = "setting of the run";

type Values = Readonly<Record<string, unknown>>;
/** A recorded input of this version, or of an earlier one that lacks some fields. */
export type RecordedInput = Values | SimulationInput;

/** Returns the rows of one run: changed settings first, each group in the order of the settings. */
export function assumptionRows(input: RecordedInput): AssumptionRow[] {
  const values = leavesOf(input as Values);
  const defaults = defaultLeaves();
  const rows = [...defaults].map(([name, of]): AssumptionRow => {
    const value = values.get(name) ?? null;
    return { name, value, default: of, source: SOURCES[name] ?? SETTING, changed: !isSame(value, of) };
  });
  return [...rows.filter(({ changed }) => changed), ...rows.filter(({ changed }) => !changed)];
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Names of the assumptions without a source. A test checks that there are none. */
export const unsourced = (): string[] =>
  [...leavesOf(assumptionsOf(DEFAULTS_ONLY)).keys()].filter((name) => SOURCES[name] === undefined);

const schemaDefaults = () =>
  Object.fromEntries(Object.entries(ASSUMPTIONS).map(([name, schema]) => [name, schema.parse(undefined)]));
const DEFAULTS_ONLY = schemaDefaults() as unknown as SimulationInput;
/** Defaults of the settings other than the assumptions, as in the input schema. */
const SETTING_DEFAULTS: Values = { seed: 7, censusSeed: null, stochastic: false, models: null };

function defaultLeaves(): Map<string, unknown> {
  return leavesOf({ ...SETTING_DEFAULTS, ...DEFAULTS_ONLY });
}

/** Returns values by dotted name: each field of objects with fixed fields; lists and records as a whole. */
function leavesOf(values: Values): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const name of [...Object.keys(SETTING_DEFAULTS), ...Object.keys(ASSUMPTIONS)]) {
    const value = values[name];
    if (value === undefined) continue;
    if (typeof value !== "object" || value === null || Array.isArray(value)) leaves.set(name, value);
    else for (const [field, inner] of Object.entries(value)) leaves.set(`${name}.${field}`, inner);
  }
  return leaves;
}

/** Formats a value for people: a list item by item, one per line. */
export function valueLines(value: unknown): string[] {
  if (value === null || value === undefined) return ["none"];
  if (Array.isArray(value)) return value.map((item) => fieldsOf(item));
  if (typeof value === "boolean") return [value ? "yes" : "no"];
  if (typeof value !== "object") return [String(value)];
  const entries = Object.entries(value);
  return entries.length === 0 ? ["none"] : entries.map(([name, inner]) => `${name}: ${fieldsOf(inner)}`);
}

function fieldsOf(item: unknown): string {
  if (typeof item !== "object" || item === null) return String(item);
  return Object.entries(item)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
