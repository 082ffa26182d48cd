/**
 * The content of the deck, slide by slide, without any design: stage 5's deck-data.json.
 *
 * Made from the improved synthesis and the research. Every text of a finding is a claim's own; titles are the
 * section's. Page numbers are not known here, so that splitting a slide later cannot make the contents page wrong.
 */

import { type ModelUse, wordUse } from "@holdfast/workload-kit";
import { plural } from "holdfast/extend";
import type { CountryFact, FigureSeries } from "../country/facts.js";
import { type Research, sourcesLeftOut } from "../research.js";
import { COUNTRY_SECTION, parseSynthesis, type Synthesis } from "../synthesis/synthesis.js";
import { FINDINGS_MAX, ROWS_MAX, SOURCES_MAX, TILES_MAX } from "./template.js";

export interface Reference {
  id: string;
  label: string;
}

export interface Finding {
  text: string;
  refs: string[];
}

interface Framed {
  kicker: string;
  title: string;
  lead: string;
}

export interface CoverSlide extends Framed {
  kind: "cover";
  /** The line at the foot: date and method. */
  note: string;
}
export interface ContentsSlide extends Framed {
  kind: "contents";
}
export interface OverviewSlide extends Framed {
  kind: "overview";
  tiles: { label: string; value: string; note: string; refs: string[] }[];
  charts: (FigureSeries & { refs: string[] })[];
}
export interface FindingsSlide extends Framed {
  kind: "findings" | "risks";
  findings: Finding[];
}
export interface RowsSlide extends Framed {
  kind: "rows";
  rows: { label: string; text: string }[];
}
export interface SourcesSlide extends Framed {
  kind: "sources";
  references: Reference[];
}

/** A slide. Slides of one `chapter` share an entry on the contents page. */
export type Slide = { chapter: string | null } & (
  | CoverSlide
  | ContentsSlide
  | OverviewSlide
  | FindingsSlide
  | RowsSlide
  | SourcesSlide
);

/** The content of deck-data.json (which adds the gate's verdict) and of deck-data-readable.json. */
export interface DeckData {
  method: "local" | "model";
  /** The model that wrote the findings, and its cost; absent if they are quoted. */
  model?: ModelUse | undefined;
  title: string;
  country: string;
  industry: string;
  /** UTC date of the run's start, so that a run's deck is the same whenever it is built. */
  date: string;
  slides: Slide[];
  references: Reference[];
}

const RISKS_SECTION = "Risks";
const MONTHS = "January February March April May June July August September October November December".split(" ");

/**
 * Lays the synthesis out on slides. `startedAtMs` is the run's recorded start, UTC; `use` is the usage of the model
 * that wrote it.
 */
export function planDeck(
  markdown: string,
  research: Research,
  startedAtMs: number,
  use: ModelUse | null = null,
): DeckData {
  const synthesis = parseSynthesis(markdown);
  const isWritten = synthesis.model !== undefined;
  const subject = `${research.country.name}  |  ${research.industry}`;
  const date = new Date(startedAtMs).toISOString().slice(0, 10);
  const slides: Slide[] = [
    planCover(research, date, isWritten),
    { kind: "contents", chapter: null, kicker: subject.toUpperCase(), title: "Contents", lead: "" },
    ...planOverview(research, synthesis),
    ...synthesis.sections
      .filter((section) => section.title !== COUNTRY_SECTION)
      .flatMap((section) => planSection(section, research, isWritten)),
    ...planGaps(synthesis, research),
    planMethod(synthesis, research, use),
    ...planSources(synthesis.references),
  ];
  return {
    ...(use === null ? { method: "local" } : { method: "model", model: use }),
    title: synthesis.title,
    country: research.country.name,
    industry: research.industry,
    date,
    slides,
    references: synthesis.references,
  };
}

function planCover(research: Research, date: string, isWritten: boolean): Slide {
  const made = isWritten
    ? "Written by a language model from the sources listed in the appendix"
    : "Quoted from the sources listed in the appendix; method: local";
  const [year, month, day] = date.split("-").map(Number);
  return {
    kind: "cover",
    chapter: null,
    kicker: "MARKET RESEARCH",
    title: `${capitalise(research.industry)} in ${research.country.name}`,
    lead: research.clientContext !== "" ? research.clientContext : wordEvidence(research),
    note: `${day} ${MONTHS[(month ?? 1) - 1]} ${year}  |  ${made}`,
  };
}

/** Words the evidence behind the deck, for a cover without the client's words. */
function wordEvidence(research: Research): string {
  const used = research.documents.filter((document) => document.used > 0).length;
  const data = "public country data";
  return used === 0
    ? `From ${data}; no source on the industry was used`
    : `From ${plural(used, "source file")} supplied and ${data}`;
}

/** Fields for tiles, most informative first. If a country lacks one, the next is shown. */
const TILE_FIELDS = ["pop", "life_expect", "income", "area", "fertility", "capital", "subregion", "currencies"];

function planOverview(research: Research, synthesis: Synthesis): Slide[] {
  const listed = new Set(synthesis.references.map((reference) => reference.id));
  const facts = TILE_FIELDS.map((field) => research.facts.find((fact) => fact.field === field))
    .filter((fact): fact is CountryFact => fact !== undefined && listed.has(fact.id))
    .slice(0, TILES_MAX);
  const idByLabel = new Map(research.facts.map((fact) => [`${fact.dataset}|${fact.field}`, fact.id]));
  const charts = research.series.map((series) => ({
    ...series,
    refs: [idByLabel.get(`${series.dataset}|${series.field}`)].filter((id) => id !== undefined),
  }));
  const tiles = facts.map((fact) => ({
    label: fact.label,
    value: fact.value,
    note: `${fact.year ?? "No year stated"}  [${fact.id}]`,
    refs: [fact.id],
  }));
  const common = { kind: "overview" as const, chapter: "Market overview", kicker: "MARKET OVERVIEW" };
  const slides: Slide[] = [
    {
      ...common,
      title: `${research.country.name} at a glance`,
      lead: "Country figures from public data sets",
      tiles,
      charts: charts.slice(0, 1),
    },
  ];
  const rest = charts.slice(1, 3);
  if (rest.length > 0)
    slides.push({
      ...common,
      title: `${research.country.name} in comparison`,
      lead: "Country figures from public data sets",
      tiles: [],
      charts: rest,
    });
  return slides;
}

function planSection(section: Synthesis["sections"][number], research: Research, isWritten: boolean): Slide[] {
  if (section.claims.length === 0) return [];
  const files = new Set(
    research.sections.find((one) => one.title === section.title)?.passages.map((passage) => passage.file),
  );
  const kind = section.title === RISKS_SECTION ? ("risks" as const) : ("findings" as const);
  const claims = section.claims.map(({ text, refs }) => ({ text, refs }));
  const groups = evenly(claims, FINDINGS_MAX);
  return groups.map((findings, index) => ({
    kind,
    chapter: section.title,
    kicker: kind === "risks" ? "RISKS" : "FINDINGS",
    title: section.title + (index > 0 ? " (continued)" : ""),
    lead: isWritten
      ? `${plural(claims.length, "claim")} written by a language model from ${plural(files.size, "source")}`
      : `${plural(claims.length, "passage")} from ${plural(files.size, "source")}, quoted word for word`,
    findings,
  }));
}

/** Lists the sections without a claim on one slide instead of many empty ones. */
function planGaps(synthesis: Synthesis, research: Research): Slide[] {
  const empty = synthesis.sections.filter((section) => section.claims.length === 0);
  const lead =
    research.documents.length === 0
      ? "No source was supplied for the industry"
      : "What the sources supplied do not speak to";
  return chunk(empty, ROWS_MAX).map((part, index) => ({
    kind: "rows",
    chapter: "Open questions",
    kicker: "OPEN QUESTIONS",
    title: `Sections without evidence${index > 0 ? " (continued)" : ""}`,
    lead,
    rows: part.map((section) => ({ label: section.title, text: section.notes.join(" ") })),
  }));
}

function planMethod(synthesis: Synthesis, research: Research, use: ModelUse | null): Slide {
  const used = research.documents.filter((document) => document.used > 0);
  const claims = synthesis.sections.reduce((sum, section) => sum + section.claims.length, 0);
  const oldest = research.facts.map((fact) => fact.year).filter((year) => year !== null);
  const dated =
    oldest.length === 0
      ? "The data sets state no year for their figures."
      : `The newest dated country figure is of ${Math.max(...oldest)}.`;
  const rows = [
    {
      label: "Method",
      text: wordMethod(use, synthesis.model !== undefined),
    },
    {
      label: "Evidence",
      text: `${plural(claims, "claim")}, each with its citation; ${plural(used.length, "source file")} used of ${research.documents.length} read.${wordLeftOut(research)}`,
    },
    {
      label: "Country figures",
      text: `From the data packages world-countries and vega-datasets (Gapminder). ${dated}`,
    },
    {
      label: "Limits",
      text:
        synthesis.model === undefined
          ? "Sources are quoted as supplied. Whether they are right, current or complete was not checked."
          : "Every number of a claim stands at a place it cites. Its wording, and whether sources are right or complete, was not checked.",
    },
  ];
  return {
    kind: "rows",
    chapter: "Appendix",
    kicker: "APPENDIX",
    title: "How this deck was made",
    lead: "Method and limits",
    rows,
  };
}

function wordLeftOut(research: Research): string {
  const left = sourcesLeftOut(research).length;
  return left === 0 ? "" : ` ${plural(left, "file")} left out, with reasons in receipt.json.`;
}

function wordMethod(use: ModelUse | null, isWritten: boolean): string {
  const quoted = "passages are found by keyword ranking (BM25) and quoted word for word.";
  if (use === null) return `Local retrieval: ${quoted} No language model was used.`;
  if (!isWritten) return `Local retrieval: ${quoted} Reviewed by ${use.name}: ${wordUse(use)}.`;
  return `Passages are found by keyword ranking (BM25); claims are written from them by ${use.name}: ${wordUse(use)}.`;
}

function planSources(references: readonly Reference[]): Slide[] {
  return chunk(references, SOURCES_MAX).map((part, index) => ({
    kind: "sources",
    chapter: "Appendix",
    kicker: "APPENDIX",
    title: `Sources${index > 0 ? " (continued)" : ""}`,
    lead: "D: public data sets.  S: sources supplied.",
    references: [...part],
  }));
}

/** Splits into as few groups as the limit allows, of sizes as equal as possible: 4 by 3 is 2 + 2, not 3 + 1. */
export function evenly<T>(items: readonly T[], max: number): T[][] {
  const groups = Math.ceil(items.length / max);
  const result: T[][] = [];
  let from = 0;
  for (let index = 0; index < groups; index++) {
    const size = Math.ceil((items.length - from) / (groups - index));
    result.push(items.slice(from, from + size));
    from += size;
  }
  return result;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let from = 0; from < items.length; from += size) result.push(items.slice(from, from + size));
  return result;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
