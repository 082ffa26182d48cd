/**
 * Items as text: JSON lines, one JSON array, or CSV. Streams: a few rows are held at a time, however many there are. What
 * is yielded are pieces of about 64 KiB.
 */

import { type CsvValue, csvLine } from "../../files/csv.js";
import { jsonLine } from "../output/json.js";
import type { ExportRow } from "./rows.js";

export const EXPORT_FORMATS = ["csv", "jsonl", "json"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Rows = AsyncIterable<ExportRow>;

export function exportText(rows: Rows, format: ExportFormat): AsyncIterable<string> {
  switch (format) {
    case "jsonl":
      return inPieces(jsonLines(rows));
    case "json":
      return inPieces(jsonArray(rows));
    case "csv":
      return inPieces(csv(rows));
  }
}

async function* jsonLines(rows: Rows): AsyncIterable<string> {
  for await (const row of rows) yield `${jsonLine(row)}\n`;
}

/** One element a line: an array that grep and diff can read as well. */
async function* jsonArray(rows: Rows): AsyncIterable<string> {
  let before = "[";
  for await (const row of rows) {
    yield `${before}\n${jsonLine(row)}`;
    before = ",";
  }
  yield before === "[" ? "[]\n" : "\n]\n";
}

/** Rows that decide the columns: enough that every field which is not rare has one; the rare ones stay in `output`. */
const COLUMNS_FROM_ROWS = 200;
/** A record of thousands of keys is no table. */
const OUTPUT_COLUMNS_MAX = 100;

/**
 * The fields of outputs become columns `output.<field>`, as the first rows have them; `output` holds what has no column:
 * an output that is no object, or the fields that came up later, as JSON.
 */
async function* csv(rows: Rows): AsyncIterable<string> {
  const first: ExportRow[] = [];
  let fields: readonly string[] | null = null;
  const begin = function* () {
    fields = outputFields(first);
    yield csvLine([
      "key",
      "outcome",
      ...fields.map((field) => `output.${field}`),
      "output",
      "error",
      "category",
      "attempts",
      "startedAt",
      "finishedAt",
      "usage",
      "costUsd",
      "unpricedCalls",
      "unpricedTokens",
    ]);
    for (const row of first) yield csvRow(row, fields);
  };
  for await (const row of rows) {
    if (fields !== null) yield csvRow(row, fields);
    else if (first.push(row) >= COLUMNS_FROM_ROWS) yield* begin();
  }
  if (fields === null) yield* begin();
}

function outputFields(rows: readonly ExportRow[]): readonly string[] {
  const names = rows.flatMap(({ output }) => (isObject(output) ? Object.keys(output) : []));
  return [...new Set(names)].slice(0, OUTPUT_COLUMNS_MAX);
}

function csvRow(row: ExportRow, fields: readonly string[]): string {
  const { key, outcome, output, error, category, attempts, startedAt, finishedAt, usage, costUsd, unpriced } = row;
  const own = isObject(output) ? output : {};
  const cells = fields.map((field) => cellOf(Object.hasOwn(own, field) ? own[field] : null));
  const rest = isObject(output) ? restOf(output, fields) : output;
  return csvLine([
    key,
    outcome,
    ...cells,
    cellOf(rest),
    error?.message,
    category,
    attempts,
    startedAt,
    finishedAt,
    cellOf(usage),
    costUsd,
    unpriced?.calls ?? 0,
    unpriced?.tokens ?? 0,
  ]);
}

function restOf(output: Readonly<Record<string, unknown>>, fields: readonly string[]): unknown {
  const rest = Object.entries(output).filter(([name]) => !fields.includes(name));
  return rest.length === 0 ? null : Object.fromEntries(rest);
}

function cellOf(value: unknown): CsvValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** 64 KiB: a write for each row would cost more than the row. */
const PIECE_CHARS = 64 * 1024;

async function* inPieces(lines: AsyncIterable<string>): AsyncIterable<string> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
