// Judges a free-text criterion without a model: looks for its words in the prospect's text, respecting negations. It is
// a stand-in and says so in every reason ("local word match"); it knows words, not their meaning.
import type { CriterionOf } from "../profile/schema.js";
import { wordFinder, wordsOf } from "../profile/words.js";
import type { Cells } from "../prospect/cells.js";
import { type Judgement, roundShare, unknown } from "./judgement.js";
import { textIn } from "./text-in.js";

/** Increment it when the judgment changes, so that recorded ones count as stale. */
export const LOCAL_TEXT_VERSION = "1";

/** Two different keywords given by the user are a full fit. Of the statement's own words, half are needed. */
const KEYWORDS_ENOUGH = 2;

export function localTextJudge({ statement, keywords, fields }: CriterionOf<"text">): (cells: Cells) => Judgement {
  const words = keywords ?? wordsOf(statement);
  const enough = keywords === undefined ? Math.ceil(words.length / 2) : Math.min(KEYWORDS_ENOUGH, words.length);
  if (words.length === 0) return () => unknown("local word match: the statement has no telling word; give `keywords`");
  const find = wordFinder(words, { minded: true });
  return (cells) => {
    const text = textIn(cells, fields);
    if (text === null) return unknown(`${fields.join(" and ")} ${fields.length > 1 ? "are" : "is"} empty`);
    const { found, negated } = find(text);
    const denied = negated.length === 0 ? "" : `; negated: ${negated.join(", ")}`;
    const fit = roundShare(Math.min(1, found.length / enough));
    if (found.length === 0) return { fit, why: `local word match: none of ${words.length}${denied}` };
    return {
      fit,
      why: `local word match: ${found.join(", ")} (${Math.min(found.length, enough)} of ${enough} needed)${denied}`,
    };
  };
}
