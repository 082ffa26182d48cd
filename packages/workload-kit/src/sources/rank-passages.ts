// Ranks passages: BM25 over their words, then a choice of relevant ones that do not repeat each other (maximal marginal
// relevance). Deterministic: ties are broken by position.
import MiniSearch from "minisearch";
import { cosine, countTerms, termsOf } from "../text/terms.js";
import type { Passage } from "./read-source.js";

/** A heading names the subject of its text, but it is shared by many passages. */
const HEADING_BOOST = 0.6;
/** Weight of relevance against novelty. The usual 0.7 avoids repeats and keeps what matters. */
const MMR_LAMBDA = 0.7;
/** Cosine similarity above which two passages count as duplicates. */
export const DUPLICATE_COSINE = 0.85;

export interface PassageHit {
  /** Relative to the best passage of the search, from 0 to 1. */
  readonly score: number;
  /** Query terms that occur in the passage or its heading. */
  readonly terms: readonly string[];
}

/**
 * Indexes passages. A search returns the position of each matching passage with its score. The best has 1, so that
 * queries of different lengths are comparable. The square root is used because MiniSearch multiplies by the number of
 * matched terms: a passage that matches seven would dwarf all that match one or two.
 */
export function openPassageIndex(
  passages: readonly Passage[],
): (query: string | readonly string[]) => Map<number, PassageHit> {
  const index = new MiniSearch<{ id: number; text: string; heading: string }>({
    fields: ["text", "heading"],
    tokenize: termsOf,
    searchOptions: { boost: { heading: HEADING_BOOST }, tokenize: termsOf },
    processTerm: (term) => term,
  });
  index.addAll(passages.map((passage, id) => ({ id, text: passage.text, heading: passage.heading })));
  return (query) => {
    const hits = index.search(typeof query === "string" ? query : query.join(" "));
    const top = hits[0]?.score ?? 1; // best first
    return new Map(hits.map((hit) => [hit.id as number, { score: Math.sqrt(hit.score / top), terms: hit.queryTerms }]));
  };
}

export interface Candidate {
  readonly passage: Passage;
  /** Position among all passages. */
  readonly order: number;
  readonly score: number;
}

export type Ranked = Passage & {
  /** Relative to the best candidate, from 0 to 1, three digits. */
  score: number;
};

/** Takes the most relevant passage, then each time the one that is relevant and unlike those taken. */
export function diversify(candidates: readonly Candidate[], countMax: number): Ranked[] {
  const top = candidates.reduce((most, candidate) => Math.max(most, candidate.score), 0);
  const open = candidates.map((candidate) => ({
    passage: candidate.passage,
    order: candidate.order,
    score: candidate.score / top,
    terms: countTerms(candidate.passage.text),
  }));
  const taken: (typeof open)[number][] = [];
  while (taken.length < countMax && open.length > 0) {
    let best: { at: number; value: number; order: number } | null = null;
    for (const [at, one] of open.entries()) {
      const likeness = Math.max(0, ...taken.map((other) => cosine(one.terms, other.terms)));
      if (likeness >= DUPLICATE_COSINE) continue;
      const value = MMR_LAMBDA * one.score - (1 - MMR_LAMBDA) * likeness;
      if (best === null || value > best.value || (value === best.value && one.order < best.order))
        best = { at, value, order: one.order };
    }
    if (best === null) break;
    taken.push(...open.splice(best.at, 1));
  }
  return taken.map(({ passage, score }) => ({ ...passage, score: Math.round(score * 1000) / 1000 }));
}
