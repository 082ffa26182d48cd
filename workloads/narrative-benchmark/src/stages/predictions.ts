// Recorded answers side by side with their labels: what is scored and what is exported. Streams the results of the map;
// of the cases it holds the labels and the lengths of their texts, some dozens of bytes each.
import type { DatasetRef, ItemResult, MapRef, StageContext } from "holdfast";
import type { Columns } from "../config/schema.js";
import { correctness, type ExportRow } from "../export/rows.js";
import { narrativesOf } from "../narratives/items.js";
import { isErrorCategory } from "../prompt/error-categories.js";
import { readVerdict } from "../prompt/verdict.js";
import type { Prediction } from "../score/confusion.js";
import type { Answer } from "./classify.js";
import type { CaseRow } from "./ingest.js";

export interface Judged {
  readonly results: MapRef<Answer>;
  readonly cases: DatasetRef<CaseRow>;
  readonly columns: Columns;
}

interface CaseFacts {
  readonly label: boolean | null;
  readonly charsByType: Readonly<Record<string, number>>;
}

export type CaseIndex = ReadonlyMap<string, CaseFacts>;

export async function indexCases({ rows }: Pick<StageContext, "rows">, { cases, columns }: Judged): Promise<CaseIndex> {
  const index = new Map<string, CaseFacts>();
  for await (const { key, row } of rows(cases)) {
    const items = narrativesOf(row, columns);
    const charsByType = Object.fromEntries(items.map(({ type, text }) => [type, text.length]));
    index.set(key, { label: items[0]?.label ?? null, charsByType });
  }
  return index;
}

/** In the order of keys. An error is a prediction without an answer, never a "no". */
export async function* predictions(
  { results }: Pick<StageContext, "results">,
  index: CaseIndex,
  judged: Judged,
): AsyncGenerator<Prediction> {
  for await (const result of results(judged.results)) {
    const { type, facts } = place(result.key, index);
    yield {
      key: result.key,
      type,
      label: facts?.label ?? null,
      predicted: result.outcome === "ok" ? readVerdict(result.output).detected : null,
      attempts: result.attempts,
      chars: facts?.charsByType[type] ?? undefined,
    };
  }
}

export async function* exportRows(
  { results }: Pick<StageContext, "results">,
  index: CaseIndex,
  judged: Judged,
): AsyncGenerator<ExportRow> {
  for await (const result of results(judged.results)) yield toExportRow(result, index);
}

function toExportRow(result: ItemResult<Answer>, index: CaseIndex): ExportRow {
  const { caseKey, type, facts } = place(result.key, index);
  const label = toBit(facts?.label ?? null);
  const common = { case_key: caseKey, narrative_type: type, label, attempts: result.attempts };
  if (result.outcome === "error") {
    return {
      ...common,
      predicted: null,
      correct: null,
      outcome: "error",
      category: isErrorCategory(result.category) ? result.category : "other",
      error: result.error.message,
      confidence: null,
      indicators: [],
      rationale: null,
      method: null,
    };
  }
  const { detected, confidence, indicators, rationale } = readVerdict(result.output);
  const predicted = toBit(detected);
  return {
    ...common,
    predicted,
    correct: correctness(label, predicted),
    outcome: "ok",
    category: null,
    error: null,
    confidence,
    indicators,
    rationale,
    method: result.output.model ?? result.output.method,
  };
}

/** `<case>:<type>`; a type has no colon, a case may. */
function place(key: string, index: CaseIndex) {
  const cut = key.lastIndexOf(":");
  const caseKey = key.slice(0, cut);
  return { caseKey, type: key.slice(cut + 1), facts: index.get(caseKey) };
}

function toBit(value: boolean | null): 0 | 1 | null {
  return value === null ? null : value ? 1 : 0;
}
