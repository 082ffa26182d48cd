// Reads a row of a census file as a person, or reports its problems by column, with remedies. A Standard Schema, so
// that the engine reads the file (.csv, .parquet, .xlsx), adds row numbers, and finds duplicate IDs.
import type { Assumptions } from "../config/assumptions.js";
import { decimalsOf, parseUnits, unitsOf, unitsText } from "../config/decimal.js";
import { CENSUS_COLUMNS, type CensusRow, dayOf, isoDate, parseDay } from "./row.js";

export interface CensusRules {
  readonly firstYear: number;
  readonly levels: Assumptions["levels"];
}

type Cells = Readonly<Record<string, unknown>>;
type Issue = { readonly message: string; readonly path: readonly string[] };

/** Completed years of age on 1 January. A birth date outside this range is a mistake. Nobody is hired younger, either. */
const AGE_RANGE = { min: 14, max: 100 } as const;
/** IDs of generated new hires. A census may contain those of an earlier simulation, but not of future years. */
const NEW_HIRE_ID = /^NH(\d{4})-\d{6,}$/;
const ID_CHARS_MAX = 64;
/** Dollars a year. A larger amount is a mistake, or was given in cents. */
const COMP_MAX = 99_999_999;
/** Shares are stored in millionths. */
const SHARE_DECIMALS = 6;

export function censusSchema(rules: CensusRules) {
  const described = () => ({ columns: CENSUS_COLUMNS, firstYear: rules.firstYear, levels: rules.levels });
  return {
    "~standard": {
      version: 1 as const,
      vendor: "workforce-simulation",
      validate(value: unknown): { value: CensusRow } | { issues: readonly Issue[] } {
        return readRow(value as Cells, rules);
      },
      // The engine compares this to determine whether the same file would give the same rows.
      jsonSchema: { input: described, output: described },
    },
  };
}

function readRow(cells: Cells, rules: CensusRules): { value: CensusRow } | { issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const headers = headersOf(Object.keys(cells));
  if ("issues" in headers) return headers;
  const { nameOf } = headers;
  const read = <T>(column: string, parse: (cell: unknown) => T | Wrong): T | null => {
    const name = nameOf.get(column) as string;
    const parsed = parse(cells[name]);
    if (!(parsed instanceof Wrong)) return parsed;
    issues.push({ message: parsed.problem, path: [name] });
    return null;
  };
  const jan1 = dayOf(rules.firstYear, 1, 1);
  const employee_id = read("employee_id", (cell) => parseId(cell, rules.firstYear));
  const birth_day = read("birth_date", (cell) => parseDate(cell, jan1));
  const hire_day = read("hire_date", (cell) => parseDate(cell, jan1));
  const level_id = read("level_id", (cell) => parseLevel(cell, rules));
  const comp_cents = read("annual_comp", (cell) => parseComp(cell));
  const deferral_units = read("deferral_rate", parseShare);
  const is_active = read("active", parseActive);
  if (birth_day !== null) {
    const age = ageOn(birth_day, jan1);
    if (age < AGE_RANGE.min || age > AGE_RANGE.max) {
      const message = `${isoDate(birth_day)} makes a person of ${age} years on ${isoDate(jan1)}; ${AGE_RANGE.min} to ${AGE_RANGE.max} are expected. Correct the date`;
      issues.push({ message, path: [nameOf.get("birth_date") as string] });
    } else if (hire_day !== null && hire_day <= birth_day) {
      const message = `${isoDate(hire_day)} is not after the birth date, ${isoDate(birth_day)}. Correct one of the two`;
      issues.push({ message, path: [nameOf.get("hire_date") as string] });
    } else if (hire_day !== null && ageOn(birth_day, hire_day) < AGE_RANGE.min) {
      const message = `${isoDate(hire_day)} is a hire at the age of ${ageOn(birth_day, hire_day)}, born on ${isoDate(birth_day)}; at least ${AGE_RANGE.min} years are expected. Correct one of the two dates`;
      issues.push({ message, path: [nameOf.get("hire_date") as string] });
    }
  }
  if (comp_cents !== null && level_id !== null && is_active === true) {
    const level = rules.levels.find(({ id }) => id === level_id);
    if (level !== undefined && BigInt(comp_cents) < unitsOf(level.min, 2)) {
      const message = `${unitsText(BigInt(comp_cents), 2)} is below the floor of level ${level_id}, ${level.min}. Correct the pay or the level, or lower levels.min of that level`;
      issues.push({ message, path: [nameOf.get("annual_comp") as string] });
    }
  }
  if (issues.length > 0) return { issues };
  return { value: { employee_id, birth_day, hire_day, level_id, comp_cents, deferral_units, is_active } as CensusRow };
}

/** `Employee ID`, `EMPLOYEE_ID` and `employee-id` are one name: spreadsheets change case and separators. */
const plainName = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_");

/** Returns the file's name of each column, or the problems of its header. */
function headersOf(names: readonly string[]): { nameOf: ReadonlyMap<string, string> } | { issues: readonly Issue[] } {
  const nameOf = new Map<string, string>();
  for (const name of names) {
    const plain = plainName(name);
    if (!(CENSUS_COLUMNS as readonly string[]).includes(plain)) continue;
    const before = nameOf.get(plain);
    if (before !== undefined) {
      const message = `columns "${before}" and "${name}" are both read as ${plain}. Rename or remove one of them`;
      return { issues: [{ message, path: [name] }] };
    }
    nameOf.set(plain, name);
  }
  const missing = CENSUS_COLUMNS.filter((column) => !nameOf.has(column));
  if (missing.length === 0) return { nameOf };
  const found = names.slice(0, 20).map((name) => `"${name}"`);
  const message = `the file has no column ${missing.join(", ")}. Expected are ${CENSUS_COLUMNS.join(", ")}, in any case; it has ${found.join(", ")}`;
  return { issues: [{ message, path: [missing[0] as string] }] };
}

class Wrong {
  constructor(readonly problem: string) {}
}

function parseId(cell: unknown, firstYear: number): string | Wrong {
  const id = textOf(cell);
  if (id === "") return new Wrong("it is empty. Give every person an id");
  if (id.length > ID_CHARS_MAX)
    return new Wrong(`it has ${id.length} characters. At most ${ID_CHARS_MAX} are expected`);
  const year = Number(id.match(NEW_HIRE_ID)?.[1]);
  if (year >= firstYear) {
    return new Wrong(`"${id}" will be the id of a generated new hire of ${year}. Name this person otherwise`);
  }
  return id;
}

function parseDate(cell: unknown, jan1: number): number | Wrong {
  const text = cell instanceof Date ? cell.toISOString().slice(0, 10) : textOf(cell);
  if (text === "") return new Wrong("it is empty. Write a date as 2019-03-31");
  const day = parseDay(text);
  if (day === null) return new Wrong(`"${text}" is no date. Write it as 2019-03-31`);
  if (day > jan1) {
    return new Wrong(
      `${isoDate(day)} lies in the future of ${isoDate(jan1)}, when the simulation begins. Correct it, or begin later`,
    );
  }
  return day;
}

function parseLevel(cell: unknown, { levels }: CensusRules): number | Wrong {
  const text = textOf(cell);
  const id = /^\d{1,9}(?:\.0+)?$/.test(text) ? Number(text) : null;
  if (levels.some((level) => level.id === id)) return id as number;
  return new Wrong(`"${text}" is no level. Known are ${levels.map((level) => level.id).join(", ")}`);
}

function parseComp(cell: unknown): number | Wrong {
  const text = textOf(cell);
  const cents = typeof cell === "number" && Number.isFinite(cell) ? unitsOf(cell, 2) : parseUnits(text, 2);
  if (cents === null) {
    const hint = /\d[,' ]\d|[$€£]/.test(text) ? ", without separators and signs of currency" : "";
    return new Wrong(`"${text}" is no amount. Write dollars a year as 85000 or 85000.50${hint}`);
  }
  if (cents <= 0n) return new Wrong(`${text} is not above 0. Write dollars a year, or leave the person out`);
  if (cents > BigInt(COMP_MAX) * 100n) return new Wrong(`${text} is above ${COMP_MAX}. Write dollars a year`);
  return Number(cents);
}

function parseShare(cell: unknown): number | Wrong {
  const text = textOf(cell);
  if (text === "") return 0; // deferring is optional
  const isNumber = typeof cell === "number" && Number.isFinite(cell);
  const units = isNumber ? unitsOf(cell, SHARE_DECIMALS) : parseUnits(text, SHARE_DECIMALS);
  if (units === null || units < 0n || units > 100_000_000n) {
    return new Wrong(`"${text}" is no share of pay. Write 0.06 for 6 %`);
  }
  if (units > 1_000_000n) {
    const share = unitsText(units, SHARE_DECIMALS + 2).replace(/\.?0+$/, "");
    return new Wrong(`${text} is above 1. If it is meant in per cent, write ${share}`);
  }
  // A computed cell may end in rounding noise. A text with more decimals is meant as written.
  if (!isNumber && decimalsOf(text) > SHARE_DECIMALS) {
    return new Wrong(`${text} has more than ${SHARE_DECIMALS} decimals. Write ${unitsText(units, SHARE_DECIMALS)}`);
  }
  return Number(units);
}

const ACTIVE_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  y: true,
  "1": true,
  active: true,
  false: false,
  no: false,
  n: false,
  "0": false,
  inactive: false,
  terminated: false,
};

function parseActive(cell: unknown): boolean | Wrong {
  const active = ACTIVE_WORDS[textOf(cell).toLowerCase()];
  return active ?? new Wrong(`"${textOf(cell)}" is neither true nor false. Write true for people who are employed`);
}

function textOf(cell: unknown): string {
  return cell === null || cell === undefined ? "" : String(cell).trim();
}

function ageOn(birth: number, day: number): number {
  const [by, bm, bd] = isoDate(birth).split("-").map(Number) as [number, number, number];
  const [y, m, d] = isoDate(day).split("-").map(Number) as [number, number, number];
  return y - by - (m < bm || (m === bm && d < bd) ? 1 : 0);
}
