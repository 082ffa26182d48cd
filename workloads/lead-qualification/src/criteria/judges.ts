// Turns a criterion into a function over a prospect's cells, created once for all prospects. Free-text criteria are
// judged here only by the local stand-in; `model/` has the model's judgment.
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

/** A must-have requires a full fit; a free-text one also accepts a half ("partly"). Unknown does not fail it. */
export function isFailedMustHave(criterion: Criterion, fit: number | null): boolean {
  if (!criterion.mustHave || fit === null) return false;
  return criterion.kind === "text" ? fit < 0.5 : fit < 1;
}
