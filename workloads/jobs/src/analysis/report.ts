// The job's result: tables of terms and names, tone over time, and what a reader should know about the counts. Files
// have the whole tables.
import type { ArtifactRef, ResultPart } from "holdfast";
import { plural } from "holdfast/extend";
import type { Corpus, NameRow, Period, Quote, TermRow, TonePoint } from "./corpus.js";
import { firstDay } from "./dates.js";
import { TONE_METHOD } from "./tone.js";

export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

export interface DocumentRow {
  readonly name: string;
  readonly date: string | null;
  readonly words: number;
  readonly sentences: number;
  readonly per100: number | null;
  readonly encoding: string;
  readonly notes: string;
}

export interface AnalysisResult {
  readonly view: ResultPart[];
  readonly method: "local";
  readonly documents: number;
  readonly words: number;
  readonly distinctTerms: number;
  readonly leftOut: LeftOut[];
  readonly periods: readonly [Period, Period] | null;
  readonly terms: TermRow[];
  readonly names: NameRow[];
  readonly tone: { readonly method: string; readonly overTime: TonePoint[]; readonly quotes: Quote[] };
  readonly methods: string[];
}

export interface Reported {
  readonly corpus: Corpus;
  readonly documents: readonly DocumentRow[];
  readonly leftOut: readonly LeftOut[];
  readonly topTerms: number;
  readonly files: { readonly terms: ArtifactRef; readonly names: ArtifactRef; readonly documents: ArtifactRef };
}

export const METHODS = {
  terms:
    "Terms are words as they are written, in small letters, without the commonest English words. No two forms are put together.",
  tfIdf:
    "tf-idf (Salton and Buckley 1988): the sum over the documents of a term's share of the document's words × ln(documents / documents that have the term), × 1,000.",
  keyness:
    "Keyness (Dunning 1993): the log-likelihood of a term's uses in the later half against the earlier, below zero where it is used less. Many terms are compared, so some stand out by chance.",
  names:
    "Names are runs of capitalized words inside sentences. Whether one is a person, a place or something else is not told, and scripts without capitals have none.",
  tone: `Tone: ${TONE_METHOD}. It knows English words alone, and no irony.`,
} as const;

/** As many rows as a page draws; the file has the rest. */
const ROWS_MAX = 500;
const POINTS_MAX = 2_000;
const KEY_TERMS_MAX = 12;
const LEFT_OUT_KEPT_MAX = 1_000;
/** Corresponds to a significance of one in 10,000. */
const KEYNESS_MIN = 15.13;

export function makeReport({ corpus, documents, leftOut, topTerms, files }: Reported): AnalysisResult {
  const totals = corpus.totals();
  const all = corpus.terms();
  const terms = all.slice(0, topTerms);
  const names = corpus.names().slice(0, topTerms);
  const periods = corpus.periods();
  const tones = thin(corpus.tones());
  const quotes = corpus.quotes();
  const view: ResultPart[] = [headline(totals, leftOut)];
  if (terms.length > 0) view.push(termsPart(terms, all.length, periods, files.terms));
  const telling = all.filter(({ tfIdf }) => tfIdf > 0).sort((a, b) => b.tfIdf - a.tfIdf);
  if (telling.length > 0) view.push(tellingPart(telling.slice(0, KEY_TERMS_MAX)));
  if (periods !== null) view.push(...keyParts(all, periods));
  if (names.length > 0) view.push(namesPart(names, files.names));
  if (tones.length > 1) view.push(tonePart(tones));
  if (quotes.length > 0)
    view.push({ shape: "quotes", title: "Strongest sentences", subtitle: "by the words in them", quotes });
  view.push(documentsPart(documents, files.documents));
  view.push({ shape: "notes", title: "How this was counted", notes: notesOf({ documents, leftOut, totals, periods }) });
  return {
    view,
    method: "local",
    documents: totals.documents,
    words: totals.words,
    distinctTerms: totals.distinct,
    leftOut: leftOut.slice(0, LEFT_OUT_KEPT_MAX),
    periods,
    terms,
    names,
    tone: { method: TONE_METHOD, overTime: tones, quotes },
    methods: Object.values(METHODS),
  };
}

type Totals = ReturnType<Corpus["totals"]>;

function headline({ documents, words, distinct }: Totals, leftOut: readonly LeftOut[]): ResultPart {
  if (documents === 0) {
    const caution = "No document could be counted";
    return { shape: "headline", text: `${caution}: ${plural(leftOut.length, "file")} left out.`, caution };
  }
  const text = `${plural(documents, "document")}, ${plural(words, "word")}, ${plural(distinct, "different term")}`;
  if (leftOut.length === 0) return { shape: "headline", text: `${text}.` };
  const caution = `${plural(leftOut.length, "file")} left out`;
  return { shape: "headline", text: `${text}; ${caution}.`, caution };
}

function termsPart(
  terms: readonly TermRow[],
  total: number,
  periods: AnalysisResult["periods"],
  file: ArtifactRef,
): ResultPart {
  const subtitle = `the ${terms.length} most used of ${total}${periods === null ? "" : "; uses per 10,000 words"}`;
  return {
    shape: "terms",
    title: "Terms",
    subtitle,
    file,
    ...(periods === null ? {} : { periods: [periods[0].label, periods[1].label] as const }),
    terms: terms.map(({ term, count, documents, rates }) => ({
      term,
      count,
      documents,
      ...(rates === null ? {} : { rates }),
    })),
  };
}

function tellingPart(terms: readonly TermRow[]): ResultPart {
  return {
    shape: "table",
    title: "Terms that tell documents apart",
    subtitle: "by tf-idf",
    width: "half",
    columns: [
      { title: "Term" },
      { title: "Uses", kind: "number" },
      { title: "Documents", kind: "number" },
      { title: "tf-idf", kind: "number", digits: 1 },
    ],
    rows: terms.map(({ term, count, documents, tfIdf }) => [term, count, documents, tfIdf]),
  };
}

function keyParts(all: readonly TermRow[], [first, second]: readonly [Period, Period]): ResultPart[] {
  const rows = all
    .filter(({ keyness }) => keyness !== null && Math.abs(keyness) >= KEYNESS_MIN)
    .sort((a, b) => Math.abs(b.keyness ?? 0) - Math.abs(a.keyness ?? 0))
    .slice(0, KEY_TERMS_MAX);
  if (rows.length === 0) return [];
  return [
    {
      shape: "table",
      title: "Terms whose use changed",
      subtitle: "uses per 10,000 words, by keyness",
      width: "half",
      columns: [
        { title: "Term" },
        { title: first.label, kind: "number", digits: 1 },
        { title: second.label, kind: "number", digits: 1 },
        { title: "Keyness", kind: "number", digits: 0 },
      ],
      rows: rows.map(({ term, rates, keyness }) => [term, rates?.[0] ?? null, rates?.[1] ?? null, keyness]),
    },
  ];
}

function namesPart(names: readonly NameRow[], file: ArtifactRef): ResultPart {
  return {
    shape: "table",
    title: "Names",
    subtitle: "runs of capitalized words",
    file,
    columns: [{ title: "Name" }, { title: "Uses", kind: "number" }, { title: "Documents", kind: "number" }],
    rows: names.map(({ name, count, documents }) => [name, count, documents]),
  };
}

function tonePart(points: readonly TonePoint[]): ResultPart {
  const isYears = points.every(({ date }) => date.length === 4);
  const [first, last] = [points[0], points.at(-1)];
  const low = points.reduce((a, b) => (b.per100 < a.per100 ? b : a));
  const high = points.reduce((a, b) => (b.per100 > a.per100 ? b : a));
  return {
    shape: "series",
    title: "Tone over time",
    subtitle: "weight of positive and negative words, per 100 words",
    says: `Tone from ${first?.date} to ${last?.date}: lowest in ${low.date} (${low.per100}), highest in ${high.date} (${high.per100}) per 100 words.`,
    x: points.map(({ date }) => (isYears ? Number(date) : firstDay(date))),
    lines: [{ name: "Tone", values: points.map(({ per100 }) => per100) }],
  };
}

/** Returns at most as many points as a page draws, evenly chosen. */
function thin(points: readonly TonePoint[]): TonePoint[] {
  const rising = points.filter(({ date }, at) => at === 0 || firstDay(date) > firstDay(points[at - 1]?.date ?? ""));
  const step = Math.ceil(rising.length / POINTS_MAX);
  return rising.filter((_, at) => at % step === 0);
}

function documentsPart(documents: readonly DocumentRow[], file: ArtifactRef): ResultPart {
  const rows = documents
    .slice(0, ROWS_MAX)
    .map(({ name, date, words, per100, notes }) => [name, date, words, per100, notes]);
  return {
    shape: "table",
    title: "Documents",
    file,
    columns: [
      { title: "Document" },
      { title: "Date in its name" },
      { title: "Words", kind: "number" },
      { title: "Tone", kind: "number", digits: 2 },
      { title: "Notes" },
    ],
    rows,
    ...(documents.length > rows.length ? { total: documents.length } : {}),
  };
}

type Tone = "info" | "warning" | "thin" | "refused";
function notesOf(
  given: Pick<Reported, "documents" | "leftOut"> & { totals: Totals; periods: AnalysisResult["periods"] },
) {
  const { documents, leftOut, totals, periods } = given;
  const notes: { tone: Tone; label?: string; text: string }[] = [];
  for (const { name, reason } of leftOut.slice(0, 20))
    notes.push({ tone: "warning", label: "Left out", text: `${name}: ${reason}.` });
  if (leftOut.length > 20)
    notes.push({
      tone: "warning",
      label: "Left out",
      text: `${leftOut.length - 20} more files; documents.csv has them all.`,
    });
  const undated = documents.filter(({ date }) => date === null).length;
  if (periods !== null && undated > 0) {
    notes.push({
      tone: "warning",
      text: `${plural(undated, "document")} without a date in the name: in neither half, and not in the tone over time.`,
    });
  }
  if (totals.documents === 1)
    notes.push({ tone: "thin", text: "One document alone: there is nothing to compare it with." });
  if (totals.forgotten > 0)
    notes.push({ tone: "warning", text: `${totals.forgotten} terms used once were forgotten to bound memory.` });
  for (const text of Object.values(METHODS)) notes.push({ tone: "info", text });
  return notes;
}
