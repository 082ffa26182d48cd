// Wanted or unwanted values: of a cell (`set`), of a country, or of words in a text (`keywords`). All three follow one
// rule: `anyOf` fits by the share of `atLeast` values that are present, `noneOf` fits if none is.
import type { CriterionOf } from "../profile/schema.js";
import { wordFinder } from "../profile/words.js";
import { type Cells, fold, textOf, valuesOf } from "../prospect/cells.js";
import { countryName, findCountry } from "../prospect/countries.js";
import { oneIndustry } from "../prospect/industries.js";
import { type Judgement, roundShare, shorten, unknown } from "./judgement.js";
import { textIn } from "./text-in.js";

interface Choice {
  readonly anyOf?: readonly string[] | undefined;
  readonly noneOf?: readonly string[] | undefined;
  readonly atLeast?: number | undefined;
}

/** `what` names the place searched: `technologies`, `country Norway`. */
function judgeChoice({ anyOf, noneOf, atLeast = 1 }: Choice, found: readonly string[], what: string): Judgement {
  if (anyOf === undefined) {
    const isFree = found.length === 0;
    return {
      fit: isFree ? 1 : 0,
      why: isFree ? `${what}: none of the ${noneOf?.length} unwanted` : `${what}: unwanted ${found.join(", ")}`,
    };
  }
  const fit = roundShare(Math.min(1, found.length / atLeast));
  const needed = atLeast === 1 ? "" : ` (${Math.min(found.length, atLeast)} of ${atLeast} needed)`;
  if (found.length === 0) return { fit, why: `${what}: none of the ${anyOf.length} wanted` };
  return { fit, why: `${what}: ${found.join(", ")}${needed}` };
}

const wordsOf = ({ anyOf, noneOf }: Choice) => anyOf ?? noneOf ?? [];

export function setJudge(criterion: CriterionOf<"set">): (cells: Cells) => Judgement {
  const { field } = criterion;
  // A list of industries may be in any language, whatever the name of its column.
  const wanted = wordsOf(criterion).map((word) => ({ word, folded: oneIndustry(fold(word)) }));
  return (cells) => {
    const text = textOf(cells, field);
    if (text === null) return unknown(`${field} is empty`);
    const values = new Set([...valuesOf(text)].map(oneIndustry));
    const found = wanted.filter(({ folded }) => values.has(folded)).map(({ word }) => word);
    const shown = found.length === 0 || criterion.anyOf === undefined ? ` "${shorten(text)}"` : "";
    return judgeChoice(criterion, found, `${field}${shown}`);
  };
}

export function countryJudge(criterion: CriterionOf<"country">): (cells: Cells) => Judgement {
  const { field } = criterion;
  const wanted = new Set(wordsOf(criterion).map(findCountry));
  return (cells) => {
    const text = textOf(cells, field);
    if (text === null) return unknown(`${field} is empty`);
    const found = findCountry(text);
    if (found === null) return unknown(`${field} "${shorten(text)}" is no country`);
    const name = countryName(found);
    const isIn = wanted.has(found);
    const isWanted = criterion.anyOf !== undefined;
    return {
      fit: isIn === isWanted ? 1 : 0,
      why: `${name} is ${isIn ? "" : "not "}one of the ${isWanted ? "wanted" : "unwanted"} countries`,
    };
  };
}

export function keywordsJudge(criterion: CriterionOf<"keywords">): (cells: Cells) => Judgement {
  const find = wordFinder(wordsOf(criterion));
  return (cells) => {
    const text = textIn(cells, criterion.fields);
    if (text === null)
      return unknown(`${criterion.fields.join(" and ")} ${criterion.fields.length > 1 ? "are" : "is"} empty`);
    return judgeChoice(criterion, find(text).found, criterion.fields.join(", "));
  };
}
