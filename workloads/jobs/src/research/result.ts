// The job's result: the answer with its citations, and everything that a reader must know before relying on it. Pure.
import type { ModelUse } from "@holdfast/workload-kit";
import type { Passage } from "@holdfast/workload-kit/sources";
import type { ResultPart } from "holdfast";
import { plural } from "holdfast/extend";
import { type Answer, type Citation, quoteNearest } from "./answer.js";
import type { FoundPassages } from "./find-passages.js";
import { type LimitReached, wordNames } from "./limits.js";
import type { ReadOutput } from "./read-sources.js";
import type { DroppedSentence } from "./write-answer.js";

/** Result of the answering stage. */
export interface Answered extends Answer {
  /** Whether a model wrote the sentences. */
  readonly isWritten: boolean;
  /** Usage and cost of the model, even if its answer was not used; null if none was asked. */
  readonly model: ModelUse | null;
  readonly dropped: readonly DroppedSentence[];
  readonly isDeclined: boolean;
  readonly limits: readonly LimitReached[];
  /** Why a requested model did not write; null otherwise. */
  readonly quotedBecause: string | null;
}

type Tone = "info" | "warning" | "thin" | "refused";
interface Note {
  readonly tone: Tone;
  readonly label?: string;
  readonly text: string;
}

export type Evidence = "none" | "thin" | "several sources";

export interface ReportedContradiction {
  readonly kind: string;
  readonly about: string;
  readonly message: string;
  readonly statements: { readonly text: string; readonly file: string; readonly place: string }[];
}

export interface ResearchResult {
  readonly view: ResultPart[];
  readonly method: "local" | "model";
  readonly model: ModelUse | null;
  readonly question: string;
  readonly answered: boolean;
  readonly answer: { readonly text: string; readonly citations: number[] }[];
  readonly citations: Citation[];
  readonly nearest: { readonly text: string; readonly file: string; readonly place: string }[];
  readonly evidence: { readonly level: Evidence; readonly sources: number; readonly unknownWords: string[] };
  readonly contradictions: ReportedContradiction[];
  readonly dropped: DroppedSentence[];
  readonly limits: LimitReached[];
  readonly sources: {
    readonly name: string;
    readonly passages: number;
    readonly cited: number;
    readonly leftOut: string | null;
  }[];
}

/** As many rows as anybody reads; the data has all sources. */
const ROWS_SHOWN_MAX = 200;

export function makeResult(
  question: string,
  { read, found, answered }: { readonly read: ReadOutput; readonly found: FoundPassages; readonly answered: Answered },
): ResearchResult {
  const isAnswered = answered.sentences.length > 0;
  const nearest = isAnswered ? { sentences: [], citations: [] } : quoteNearest({ nearest: nearestOf(found) });
  const files = new Set(answered.citations.map(({ file }) => file));
  const contradictions = found.contradictions.map(({ kind, about, message, first, second }) => ({
    kind,
    about,
    message,
    statements: [first, second].map(({ text, file, place }) => ({ text, file, place })),
  }));
  const evidence = { level: levelOf(files.size), sources: files.size, unknownWords: [...found.unknownWords] };
  const sources = [
    ...read.read.map(({ name, passages }) => ({
      name,
      passages,
      cited: answered.citations.filter(({ file }) => file === name).length,
      leftOut: null,
    })),
    ...read.leftOut.map(({ name, reason }) => ({ name, passages: 0, cited: 0, leftOut: reason })),
  ];
  const limits = [...read.limits, ...answered.limits];
  const data = {
    method: answered.isWritten ? ("model" as const) : ("local" as const),
    model: answered.model,
    question,
    answered: isAnswered,
    answer: answered.sentences.map(({ text, citations }) => ({ text, citations: [...citations] })),
    citations: answered.citations,
    nearest: nearest.citations.map(({ quote, file, place }) => ({ text: quote, file, place })),
    evidence,
    contradictions,
    dropped: [...answered.dropped],
    limits,
    sources,
  };
  const notes = wordNotes({ ...data, answered: isAnswered, found, wrote: answered });
  const view: ResultPart[] = [headline(data, read.read.length)];
  if (isAnswered) view.push(answerPart(data));
  if (notes.length > 0) view.push({ shape: "notes", title: "Before you rely on it", notes });
  if (nearest.citations.length > 0) {
    const paragraphs = nearest.sentences.map(({ text, citations }) => ({
      pieces: [text, { cite: citations[0] ?? 1 }],
    }));
    const part = { title: "Nearest passages", subtitle: "They do not answer the question", paragraphs };
    view.push({ shape: "answer", ...part, sources: nearest.citations.map(sourceOf) });
  }
  view.push(sourceTable(sources));
  return { view, ...data };
}

/** A model may decline although passages were found: those are then the nearest. */
function nearestOf({ answering, nearest }: FoundPassages) {
  return answering.length > 0 ? answering.slice(0, 3) : nearest;
}

function levelOf(files: number): Evidence {
  if (files === 0) return "none";
  return files === 1 ? "thin" : "several sources";
}

type Data = Omit<ResearchResult, "view">;

function headline({ answered, answer, evidence, method, contradictions }: Data, read: number): ResultPart {
  if (!answered) {
    const caution = "do not answer this question";
    const text = read === 0 ? `The sources ${caution}: none of them could be read.` : `The sources ${caution}.`;
    return { shape: "headline", text, caution };
  }
  const how = method === "model" ? "written from" : "quoted from";
  const text = `${plural(answer.length, "sentence")} ${how} ${plural(evidence.sources, "source")} of ${read} read`;
  if (contradictions.length > 0)
    return { shape: "headline", text: `${text}; the sources disagree.`, caution: "the sources disagree" };
  if (evidence.sources === 1)
    return { shape: "headline", text: `${text}: one source only.`, caution: "one source only" };
  return { shape: "headline", text: `${text}.` };
}

function answerPart({ question, answer, citations }: Data): ResultPart {
  const paragraphs = answer.map(({ text, citations: ids }) => ({ pieces: [text, ...ids.map((cite) => ({ cite }))] }));
  return { shape: "answer", question, paragraphs, sources: citations.map(sourceOf) };
}

function sourceOf({ file, place, heading, quote }: Citation) {
  return { title: heading === "" ? file : heading, document: file, place, passage: quote };
}

function sourceTable(sources: Data["sources"]): ResultPart {
  const columns = [
    { title: "Source" },
    { title: "Passages", kind: "number" as const },
    { title: "Cited", kind: "number" as const },
    { title: "Left out because" },
  ];
  const rows = sources
    .slice(0, ROWS_SHOWN_MAX)
    .map(({ name, passages, cited, leftOut }) => [name, passages, cited, leftOut]);
  return {
    shape: "table",
    title: "Sources",
    columns,
    rows,
    ...(sources.length > rows.length ? { total: sources.length } : {}),
  };
}

function wordNotes(data: Data & { readonly found: FoundPassages; readonly wrote: Answered }): Note[] {
  const { answered, evidence, contradictions, dropped, limits, found, wrote, sources } = data;
  const notes: Note[] = [];
  if (!answered) notes.push({ tone: "refused", text: wordRefusal(data) });
  for (const { message, statements, about } of contradictions) {
    const [first, second] = statements;
    const text = `On "${about}": ${first?.file}, ${first?.place}: "${first?.text}" But ${second?.file}, ${second?.place}: "${second?.text}" ${message}`;
    notes.push({ tone: "warning", label: "Sources disagree", text });
  }
  if (answered && evidence.sources === 1) {
    notes.push({ tone: "thin", label: "Thin evidence", text: "One source alone says this; no other confirms it." });
  }
  if (answered && !found.holdsAsked) {
    notes.push({
      tone: "thin",
      label: "Thin evidence",
      text: "What the question asks for (a number, a time or a name) stands in none of these sentences.",
    });
  }
  if (evidence.unknownWords.length > 0) {
    const words = evidence.unknownWords.join(", ");
    notes.push({ tone: "thin", label: "Not mentioned", text: `No source has these words of the question: ${words}.` });
  }
  for (const { text, reason } of dropped) {
    notes.push({
      tone: "warning",
      label: "Left out",
      text: `The model wrote "${text}", but ${reason}. It is no part of the answer.`,
    });
  }
  if (found.instructions.length > 0)
    notes.push({ tone: "warning", label: "Instructions in a source", text: wordInstructions(found.instructions) });
  for (const { message } of limits) notes.push({ tone: "warning", label: "Limit reached", text: message });
  const unread = sources.filter(({ leftOut }) => leftOut !== null);
  if (unread.length > 0) {
    const text = `${plural(unread.length, "source")} could not be used: ${wordNames(unread.map(({ name }) => name))}. The table of sources has the reasons.`;
    notes.push({ tone: "warning", label: "Left out", text });
  }
  if (wrote.quotedBecause !== null) notes.push({ tone: "info", text: wrote.quotedBecause });
  if (answered) notes.push({ tone: "info", text: wordMethod(data) });
  return notes;
}

function wordRefusal({ found, wrote, dropped, sources }: { found: FoundPassages; wrote: Answered } & Data): string {
  if (!sources.some(({ leftOut }) => leftOut === null))
    return "No source could be read, so there is nothing to answer from.";
  if (wrote.isDeclined) return "The model found no answer in the passages, so none is given.";
  if (dropped.length > 0) return "No sentence that the model wrote has a source, so there is no answer.";
  return found.nearest.length === 0
    ? "No passage has a word of the question, so no answer is given."
    : "No passage covers enough of the question, so no answer is given. The nearest passages are below.";
}

function wordInstructions(instructions: readonly Passage[]): string {
  const places = wordNames(instructions.map(({ file, place }) => `${file}, ${place}`));
  return `${plural(instructions.length, "passage")} reads as an instruction to a program (${places}). It was treated as text: nobody followed it, and the answer does not rest on it.`;
}

function wordMethod({ method }: Data): string {
  return method === "model"
    ? "A model wrote the sentences. Each cites passages that hold its numbers and share its words; that does not prove that it follows from them. Disagreement in other words may have been missed."
    : "The sentences are quoted word for word, chosen by the words they share with the question. Nothing is concluded from them. Disagreement in other words may have been missed.";
}
