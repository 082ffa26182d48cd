/**
 * Finding the passages that speak to a market study: BM25 over the user's sources, section by section.
 *
 * The person chose the sources, so words missing from one are no reason to leave it out: how well a passage fits the
 * industry ranks it, and a file found in a folder is left out only when it clearly speaks of another country.
 * Each passage goes to the one section it fits best; within a section near-repeats are held back (maximal marginal
 * relevance). Only verbatim passages leave this file. Same sources, same answer: ties are broken by place.
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
  /** Whether a word of the industry stands in it. Nothing is left out for this; the research review says it. */
  namesIndustry: boolean;
  /** Why no passage of it was taken; null where one was. */
  leftOut: string | null;
}

export interface Retrieval {
  sections: FoundSection[];
  documents: DocumentFit[];
}

/** One mention in passing ("as in Germany") does not make a document about another country. */
const FOREIGN_MENTIONS_MIN = 2;
/** Trade partners are named often too: only a country named three times as often as the one asked for displaces it. */
const FOREIGN_RATIO = 3;
/** More would not be read on slides; the least relevant come last anyway. */
const PER_SECTION_MAX = 6;
/** Below this share of the best score, a passage has a stray word in common with the section, no more. */
const SCORE_MIN = 0.15;
/** The industry's words count for half of the section's: they are why a passage is here, not where it belongs. */
const INDUSTRY_WEIGHT = 0.5;
/** What the client asks about may tip the scales between two good passages. */
const CONTEXT_WEIGHT = 0.25;

/** Words in an industry's name that name no industry. */
const GENERIC = new Set(["service", "industry", "sector", "market", "business", "product", "system", "solution"]);

/** Find and rank the passages of every section. */
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

/** The specific words of the industry ("energy" of "energy services"); all of them where none is specific. */
export function industryTerms(industry: string): Set<string> {
  const all = termsOf(industry);
  const specific = all.filter((term) => !GENERIC.has(term));
  return new Set(specific.length > 0 ? specific : all);
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

interface OtherCountry {
  name: string;
  mentions: number;
}

/** The country that a document is about instead of the one asked for; null where nothing says so. Its path says nothing. */
function findOtherCountry(question: Question, document: SourceDocument): OtherCountry | null {
  const mentions = countMentions(document.text);
  const own = mentions.get(question.country.alpha2) ?? 0;
  const [most] = [...mentions].sort((a, b) => b[1] - a[1]);
  if (most === undefined || most[1] < Math.max(FOREIGN_MENTIONS_MIN, FOREIGN_RATIO * own)) return null;
  return { name: findCountry(most[0])?.name ?? most[0], mentions: most[1] };
}

/** A passage of another country's document that speaks of the country asked for. */
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
