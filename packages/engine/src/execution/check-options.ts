/**
 * The options of stages and maps, checked where they enter: all that is wrong with a call is said at once, and before
 * anything of it is done. A limit of 0, or a NaN, would otherwise wait for ever.
 */
import { nearest, WrongUseError } from "@holdfast/core";
import type { MapOptions, StageOptions } from "../context.js";

/** What is wrong with a value, as "a whole number from 1"; null for nothing. */
type Check = (value: unknown) => string | null;

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const isWhole = (value: unknown, least: number): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= least;

const wholeFrom =
  (least: number): Check =>
  (value) =>
    isWhole(value, least) ? null : `a whole number from ${least}`;
const numberFrom =
  (least: number, what: string): Check =>
  (value) =>
    isNumber(value) && value >= least ? null : `${what} from ${least}`;
const milliseconds = numberFrom(0, "milliseconds");
const aFunction: Check = (value) => (typeof value === "function" ? null : "a function");
const anything: Check = () => null;

/** Attempts may be without end. */
const attempts: Check = (value) =>
  isWhole(value, 1) || value === Number.POSITIVE_INFINITY ? null : "a whole number from 1, or Infinity";

const concurrency: Check = (value) => {
  if (isWhole(value, 1)) return null;
  const { min, max } = (typeof value === "object" && value !== null ? value : {}) as { min?: unknown; max?: unknown };
  return isWhole(min, 1) && isWhole(max, min) ? null : "a whole number from 1, or { min, max } of such numbers,";
};

const membersOf =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "an object";
    const problems = problemsOf(value as Record<string, unknown>, members);
    return problems.length === 0 ? null : `an object (${problems.join("; ")})`;
  };

const RETRY_CHECKS = {
  attempts,
  timeoutMs: (value) => (isNumber(value) && value > 0 ? null : "more than 0 milliseconds"),
  backoff: membersOf({ initialMs: milliseconds, maxMs: milliseconds, factor: numberFrom(1, "a number") }),
  classify: aFunction,
} satisfies Record<string, Check>;

const aSchema: Check = (value) =>
  typeof (value as { "~standard"?: { validate?: unknown } } | null)?.["~standard"]?.validate === "function"
    ? null
    : "a schema (Standard Schema)";

const STAGE_CHECKS: Readonly<Record<keyof StageOptions, Check>> = {
  ...RETRY_CHECKS,
  inputs: anything,
  checkpoint: aSchema,
};

const MAP_CHECKS: Readonly<Record<keyof MapOptions<unknown> | "key" | "expand" | "limit", Check>> = {
  ...RETRY_CHECKS,
  config: anything,
  concurrency,
  batch: membersOf({ results: wholeFrom(1), ms: milliseconds }),
  budget: membersOf({ usd: numberFrom(0, "dollars") }),
  maxErrorRate: (value) => (isNumber(value) && value >= 0 && value <= 1 ? null : "a share from 0 to 1"),
  maxFailed: numberFrom(0, "a count or a share"),
  key: (value) =>
    typeof value === "string" || typeof value === "function" ? null : "the name of a property or a function",
  expand: membersOf({
    parts: (value) => (Array.isArray(value) ? null : "a list of names"),
    item: aFunction,
  }),
  limit: wholeFrom(0),
};

function problemsOf(given: Readonly<Record<string, unknown>>, checks: Readonly<Record<string, Check>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      const near = nearest(name, Object.keys(checks));
      return [`there is no option ${name}${near === null ? "" : `; ${near} is meant?`}`];
    }
    const expected = check(value);
    return expected === null ? [] : [`${name} is ${worded(value)}, ${expected} is expected`];
  });
}

function worded(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  try {
    // NaN and the infinities are what is looked for, and JSON has no word for them.
    return JSON.stringify(value, (_, inner) => (isOddNumber(inner) ? String(inner) : inner)).slice(0, 100);
  } catch {
    return "an object";
  }
}

const isOddNumber = (value: unknown) => typeof value === "number" && !Number.isFinite(value);

function check(what: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  if (typeof given !== "object" || given === null) {
    throw new WrongUseError({ problem: `${what}: its options are ${worded(given)}, an object is expected.` });
  }
  const problems = problemsOf(given as Record<string, unknown>, checks);
  if (problems.length > 0) throw new WrongUseError({ problem: `${what}: ${problems.join("; ")}.` });
}

/** @throws {WrongUseError} WRONG_USE — naming every option that is unknown or cannot be meant. */
export function checkStageOptions(stage: string, given: unknown): void {
  check(`Stage ${stage}`, given, STAGE_CHECKS);
}

/** @throws {WrongUseError} WRONG_USE — naming every option that is unknown or cannot be meant. */
export function checkMapOptions(stage: string, given: unknown): void {
  check(`Map ${stage}`, given, MAP_CHECKS);
}
