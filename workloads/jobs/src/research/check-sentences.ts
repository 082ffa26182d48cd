// Checks whether a model's sentence is supported by its citations, as far as this can be computed: it cites existing
// passages, every number in it occurs in one of them, and it shares content words with them. That catches inventions
// and random citations; it does not prove that the sentence follows from its source.
import { countTerms, inventedNumbers, type Passage } from "@holdfast/workload-kit/sources";

/** A sentence as the model wrote it, with the IDs it cites ("P3"). */
export interface WrittenSentence {
  readonly text: string;
  readonly citations: readonly string[];
}

/** Minimum number of content words that a sentence shares with its citations; all of them if it has fewer. */
const SHARED_TERMS_MIN = 2;
/** Maximum share of names and words that occur in none of the cited passages. The rest is the model's own wording. */
const OWN_TERMS_SHARE_MAX = 0.7;

/** Returns what is wrong with the sentence, as words that follow "it"; null if nothing was found. */
export function faultOf({ text, citations }: WrittenSentence, passages: ReadonlyMap<string, Passage>): string | null {
  if (citations.length === 0) return "names no source";
  const cited = citations.map((id) => passages.get(id));
  const unknown = citations.filter((_, at) => cited[at] === undefined);
  if (unknown.length > 0) return `cites ${unknown.join(", ")}, which is no passage that was found`;
  const sources = cited.flatMap((passage) => (passage === undefined ? [] : [`${passage.heading}. ${passage.text}`]));
  const invented = inventedNumbers(text, sources);
  if (invented.length > 0) return `has ${invented.join(", ")}, which stands at none of the places it cites`;
  const known = new Set(sources.flatMap((source) => [...countTerms(source).keys()]));
  const terms = [...countTerms(text).keys()];
  const shared = terms.filter((term) => known.has(term)).length;
  if (shared < Math.min(SHARED_TERMS_MIN, terms.length)) return "speaks of something else than the places it cites";
  return terms.length > 0 && 1 - shared / terms.length > OWN_TERMS_SHARE_MAX
    ? "says mostly what stands at none of the places it cites"
    : null;
}
