// One record out of comma-separated text, by RFC 4180: pure, no I/O. Stricter than most readers, on purpose:
// a stray quote is an error and never a guess, because a guess swallows the rows up to the next quote.
// Line breaks may be \n, \r\n or \r, also mixed; inside quotes they belong to the cell.

export type CsvOutcome =
  | { readonly kind: "record"; readonly cells: string[]; readonly end: number; readonly lineBreaks: number }
  /** The text ends inside a quoted cell that began `quoteLine` lines below the record's first. */
  | { readonly kind: "unfinished"; readonly quoteLine: number }
  /** `end` is the next line: reading goes on there. */
  | {
      readonly kind: "problem";
      readonly what: string;
      readonly cellIndex: number;
      readonly problemLine: number;
      readonly end: number;
      readonly lineBreaks: number;
    };

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Read the record that begins at `start`, which must be before the end of the text. */
export function readCsvRecord(text: string, start: number, delimiter: string): CsvOutcome {
  const delimiterCode = delimiter.charCodeAt(0);
  // Tab-separated files are written without quoting more often than not: there a quote within a cell is just a quote.
  const isQuoteLiteralInside = delimiter === "\t";
  const cells: string[] = [];
  let lineBreaks = 0;
  let position = start;
  for (;;) {
    if (text.charCodeAt(position) === QUOTE) {
      const cellLine = lineBreaks;
      const from = position + 1;
      let quote = text.indexOf('"', from);
      while (quote !== -1 && text.charCodeAt(quote + 1) === QUOTE) quote = text.indexOf('"', quote + 2);
      if (quote === -1) return { kind: "unfinished", quoteLine: cellLine };
      position = quote + 1;
      const value = text.slice(from, quote).replaceAll('""', '"');
      lineBreaks += countLineBreaks(value);
      cells.push(value);
      const next = text.charCodeAt(position); // NaN at the end of the text
      if (next !== delimiterCode && next !== LF && next !== CR && position < text.length) {
        const what = `text follows the closing quote of cell ${cells.length}`;
        return problemAt(text, position, what, cells.length - 1, lineBreaks);
      }
    } else {
      const from = position;
      let code = text.charCodeAt(position);
      while (position < text.length && code !== delimiterCode && code !== LF && code !== CR) {
        if (code === QUOTE && !isQuoteLiteralInside) {
          const what = `a quote stands inside cell ${cells.length + 1}, which does not begin with one`;
          return problemAt(text, position, what, cells.length, lineBreaks);
        }
        code = text.charCodeAt(++position);
      }
      cells.push(text.slice(from, position));
    }
    if (position >= text.length) return { kind: "record", cells, end: position, lineBreaks };
    if (text.charCodeAt(position) === delimiterCode) {
      position++;
      continue;
    }
    return { kind: "record", cells, end: afterLineBreak(text, position), lineBreaks: lineBreaks + 1 };
  }
}

function problemAt(text: string, position: number, what: string, cellIndex: number, lineBreaks: number): CsvOutcome {
  let end = position;
  while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end++;
  const isCutByBreak = end < text.length;
  return {
    kind: "problem",
    what,
    cellIndex,
    problemLine: lineBreaks,
    end: isCutByBreak ? afterLineBreak(text, end) : end,
    lineBreaks: lineBreaks + (isCutByBreak ? 1 : 0),
  };
}

function afterLineBreak(text: string, position: number): number {
  return text.charCodeAt(position) === CR && text.charCodeAt(position + 1) === LF ? position + 2 : position + 1;
}

function countLineBreaks(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === LF || (code === CR && text.charCodeAt(index + 1) !== LF)) count++;
  }
  return count;
}
