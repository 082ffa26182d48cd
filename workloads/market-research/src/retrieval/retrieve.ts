/**
 * Finding the passages that speak to a market study: BM25 over the user's sources, section by section.
 *
 * A passage is eligible when its document, or the passage itself, is about the country and the industry asked for.
 * Each passage goes to the one section it fits best; within a section near-repeats are held back (maximal marginal
 * relevance). Only verbatim passages leave this file. Same sources, same answer: ties are broken by place.
 */
import MiniSearch from "minisearch";
import { type Country, countMentions } from "../country/country.js";
import type { Passage, SourceDocument } from "../sources/read-source.js";
import { SECTIONS, type Section } from "./sections.js";
import { cosine, countTerms, stem, termsOf } from "./terms.js";

export interface Question {
  country: Country;
  industry: string;
  clientContext: string;
}

export interface FoundPassage extends Passage {
  /** Relative to the best passage of the section: 0 to 1. */
  score: number;
}

export interface FoundSection {
  id: string;
  title: string;
  passages: FoundPassage[];
}

export interface DocumentFit {
  file: string;
  isOnCountry: boolean;
  isOnIndustry: boolean;
}

export interface Retrieval {
  sections: FoundSection[];
  documents: DocumentFit[];
}

/** More would not be read on slides; the least relevant come last anyway. */
const PER_SECTION_MAX = 6;
/** Below this share of the best score, a passage has a stray word in common with the section, no more. */
const SCORE_MIN = 0.15;
/** Relevance against novelty: the usual 0.7 leaves repeats behind and keeps what matters. */
const MMR_LAMBDA = 0.7;
/** Two passages of which this share of terms agree say the same thing. */
export const DUPLICATE_COSINE = 0.85;
/** The industry's words count for half of the section's: they are why a passage is here, not where it belongs. */
const INDUSTRY_WEIGHT = 0.5;
/** What the client asks about may tip the scales between two good passages. */
const CONTEXT_WEIGHT = 0.25;
/** A heading says what its text is about, but says it once for many passages. */
const HEADING_BOOST = 0.6;

/** Words in an industry's name that name no industry. */
const GENERIC = new Set(["service", "industry", "sector", "market", "business", "product", "system", "solution"]);

/** Find and rank the passages of every section. `signal` is looked at between sections. */
export function retrieve(question: Question, documents: readonly SourceDocument[], signal?: AbortSignal): Retrieval {
  const fits = documents.map((document) => judgeFit(question, document));
  const eligible = documents.flatMap((document, index) => {
    const fit = fits[index];
    return fit === undefined ? [] : document.passages.filter((passage) => isEligible(question, passage, fit));
  });
  const scored = scoreSections(question, eligible, signal);
  const sections = SECTIONS.map((section) => ({
    id: section.id,
    title: section.title,
    passages: diversify(scored.get(section.id) ?? []),
  }));
  return { sections, documents: fits };
}

/** The specific words of the industry ("energy" of "energy services"); all of them where none is specific. */
export function industryTerms(industry: string): Set<string> {
  const all = termsOf(industry);
  const specific = all.filter((term) => !GENERIC.has(term));
  return new Set(specific.length > 0 ? specific : all);
}

function judgeFit(question: Question, document: SourceDocument): DocumentFit {
  const mentions = countMentions(`${document.file.replace(/[-_/.]/g, " ")}\n${document.text}`);
  const own = mentions.get(question.country.alpha2) ?? 0;
  const most = Math.max(0, ...mentions.values());
  const wanted = industryTerms(question.industry);
  const terms = termsOf(`${document.file} ${document.text}`);
  // Twice, or in the name: a single mention in passing does not make a document about an industry.
  const hits = terms.filter((term) => sharesStem(term, wanted)).length;
  return {
    file: document.file,
    isOnCountry: own > 0 && own === most,
    isOnIndustry: hits >= 2 || termsOf(document.file).some((term) => sharesStem(term, wanted)),
  };
}

/** "health" of "healthcare", "electricity" of "electric": one begins with the other, six letters at least. */
function sharesStem(term: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(term)) return true;
  for (const one of wanted) {
    const [short, long] = one.length < term.length ? [one, term] : [term, one];
    if (short.length >= 6 && long.startsWith(short)) return true;
  }
  return false;
}

function isEligible(question: Question, passage: Passage, fit: DocumentFit): boolean {
  const ownCountry = fit.isOnCountry || countMentions(passage.text).has(question.country.alpha2);
  const wanted = industryTerms(question.industry);
  const ownIndustry =
    fit.isOnIndustry || termsOf(`${passage.heading} ${passage.text}`).some((term) => sharesStem(term, wanted));
  return ownCountry && ownIndustry;
}

interface Candidate {
  passage: Passage;
  order: number;
  score: number;
}

function scoreSections(
  question: Question,
  passages: readonly Passage[],
  signal: AbortSignal | undefined,
): Map<string, Candidate[]> {
  const index = new MiniSearch<{ id: number; text: string; heading: string }>({
    fields: ["text", "heading"],
    tokenize: termsOf,
    searchOptions: { boost: { heading: HEADING_BOOST }, tokenize: termsOf },
    processTerm: (term) => term,
  });
  index.addAll(passages.map((passage, id) => ({ id, text: passage.text, heading: passage.heading })));
  /**
   * Scores relative to the best hit, so that queries of different length compare. The square root, because MiniSearch
   * multiplies by the number of matched terms: a passage that matches seven would dwarf all that match one or two.
   */
  const search = (query: string) => {
    const hits = index.search(query);
    const top = hits[0]?.score ?? 1; // best first
    return new Map(hits.map((hit) => [hit.id as number, Math.sqrt(hit.score / top)]));
  };
  const industry = search([...industryTerms(question.industry)].join(" "));
  const context = search(question.clientContext);
  const best = new Map<number, { section: Section; score: number }>();
  for (const section of SECTIONS) {
    signal?.throwIfAborted();
    const own = search([...section.terms.map(stem), ...termsOf(section.title)].join(" "));
    for (const [id, score] of own) {
      if (score > (best.get(id)?.score ?? 0)) best.set(id, { section, score });
    }
  }
  const groups = new Map<string, Candidate[]>();
  for (const [id, { section, score }] of best) {
    const passage = passages[id];
    if (passage === undefined || score < SCORE_MIN) continue;
    const whole = score + INDUSTRY_WEIGHT * (industry.get(id) ?? 0) + CONTEXT_WEIGHT * (context.get(id) ?? 0);
    const group = groups.get(section.id) ?? [];
    group.push({ passage, order: id, score: whole });
    groups.set(section.id, group);
  }
  return groups;
}

/** Take the most relevant passage, then each time the one that is relevant and unlike those taken. */
function diversify(candidates: readonly Candidate[]): FoundPassage[] {
  const top = candidates.reduce((most, candidate) => Math.max(most, candidate.score), 0);
  const open = candidates.map((candidate) => ({
    passage: candidate.passage,
    order: candidate.order,
    score: candidate.score / top,
    terms: countTerms(candidate.passage.text),
  }));
  const taken: (typeof open)[number][] = [];
  while (taken.length < PER_SECTION_MAX && open.length > 0) {
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
