// Parses bytes into a small table of text. Supports encodings and delimiters of spreadsheets and data vendors; the
// meaning of cells is decided elsewhere.
import { PricesUnusableError } from "./errors.js";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
  readonly delimiter: string;
  /** Encoding of the file if noteworthy, that is, not plain UTF-8. */
  readonly encoding: string | null;
}

export interface TableRow {
  /** As a reader counts: the header is row 1. */
  readonly row: number;
  readonly cells: readonly string[];
}

const DELIMITERS = [",", ";", "\t", "|"] as const;

/** Parses a table. @throws {PricesUnusableError} PRICES_UNUSABLE if it is not text, or has no rows. */
export function readTable(bytes: Uint8Array, file: string): Table {
  const { text, encoding } = decode(bytes, file);
  const delimiter = delimiterOf(text);
  const records = recordsOf(text, delimiter);
  const [first, ...rest] = records;
  if (first === undefined) throw new PricesUnusableError(file, "empty", "the file is empty");
  if (rest.length === 0) throw new PricesUnusableError(file, "empty", "there are no rows below the header");
  return { header: first.cells.map((cell) => cell.trim()), rows: rest, delimiter, encoding };
}

function decode(bytes: Uint8Array, file: string): { readonly text: string; readonly encoding: string | null } {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "UTF-16" };
  if (a === 0xfe && b === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes), encoding: "UTF-16" };
  if (bytes.subarray(0, 4_096).includes(0)) throw new PricesUnusableError(file, "encoding", "it is no text file");
  try {
    // The decoder removes a byte order mark.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: null };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "Windows-1252" };
  }
}

/** Returns the delimiter that splits the header into most cells; a comma if none does, or if there is a tie. */
function delimiterOf(text: string): string {
  const header = text.split(/\r\n|\n|\r/).find((line) => line.trim() !== "") ?? "";
  let best: string = ",";
  for (const one of DELIMITERS) if (header.split(one).length > header.split(best).length) best = one;
  return best;
}

/** Rows without cells are skipped. Quoted cells may contain delimiters, and doubled quotes. */
function recordsOf(text: string, delimiter: string): TableRow[] {
  const lines = text.split(/\r\n|\n|\r/);
  return lines.flatMap((line, index) =>
    line.trim() === "" ? [] : [{ row: index + 1, cells: cellsOf(line, delimiter) }],
  );
}

function cellsOf(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const char = line[at];
    if (isQuoted && char === '"' && line[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (char === delimiter && !isQuoted) {
      cells.push(cell);
      cell = "";
    } else cell += char;
  }
  return [...cells, cell];
}
