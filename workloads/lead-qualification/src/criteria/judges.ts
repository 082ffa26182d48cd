// A criterion as a function over a prospect's cells, made once for all prospects. Free-text criteria are judged here only
// by the local stand-in; a model's judgement is in `model/`.
import type { Criterion } from "../profile/schema.js";
import type { Cells } from "../prospect/cells.js";
import { countryJudge, keywordsJudge, setJudge } from "./choice.js";
import type { Judgement } from "./judgement.js";
import { localTextJudge } from "./local-text.js";
import { judgeRange } from "./range.js";

export type CriterionJudge = (cells: Cells) => Judgement;

export function judgeOf(criterion: Criterion): CriterionJudge {
  switch (criterion.kind) {
    case "range":
      return (cells) => judgeRange(criterion, cells);
    case "set":
      return setJudge(criterion);
    case "country":
      return countryJudge(criterion);
    case "keywords":
      return keywordsJudge(criterion);
    case "text":
      return localTextJudge(criterion);
  }
}

/** A must-have is met by a full fit, a free-text one also by a half ("partly"); what is unknown is not failed. */
export function isFailedMustHave(criterion: Criterion, fit: number | null): boolean {
  if (!criterion.mustHave || fit === null) return false;
  return criterion.kind === "text" ? fit < 0.5 : fit < 1;
}
