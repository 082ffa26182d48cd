// Rows of a jsonl file: one JSON object a line. Rows are numbered by line. Blank lines are no rows.
// Each row has the keys that its line has; a schema decides what must be there.

import {
  type Cell,
  isBadRow,
  NotJsonError,
  RowInvalidError,
  type SourceEntry,
  SourceUnreadableError,
} from "@holdfast/core";
import { BATCH_CHARS_MAX, BATCH_ROWS_MAX, COLUMNS_MAX, type FormatReader, RECORD_BYTES_MAX } from "./format-reader.js";
import { toJsonCell } from "./json-cell.js";
import { readTextBlocks } from "./text-blocks.js";
import type { TextFile } from "./text-file.js";

export async function openJsonl(file: TextFile): Promise<FormatReader> {
  const batches = readBatches(file);
  const first = await batches.next();
  if (first.done === true) {
    const cure = "Expected one JSON object a line";
    throw new SourceUnreadableError("the file holds blank lines only", cure, { path: file.path });
  }
  const firstRow = first.value.find((entry) => !isBadRow(entry));
  return {
    columns: firstRow === undefined || isBadRow(firstRow) ? [] : Object.keys(firstRow.cells),
    warnings: [],
    async *batches() {
      yield first.value;
      yield* batches;
    },
    close: async () => void (await batches.return(undefined)),
  };
}

async function* readBatches(file: TextFile): AsyncGenerator<readonly SourceEntry[]> {
  let line = 0;
  let batch: SourceEntry[] = [];
  let chars = 0;
  for await (const block of readTextBlocks(file)) {
    if (block.kind === "lineTooLong") {
      line = block.line;
      const what = `the line is longer than ${RECORD_BYTES_MAX} bytes`;
      const place = { path: file.path, rowNumber: line, line };
      batch.push({
        rowNumber: line,
        problem: new RowInvalidError(what, "Move long texts into files of their own", place),
      });
      continue;
    }
    for (const text of linesOf(block.text)) {
      line++;
      if (text.trim() === "") continue;
      const entry = readLine(file.path, line, text);
      if (line === 1 && isBadRow(entry) && text.trimStart().startsWith("[")) throw jsonArray(file.path);
      batch.push(entry);
      chars += text.length;
      if (batch.length >= BATCH_ROWS_MAX || chars >= BATCH_CHARS_MAX) {
        yield batch;
        batch = [];
        chars = 0;
      }
    }
  }
  if (batch.length > 0) yield batch;
}

/** Lines end with \n, \r\n or \r. A block ends with a line break or with the file, so its last piece may be none. */
function* linesOf(text: string): Generator<string> {
  const isWithCr = text.includes("\r");
  for (let from = 0; from < text.length; ) {
    const lf = text.indexOf("\n", from);
    const lineEnd = lf === -1 ? text.length : lf;
    if (isWithCr) yield* text.slice(from, text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd).split("\r");
    else yield text.slice(from, lineEnd);
    from = lineEnd + 1;
  }
}

/** What JSON.parse says, without the excerpt of the text that it adds. */
function describeJsonError({ message }: Error): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return `near character ${Number(position) + 1}`;
  const token = /^Unexpected token '?(.)/u.exec(message)?.[1];
  return token === undefined ? "it ends too early" : `unexpected ${JSON.stringify(token)}`;
}

function jsonArray(path: string): SourceUnreadableError {
  const cure = "Write one object a line, without the brackets and commas around them";
  return new SourceUnreadableError("the file is one JSON array, not lines of objects", cure, { path, line: 1 });
}

function readLine(path: string, line: number, text: string): SourceEntry {
  const bad = (what: string, cure: string, column?: string): SourceEntry => ({
    rowNumber: line,
    problem: new RowInvalidError(what, cure, { path, rowNumber: line, line, column }),
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return bad(`invalid JSON (${describeJsonError(error as Error)})`, "Expected one complete JSON object on the line");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const found = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    return bad(`the line holds ${found}`, 'Expected one JSON object, such as {"id": "a1"}');
  }
  const cells: Record<string, Cell> = {};
  const members = Object.entries(value);
  if (members.length > COLUMNS_MAX) {
    return bad(`the object has ${members.length} keys, at most ${COLUMNS_MAX} are read`, "Write a row a line");
  }
  for (const [column, member] of members) {
    if (column === "__proto__") return bad("the key __proto__ is reserved", "Rename the key", column);
    try {
      cells[column] = toJsonCell(member);
    } catch (error) {
      if (!(error instanceof NotJsonError)) throw error;
      return bad(`the value is ${error.details.found}`, "Expected a JSON value", column);
    }
    if (isRounded(member, text)) {
      const what = "the number has more digits than can be kept exactly";
      return bad(what, 'Write it as text, in quotes: "12345678901234567890"', column);
    }
  }
  return { rowNumber: line, cells };
}

/** An integer beyond 2^53 is rounded by every JSON parser here: an id would silently become another one. */
function isRounded(member: unknown, text: string): boolean {
  if (typeof member !== "number" || !Number.isInteger(member) || Number.isSafeInteger(member)) return false;
  return Math.abs(member) < 1e21 && !text.includes(String(member));
}
