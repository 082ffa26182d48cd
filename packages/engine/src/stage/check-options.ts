/**
 * The options of stages and maps, checked where they enter: all that is wrong with a call is said at once, and before
 * anything of it is done. A limit of 0, or a NaN, would otherwise wait for ever.
 */
import { findDurationProblem, findRateProblem, isUsd, nearest, USD_EXPECTED, WrongUseError } from "@holdfast/core";
import type { MapOptions, StageOptions } from "../workflow/context.js";

/** What is wrong with the option of this name. */
type Check = (name: string, value: unknown) => readonly string[];

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const isWhole = (value: unknown, least: number): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= least;

const expecting =
  (what: string, isFit: (value: unknown) => boolean): Check =>
  (name, value) =>
    isFit(value) ? [] : [`${name}: ${what} is expected, ${worded(value)} was given`];

const wholeFrom = (least: number) => expecting(`a whole number from ${least}`, (value) => isWhole(value, least));
const numberFrom = (least: number, what: string) =>
  expecting(`${what} from ${least}`, (value) => isNumber(value) && Number.isFinite(value) && value >= least);
const aFunction = expecting("a function", (value) => typeof value === "function");
const aText = expecting("a text", (value) => typeof value === "string");
const anything: Check = () => [];
const duration: Check = (name, value) => {
  const problem = findDurationProblem({ [name]: value });
  return problem === null ? [] : [problem];
};

const rate: Check = (_, value) => {
  const problem = findRateProblem(value);
  return problem === null ? [] : [problem];
};

const concurrency = expecting("a whole number from 1, or { min, max } of such numbers,", (value) => {
  if (typeof value !== "object" || value === null) return isWhole(value, 1);
  const { min, max } = value as { min?: unknown; max?: unknown };
  return isWhole(min, 1) && isWhole(max, min);
});

/** Whether so much may be spent: an amount, or `Infinity`. Left out inside a budget it would be a budget without a limit. */
const mayBeSpent = expecting(`${USD_EXPECTED}, or Infinity,`, (usd) => isUsd(usd) || usd === Number.POSITIVE_INFINITY);

const membersOf =
  (members: Readonly<Record<string, Check>>): Check =>
  (name, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? problemsOf(value as Record<string, unknown>, members, `${name}.`)
      : [`${name}: an object is expected, ${worded(value)} was given`];

const RETRY_CHECKS = {
  // `Infinity` is "until it works".
  attempts: expecting("a whole number from 1", (value) => isWhole(value, 1) || value === Number.POSITIVE_INFINITY),
  timeoutMs: duration,
  backoff: membersOf({ initialMs: duration, maxMs: duration, factor: numberFrom(1, "a number") }),
  classify: aFunction,
} satisfies Record<string, Check>;

const STAGE_CHECKS: Readonly<Record<keyof StageOptions, Check>> = {
  ...RETRY_CHECKS,
  inputs: anything,
  label: aText,
  checkpoint: expecting(
    "a schema (Standard Schema)",
    (value) =>
      typeof (value as { "~standard"?: { validate?: unknown } } | null)?.["~standard"]?.validate === "function",
  ),
};

const budget: Check = (name, value) =>
  typeof value === "object" && value !== null && (value as { usd?: unknown }).usd === undefined
    ? mayBeSpent(`${name}.usd`, undefined)
    : membersOf({ usd: mayBeSpent })(name, value);

const MAP_CHECKS: Readonly<Record<keyof MapOptions<unknown> | "key" | "expand" | "limit" | "itemLabel", Check>> = {
  ...RETRY_CHECKS,
  config: anything,
  label: aText,
  itemLabel: aFunction,
  concurrency,
  rate,
  batch: membersOf({ results: wholeFrom(1), ms: duration }),
  budget,
  maxErrorRate: expecting("a share from 0 to 1", (value) => isNumber(value) && value >= 0 && value <= 1),
  // `Infinity` is "however many".
  maxFailed: expecting("a count, or a share below 1,", (value) => isNumber(value) && value >= 0),
  key: expecting("the name of a property, or a function,", (value) => ["string", "function"].includes(typeof value)),
  // Its parts are looked at with the dataset.
  expand: membersOf({ parts: expecting("a list of names", Array.isArray), item: aFunction }),
  limit: wholeFrom(0),
};

function problemsOf(
  given: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, Check>>,
  within = "",
): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check !== undefined) return check(`${within}${name}`, value);
    const near = nearest(name, Object.keys(checks));
    return [`${within}${name}: there is no such option${near === null ? "" : `; is ${within}${near} meant?`}`];
  });
}

function worded(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${name}: ${typeof member === "object" ? "…" : String(member)}`,
  );
  return `{ ${members.slice(0, 4).join(", ")} }`;
}

function check(what: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  if (typeof given !== "object" || given === null) {
    throw new WrongUseError({
      problem: `${what}: an object with its options is expected, ${worded(given)} was given.`,
    });
  }
  const problems = problemsOf(given as Record<string, unknown>, checks);
  if (problems.length > 0) throw new WrongUseError({ problem: `${what}, ${problems.join("; ")}.` });
}

/** @throws {WrongUseError} WRONG_USE — naming every option that is unknown or cannot be meant. */
export function checkStageOptions(stage: string, given: unknown): void {
  check(`Stage ${stage}`, given, STAGE_CHECKS);
}

/** @throws {WrongUseError} WRONG_USE — naming every option that is unknown or cannot be meant. */
export function checkMapOptions(stage: string, given: unknown): void {
  check(`Map ${stage}`, given, MAP_CHECKS);
}
