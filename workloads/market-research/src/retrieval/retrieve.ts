/**
 * Finds the passages relevant to a market study: BM25 over the user's sources, section by section.
 *
 * The user chose the sources, so missing words are no reason to leave one out: relevance to the industry only ranks
 * passages. A file found in a folder is left out only if it is clearly about another country. Each passage goes to the
 * section it fits best; within a section, near-duplicates are skipped (maximal marginal relevance). Only verbatim
 * passages leave this file. Deterministic: ties are broken by position.
 */
import {
  type Candidate,
  diversify,
  openPassageIndex,
  type Passage,
  type Ranked,
  type SourceDocument,
  stem,
  termsOf,
} from "@holdfast/workload-kit/sources";
import { type Country, countMentions, findCountry } from "../country/country.js";
import { SECTIONS, type Section } from "./sections.js";

export interface Question {
  country: Country;
  industry: string;
  clientContext: string;
}

/** `score` is relative to the best passage of the section. */
export type FoundPassage = Ranked;

export interface FoundSection {
  id: string;
  title: string;
  passages: FoundPassage[];
}

export interface DocumentFit {
  file: string;
  /** Whether it contains a word of the industry. No document is left out for this; the research review reports it. */
  namesIndustry: boolean;
  /** Why no passage of it was used; null if one was. */
  leftOut: string | null;
}

export interface Retrieval {
  sections: FoundSection[];
  documents: DocumentFit[];
}

/** A single mention in passing ("as in Germany") does not make a document about another country. */
const FOREIGN_MENTIONS_MIN = 2;
/** Trade partners are named often too: only a country named three times as often as the requested one outweighs it. */
const FOREIGN_RATIO = 3;
/** Nobody would read more on slides, and the least relevant come last anyway. */
const PER_SECTION_MAX = 6;
/** Below this share of the best score, a passage merely shares a stray word with the section. */
const SCORE_MIN = 0.15;
/** The industry's words weigh half of the section's: they explain why a passage is relevant, not which section it fits. */
const INDUSTRY_WEIGHT = 0.5;
/** The client's question may decide between two good passages. */
const CONTEXT_WEIGHT = 0.25;

/** Words in an industry's name that identify no industry. */
const GENERIC = new Set(["service", "industry", "sector", "market", "business", "product", "system", "solution"]);

/** Finds and ranks the passages of every section. */
export function retrieve(question: Question, documents: readonly SourceDocument[]): Retrieval {
  const foreign = documents.map((document) => (document.isNamed ? null : findOtherCountry(question, document)));
  const eligible = documents.flatMap((document, index) =>
    foreign[index] === null ? document.passages : document.passages.filter((passage) => isOwn(question, passage)),
  );
  const scored = scoreSections(question, eligible);
  const sections = SECTIONS.map((section) => ({
    id: section.id,
    title: section.title,
    passages: diversify(scored.get(section.id) ?? [], PER_SECTION_MAX),
  }));
  const wanted = industryTerms(question.industry);
  const taken = new Set(sections.flatMap((section) => section.passages.map((passage) => passage.file)));
  const fits = documents.map((document, index) => ({
    file: document.file,
    namesIndustry: termsOf(document.text).some((term) => sharesStem(term, wanted)),
    leftOut: taken.has(document.file) ? null : wordReason(question, document, foreign[index] ?? null),
  }));
  return { sections, documents: fits };
}

function wordReason(question: Question, document: SourceDocument, foreign: OtherCountry | null): string {
  if (document.passages.length === 0) return "it holds no whole sentence that can be quoted";
  if (foreign === null) return "passages of other sources fit the sections better";
  const { name } = question.country;
  return `it speaks of ${foreign.name} (${foreign.mentions} mentions) rather than ${name}; name the file itself to use it`;
}

/** Returns the specific words of the industry ("energy" of "energy services"); all of them if none is specific. */
export function industryTerms(industry: string): Set<string> {
  const all = termsOf(industry);
  const specific = all.filter((term) => !GENERIC.has(term));
  return new Set(specific.length > 0 ? specific : all);
}

/**
 * Returns whether one word begins with the other, with at least six letters: "health" and "healthcare", "electric" and
 * "electricity".
 */
function sharesStem(term: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(term)) return true;
  for (const one of wanted) {
    const [short, long] = one.length < term.length ? [one, term] : [term, one];
    if (short.length >= 6 && long.startsWith(short)) return true;
  }
  return false;
}

interface OtherCountry {
  name: string;
  mentions: number;
}

/**
 * Returns the country that a document is about instead of the requested one; null if there is no sign of one. Paths do
 * not count.
 */
function findOtherCountry(question: Question, document: SourceDocument): OtherCountry | null {
  const mentions = countMentions(document.text);
  const own = mentions.get(question.country.alpha2) ?? 0;
  const [most] = [...mentions].sort((a, b) => b[1] - a[1]);
  if (most === undefined || most[1] < Math.max(FOREIGN_MENTIONS_MIN, FOREIGN_RATIO * own)) return null;
  return { name: findCountry(most[0])?.name ?? most[0], mentions: most[1] };
}

/** Returns whether a passage of another country's document names the requested country. */
function isOwn(question: Question, passage: Passage): boolean {
  return countMentions(passage.text).has(question.country.alpha2);
}

function scoreSections(question: Question, passages: readonly Passage[]): Map<string, Candidate[]> {
  const found = openPassageIndex(passages);
  const search = (query: string) => new Map([...found(query)].map(([id, { score }]) => [id, score]));
  const industry = search([...industryTerms(question.industry)].join(" "));
  const context = search(question.clientContext);
  const best = new Map<number, { section: Section; score: number }>();
  for (const section of SECTIONS) {
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
