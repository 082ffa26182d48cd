/** Rows of a delimited text (RFC 4180): pure. What is not closed ends where the text ends; nothing is refused, since it is looked at. */

/** Of a row so many fields are kept. */
export const COLUMNS_MAX = 200;
const DELIMITERS = [",", ";", "\t", "|"] as const;

export interface DelimitedText {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `isCut`: the text ends anywhere, so its last row is left out. */
export function readDelimited(text: string, { isCut = false, isTabs = false } = {}): DelimitedText {
  const delimiter = isTabs ? "\t" : delimiterOf(text);
  const rows = [...rowsOf(text, delimiter)];
  if (isCut && rows.length > 1) rows.pop();
  const [header = [], ...rest] = rows;
  return { header, rows: rest };
}

/** The one that the first line has most of, outside of quotes. */
function delimiterOf(text: string): string {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const char of text.slice(0, 10_000)) {
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === "\n" || char === "\r") break;
    else if ((DELIMITERS as readonly string[]).includes(char)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ",";
}

function* rowsOf(text: string, delimiter: string): Generator<readonly string[]> {
  let row: string[] = [];
  let at = 0;
  const add = (field: string) => {
    if (row.length < COLUMNS_MAX) row.push(field);
  };
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        field += text.slice(at, quote < 0 ? text.length : quote);
        if (quote < 0) {
          at = text.length;
          break;
        }
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    // What follows a closing quote belongs to the field, as it does in spreadsheets.
    const from = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
    add(field + text.slice(from, at));
    if (text[at] === delimiter) {
      at++;
      if (at === text.length) add("");
      continue;
    }
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    yield row;
    row = [];
  }
  if (row.length > 0) yield row;
}
