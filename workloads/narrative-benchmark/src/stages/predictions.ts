// Recorded answers with their labels, for scoring and export. Streams the results of the map; of the cases it holds
// only labels and text lengths.
import type { DatasetRef, ItemResult, MapRef, StageContext } from "holdfast";
import type { Columns, Labels } from "../config/schema.js";
import { correctness, type ExportRow } from "../export/rows.js";
import { isSynthetic, type NarrativeItem, narrativesOf } from "../narratives/items.js";
import { isErrorCategory } from "../prompt/error-categories.js";
import { readVerdict } from "../prompt/verdict.js";
import type { Prediction } from "../score/confusion.js";
import { SYNTHETIC } from "../score/report.js";
import type { Answer } from "./classify.js";
import type { CaseRow } from "./ingest.js";

export interface Judged {
  readonly results: MapRef<Answer>;
  readonly cases: DatasetRef<CaseRow>;
  readonly columns: Columns;
  readonly labels?: Labels | undefined;
}

/**
 * What scoring needs of the cases, some dozens of bytes each: by key, a row of numbers with the label (1, 0, or -1 for
 * none) and the length (-1 if there is no narrative) of each narrative type.
 */
export class CaseIndex {
  readonly #types: readonly string[];
  readonly #rowOf = new Map<string, number>();
  readonly #numbers: Int32Array;

  constructor(types: readonly string[], caseCount: number) {
    this.#types = types;
    this.#numbers = new Int32Array(caseCount * types.length * 2).fill(-1);
  }

  /** Whether any case is synthetic: then no overall figure is about real cases only. */
  hasSynthetic = false;

  add(caseKey: string, items: readonly NarrativeItem[]): void {
    const at = this.#rowOf.size * this.#types.length * 2;
    this.#rowOf.set(caseKey, at);
    for (const { type, text, label } of items) {
      const place = at + 2 * this.#types.indexOf(type);
      if (label !== null) this.#numbers[place] = label ? 1 : 0;
      this.#numbers[place + 1] = text.length;
    }
  }

  labelOf(caseKey: string, type: string): boolean | null {
    const number = this.#numberOf(caseKey, type, 0);
    return number === null ? null : number === 1;
  }

  charsOf(caseKey: string, type: string): number | undefined {
    return this.#numberOf(caseKey, type, 1) ?? undefined;
  }

  #numberOf(caseKey: string, type: string, offset: 0 | 1): number | null {
    const at = this.#rowOf.get(caseKey);
    const place = this.#types.indexOf(type);
    const number = at === undefined || place < 0 ? undefined : this.#numbers[at + 2 * place + offset];
    return number === undefined || number < 0 ? null : number;
  }
}

export async function indexCases(
  { rows }: Pick<StageContext, "rows">,
  { cases, columns, labels }: Judged,
): Promise<CaseIndex> {
  const index = new CaseIndex(Object.keys(columns.narratives), cases.rows);
  for await (const { key, row } of rows(cases)) {
    index.add(key, narrativesOf(row, columns, labels));
    if (isSynthetic(row)) index.hasSynthetic = true;
  }
  return index;
}

/** Yields predictions in key order. An error is a prediction without an answer, never a "no". */
export async function* predictions(
  { results }: Pick<StageContext, "results">,
  index: CaseIndex,
  judged: Judged,
): AsyncGenerator<Prediction> {
  for await (const result of results(judged.results)) {
    const { caseKey, type } = place(result.key);
    yield {
      key: result.key,
      type,
      label: index.labelOf(caseKey, type),
      predicted: result.outcome === "ok" ? readVerdict(result.output).detected : null,
      isRetried: result.firstError !== null,
      chars: index.charsOf(caseKey, type),
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
  const { caseKey, type } = place(result.key);
  const label = toBit(index.labelOf(caseKey, type));
  const common = {
    case_key: caseKey,
    narrative_type: type,
    label,
    attempts: result.attempts,
    ...(index.hasSynthetic ? { data: SYNTHETIC } : {}),
  };
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

/** Splits `<case>:<type>`. A type contains no colon, a case may. */
function place(key: string) {
  const cut = key.lastIndexOf(":");
  return { caseKey: key.slice(0, cut), type: key.slice(cut + 1) };
}

function toBit(value: boolean | null): 0 | 1 | null {
  return value === null ? null : value ? 1 : 0;
}
