/**
 * The parts of a result, read from an output that anybody may have written: a part is taken where all that its drawing needs is there,
 * lists are cut off at what a page can draw, and whatever is left over stays JSON. Where a workflow declares no view, tables and files
 * are found by their shape. Pure.
 */
import type { ResultPart } from "@holdfast/protocol";
import { ExactNumber } from "../api/exact-json.js";

export type PartOf<S extends ResultPart["shape"]> = Extract<ResultPart, { readonly shape: S }>;
export type ResultFile = NonNullable<ResultPart["file"]>;
export type Column = PartOf<"table">["columns"][number];

/** A part that the page makes itself, of files that an output refers to. */
export interface FilesPart {
  readonly shape: "files";
  readonly title: string;
  readonly files: readonly ResultFile[];
}

export type ShownPart = ResultPart | FilesPart;

/** As many values of a list are drawn. */
export const VALUES_MAX = 2_000;
const PARTS_MAX = 50;
const COLUMNS_MAX = 30;

/** What an output declares in `view`, else what its shape says; empty where it is just JSON. */
export function partsOf(output: unknown): readonly ShownPart[] {
  if (!isRecord(output)) return [];
  const { view } = output;
  if (!Array.isArray(view)) return foundParts(output);
  return view.slice(0, PARTS_MAX).flatMap((part) => {
    const read = isRecord(part) ? readPart(part) : null;
    return read === null ? [] : [read];
  });
}

/** The output without what is shown already. */
export function restOf(output: unknown): unknown {
  if (!isRecord(output) || !Array.isArray(output.view)) return output;
  const { view: _view, ...rest } = output;
  return rest;
}

type Given = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Given =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);
export function numberOf(value: unknown): number | null {
  const number = value instanceof ExactNumber ? Number(value.text) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Every member as `read` has it; null where one is not. */
function listOf<T>(value: unknown, read: (one: unknown) => T | null, max = VALUES_MAX): T[] | null {
  if (!Array.isArray(value)) return null;
  const members = value.slice(0, max).map(read);
  return members.every((one) => one !== null) ? (members as T[]) : null;
}

const isOneOf = <T extends string>(value: unknown, all: readonly T[]): value is T => all.includes(value as T);
/** Present where it fits, absent where it is absent or does not. */
const optional = <K extends string, T>(key: K, value: T | null | undefined) =>
  (value === null || value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };

function baseOf({ title, subtitle, width, file }: Given) {
  return {
    ...optional("title", textOf(title)),
    ...optional("subtitle", textOf(subtitle)),
    ...optional("width", isOneOf(width, ["third", "half", "two-thirds", "full"] as const) ? width : null),
    ...optional("file", fileOf(file)),
  };
}

function fileOf(value: unknown): ResultFile | null {
  if (!isRecord(value) || value.kind !== "artifact") return null;
  const [runId, stage, name] = [textOf(value.runId), textOf(value.stage), textOf(value.name)];
  const [attempt, sizeBytes] = [numberOf(value.attempt), numberOf(value.sizeBytes)];
  if (runId === null || stage === null || name === null || attempt === null || sizeBytes === null) return null;
  return { kind: "artifact", runId, stage, name, attempt, sizeBytes };
}

function readPart(given: Given): ResultPart | null {
  const base = baseOf(given);
  switch (given.shape) {
    case "headline": {
      const text = textOf(given.text);
      return text === null ? null : { shape: "headline", ...base, text, ...optional("caution", textOf(given.caution)) };
    }
    case "notes": {
      const notes = listOf(given.notes, readNote);
      return notes === null ? null : { shape: "notes", ...base, notes };
    }
    case "table":
      return readTable(given, base);
    case "series":
      return readSeries(given, base);
    case "grid":
      return readGrid(given, base);
    case "answer":
      return readAnswer(given, base);
    case "terms": {
      const terms = listOf(given.terms, readTerm);
      const periods = listOf(given.periods, textOf, 2);
      if (terms === null) return null;
      return {
        shape: "terms",
        ...base,
        terms,
        ...(periods?.length === 2 ? { periods: periods as [string, string] } : {}),
      };
    }
    case "quotes": {
      const quotes = listOf(given.quotes, readQuote);
      return quotes === null ? null : { shape: "quotes", ...base, quotes };
    }
    default:
      return null;
  }
}

type Base = ReturnType<typeof baseOf>;

function readNote(value: unknown): PartOf<"notes">["notes"][number] | null {
  if (!isRecord(value)) return null;
  const text = textOf(value.text);
  if (text === null) return null;
  const tone = isOneOf(value.tone, ["info", "warning", "thin", "refused"] as const) ? value.tone : "info";
  return { tone, text, ...optional("label", textOf(value.label)) };
}

type Cell = PartOf<"table">["rows"][number][number];
const cellOf = (value: unknown): Cell => {
  if (typeof value === "string" || typeof value === "boolean") return value;
  // What no double holds is shown as it was written.
  return value instanceof ExactNumber ? value.text : numberOf(value);
};

function readColumn(value: unknown): Column | null {
  if (!isRecord(value)) return null;
  const title = textOf(value.title);
  if (title === null) return null;
  const kind = isOneOf(value.kind, ["text", "code", "number", "percent", "usd"] as const) ? value.kind : null;
  return { title, ...optional("kind", kind), ...optional("digits", digitsOf(value.digits)) };
}

function digitsOf(value: unknown): number | null {
  const digits = numberOf(value);
  return digits === null ? null : Math.min(10, Math.max(0, Math.round(digits)));
}

function readTable(given: Given, base: Base): PartOf<"table"> | null {
  const columns = listOf(given.columns, readColumn, COLUMNS_MAX);
  const rows = listOf(given.rows, (row) => (Array.isArray(row) ? row.slice(0, COLUMNS_MAX).map(cellOf) : null));
  if (columns === null || rows === null || columns.length === 0) return null;
  const all = Array.isArray(given.rows) && given.rows.length > rows.length ? given.rows.length : null;
  return {
    shape: "table",
    ...base,
    columns,
    rows,
    ...optional("best", numberOf(given.best)),
    ...optional("total", numberOf(given.total) ?? all),
  };
}

const axisOf = (value: unknown): string | number | null => textOf(value) ?? numberOf(value);

/** A list as long as the axis, null where there is no value. */
function alongAxis(value: unknown, length: number): (number | null)[] | null {
  return Array.isArray(value) && value.length >= length ? value.slice(0, length).map(numberOf) : null;
}

function readSeries(given: Given, base: Base): PartOf<"series"> | null {
  const [x, says] = [listOf(given.x, axisOf), textOf(given.says)];
  if (x === null || x.length < 2 || says === null || !isRising(x)) return null;
  const lines = listOf(
    given.lines,
    (line) => {
      if (!isRecord(line)) return null;
      const [name, values] = [textOf(line.name), alongAxis(line.values, x.length)];
      if (name === null || values === null) return null;
      return { name, values, role: line.role === "held" ? ("held" as const) : ("result" as const) };
    },
    8,
  );
  if (lines === null || lines.length === 0) return null;
  const fall = isRecord(given.drawdown) ? given.drawdown : null;
  const fallValues = fall === null ? null : alongAxis(fall.values, x.length);
  const drawdown = fallValues === null ? null : { name: textOf(fall?.name) ?? "Fall", values: fallValues };
  const ground = isRecord(given.unseen) ? { from: axisOf(given.unseen.from), label: textOf(given.unseen.label) } : null;
  const unseen = ground !== null && ground.from !== null ? { from: ground.from, label: ground.label ?? "" } : null;
  const isLog = given.scale === "log" && lines.every(({ values }) => values.every((one) => one === null || one > 0));
  return {
    shape: "series",
    ...base,
    x,
    says,
    lines,
    scale: isLog ? "log" : "linear",
    unit: isOneOf(given.unit, ["times", "percent"] as const) ? given.unit : "number",
    ...optional("drawdown", drawdown),
    ...optional("unseen", unseen),
  };
}

/** Where a value of the axis lies; NaN for what is neither a number nor a date. */
export const placeOf = (value: string | number): number =>
  typeof value === "number" ? value : /^\d{4}(-\d{2}){0,2}/.test(value) ? Date.parse(value) / 1_000 : Number.NaN;

function isRising(x: readonly (string | number)[]): boolean {
  const places = x.map(placeOf);
  return places.every((place, at) => Number.isFinite(place) && (at === 0 || place > (places[at - 1] as number)));
}

function readGrid(given: Given, base: Base): PartOf<"grid"> | null {
  const axis = (value: unknown) => {
    if (!isRecord(value)) return null;
    const values = listOf(value.values, axisOf, 60);
    return values === null ? null : { name: textOf(value.name) ?? "", values };
  };
  const [rows, columns] = [axis(given.rows), axis(given.columns)];
  if (rows === null || columns === null) return null;
  const cells = listOf(given.cells, (row) => alongAxis(row, columns.values.length));
  if (cells === null || cells.length < rows.values.length) return null;
  const best = listOf(given.best, numberOf, 2);
  return {
    shape: "grid",
    ...base,
    rows,
    columns,
    cells,
    ...optional("digits", digitsOf(given.digits)),
    ...(best?.length === 2 ? { best: best as [number, number] } : {}),
  };
}

function readAnswer(given: Given, base: Base): PartOf<"answer"> | null {
  const sources = listOf(given.sources, readSource);
  if (sources === null) return null;
  const paragraphs = listOf(given.paragraphs, (value) => {
    if (!isRecord(value)) return null;
    const pieces = listOf(value.pieces, (piece) => {
      if (typeof piece === "string") return piece;
      if (!isRecord(piece)) return null;
      const [strong, cite] = [textOf(piece.strong), numberOf(piece.cite)];
      if (strong !== null) return { strong };
      // A number without its source would open nothing.
      return cite !== null && sources[cite - 1] !== undefined ? { cite } : null;
    });
    return pieces === null ? null : { pieces, inference: value.inference === true };
  });
  if (paragraphs === null) return null;
  return { shape: "answer", ...base, ...optional("question", textOf(given.question)), paragraphs, sources };
}

function readSource(value: unknown): PartOf<"answer">["sources"][number] | null {
  if (!isRecord(value)) return null;
  const [title, document, passage] = [textOf(value.title), textOf(value.document), textOf(value.passage)];
  if (title === null || document === null || passage === null) return null;
  const marks = listOf(value.marks, (mark) => {
    const [from, to] = listOf(mark, numberOf, 2) ?? [];
    return from === undefined || to === undefined ? null : ([from, to] as const);
  });
  return {
    title,
    document,
    passage,
    ...optional("place", textOf(value.place)),
    ...optional("date", textOf(value.date)),
    ...optional("marks", marks),
  };
}

function readTerm(value: unknown): PartOf<"terms">["terms"][number] | null {
  if (!isRecord(value)) return null;
  const [term, count, documents] = [textOf(value.term), numberOf(value.count), numberOf(value.documents)];
  if (term === null || count === null || documents === null) return null;
  const rates = listOf(value.rates, numberOf, 2);
  return { term, count, documents, ...(rates?.length === 2 ? { rates: rates as [number, number] } : {}) };
}

function readQuote(value: unknown): PartOf<"quotes">["quotes"][number] | null {
  if (!isRecord(value)) return null;
  const [score, text] = [numberOf(value.score), textOf(value.text)];
  return score === null || text === null ? null : { score, text, from: textOf(value.from) ?? "" };
}

/** Lists of alike objects are tables, records of numbers too, references are files; figures stand with them, never alone. */
function foundParts(output: Given): readonly ShownPart[] {
  const tables: PartOf<"table">[] = [];
  const files: ResultFile[] = [];
  const figures: [string, Cell][] = [];
  for (const [key, value] of Object.entries(output)) {
    const file = fileOf(value);
    if (file !== null) files.push(file);
    else if (Array.isArray(value)) tables.push(...tableOfObjects(key, value));
    else if (isRecord(value)) tables.push(...tableOfNumbers(key, value), ...tableOfRecords(key, value));
    else if (value !== null && value !== undefined) figures.push([key, cellOf(value)]);
  }
  if (tables.length === 0 && files.length === 0) return [];
  const own: PartOf<"table">[] =
    figures.length === 0
      ? []
      : [
          {
            shape: "table",
            title: "Figures",
            width: "half",
            columns: [{ title: "Figure" }, { title: "Value" }],
            rows: figures.map(([key, value]) => [wordsOf(key), value]),
          },
        ];
  return [...own, ...tables, ...(files.length === 0 ? [] : [{ shape: "files" as const, title: "Files", files }])];
}

function tableOfObjects(key: string, list: readonly unknown[]): PartOf<"table">[] {
  const rows = list.slice(0, VALUES_MAX);
  if (rows.length === 0 || !rows.every(isRecord)) return [];
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isFlat = rows.every((row) =>
    Object.values(row).every((value) => value === null || typeof value !== "object" || value instanceof ExactNumber),
  );
  if (!isFlat || keys.length === 0 || keys.length > COLUMNS_MAX) return [];
  const isNumber = (name: string) =>
    rows.every((row) => row[name] === undefined || row[name] === null || numberOf(row[name]) !== null);
  return [
    {
      shape: "table",
      title: wordsOf(key),
      width: keys.length > 4 ? "full" : "half",
      columns: keys.map((name) => ({ title: wordsOf(name), ...(isNumber(name) ? { kind: "number" as const } : {}) })),
      rows: rows.map((row) => keys.map((name) => cellOf(row[name]))),
      ...(list.length > rows.length ? { total: list.length } : {}),
    },
  ];
}

function tableOfNumbers(key: string, record: Given): PartOf<"table">[] {
  const entries = Object.entries(record);
  if (entries.length < 2 || entries.length > VALUES_MAX || !entries.every(([, value]) => numberOf(value) !== null))
    return [];
  return [
    {
      shape: "table",
      title: wordsOf(key),
      width: "half",
      columns: [{ title: "" }, { title: "Value", kind: "number" }],
      rows: entries.map(([name, value]) => [name, numberOf(value)]),
    },
  ];
}

/** { "2025": { leavers: 12 }, "2026": { leavers: 9 } }: a row for each name. */
function tableOfRecords(key: string, record: Given): PartOf<"table">[] {
  const entries = Object.entries(record);
  if (entries.length < 2 || !entries.every(([, value]) => isRecord(value))) return [];
  return tableOfObjects(
    key,
    entries.map(([name, value]) => ({ "": name, ...(value as Given) })),
  );
}

/** meanFit: "Mean fit". */
function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
