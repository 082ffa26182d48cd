// Rules across settings of a criterion, or across criteria. Each checks only parts that are valid on their own, so each
// mistake is reported once.
import { ModelConfigError } from "@holdfast/models";
import { fold } from "../prospect/cells.js";
import { findCountry, suggestCountry } from "../prospect/countries.js";
import { cureFor } from "./cures.js";
import { type Criterion, type CriterionOf, type Profile, RESERVED_TIERS, weightOf } from "./schema.js";
import { wordFinder } from "./words.js";

export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly cure: string;
}

type Problem = readonly [setting: string, message: string, cure?: string];

export function checkCriterion(criterion: Criterion): Finding[] {
  return [...problemsOf(criterion)].map(([setting, message, cure]) => {
    const path = ["criteria", criterion.id, setting];
    return { path, message, cure: cure ?? cureFor(path) };
  });
}

export function checkTiers(tiers: Profile["tiers"]): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<number, string>();
  for (const { name, from } of tiers) {
    const path = ["tiers", name];
    if ((RESERVED_TIERS as readonly string[]).includes(name.toLowerCase())) {
      findings.push({ path, message: "the ranking uses that name itself.", cure: "choose another name." });
    }
    const other = seen.get(from);
    if (other === undefined) seen.set(from, name);
    else
      findings.push({ path, message: `tier ${other} begins at ${from} too.`, cure: "give each a score of its own." });
  }
  return findings;
}

/** Checks a profile whose criteria are all valid. */
export function checkWeights(criteria: readonly Criterion[]): Finding[] {
  if (criteria.some((criterion) => weightOf(criterion) > 0)) return [];
  const message = "no criterion has a weight above 0, so nothing would be scored.";
  return [{ path: ["criteria"], message, cure: "give a `weight:` to at least one; a must-have counts 0 without it." }];
}

function* problemsOf(criterion: Criterion): Generator<Problem> {
  switch (criterion.kind) {
    case "range":
      yield* checkRange(criterion);
      return;
    case "country":
      yield* checkChoice(criterion);
      yield* checkCountries(criterion);
      return;
    case "set":
      yield* checkChoice(criterion);
      for (const setting of ["anyOf", "noneOf"] as const) {
        const empty = criterion[setting]?.find((word) => fold(word) === "");
        if (empty !== undefined) yield [setting, `"${empty}" has neither letters nor digits.`];
      }
      return;
    case "keywords":
      yield* checkChoice(criterion);
      for (const setting of ["anyOf", "noneOf"] as const) yield* checkWords(setting, criterion[setting]);
      return;
    case "text":
      yield* checkWords("keywords", criterion.keywords);
  }
}

function* checkRange({ min, max, zeroBelow, zeroAbove, mustHave }: CriterionOf<"range">): Generator<Problem> {
  if (min === undefined && max === undefined)
    yield ["kind", "a range needs `min`, `max` or both.", "write one of them."];
  if (min !== undefined && max !== undefined && min > max) yield ["max", `${max} is below \`min\`, ${min}.`];
  if (zeroBelow !== undefined && (min === undefined || zeroBelow >= min)) {
    yield [
      "zeroBelow",
      min === undefined ? "there is no `min` to fall from." : `${zeroBelow} is not below \`min\`, ${min}.`,
    ];
  }
  if (zeroAbove !== undefined && (max === undefined || zeroAbove <= max)) {
    yield [
      "zeroAbove",
      max === undefined ? "there is no `max` to fall from." : `${zeroAbove} is not above \`max\`, ${max}.`,
    ];
  }
  for (const [setting, given] of [
    ["zeroBelow", zeroBelow],
    ["zeroAbove", zeroAbove],
  ] as const) {
    if (mustHave && given !== undefined) yield [setting, "a must-have has sharp edges.", "remove it, or `mustHave`."];
  }
}

function* checkChoice({ anyOf, noneOf, atLeast }: CriterionOf<"set" | "country" | "keywords">): Generator<Problem> {
  if (anyOf === undefined && noneOf === undefined)
    yield ["kind", "it says neither `anyOf` nor `noneOf`.", "write one of them."];
  if (anyOf !== undefined && noneOf !== undefined) {
    yield ["noneOf", "it stands beside `anyOf`.", "make two criteria of them."];
  }
  if (atLeast !== undefined && anyOf === undefined) yield ["atLeast", "only `anyOf` has it.", "remove it."];
  if (atLeast !== undefined && anyOf !== undefined && atLeast > anyOf.length) {
    yield ["atLeast", `${atLeast} of ${anyOf.length} can never be found.`];
  }
}

function* checkCountries(criterion: CriterionOf<"country">): Generator<Problem> {
  for (const setting of ["anyOf", "noneOf"] as const) {
    for (const name of criterion[setting] ?? []) {
      if (findCountry(name) !== null) continue;
      const near = suggestCountry(name);
      const cure =
        near === null ? "write an English name, or an ISO 3166 code of two or three letters." : `write \`${near}\`.`;
      yield [setting, `"${name}" is no country.`, cure];
    }
  }
}

function* checkWords(setting: string, words: readonly string[] | undefined): Generator<Problem> {
  for (const word of words ?? []) {
    try {
      wordFinder([word]);
    } catch (error) {
      if (!(error instanceof ModelConfigError)) throw error;
      yield [setting, `"${word}" can match nothing.`, "write words, with at most one `*` at the very end."];
    }
  }
}
