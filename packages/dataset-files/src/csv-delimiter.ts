// Which character separates the cells of a csv file: the one by which the first records fall into as many cells as
// the header. The caller sees the choice only when rows do not fit it, in the message.

import { readCsvRecord } from "./csv-record.js";

/** In order of preference where two fit equally well. */
const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE_RECORDS = 50; // enough to tell a separator from a character that happens to be in the header

/** `sep=;` on the first line is Excel's own way of saying it; `length` is what to leave out of the text. */
export function declaredDelimiter(text: string): { readonly delimiter: string; readonly length: number } | null {
  const match = /^("?)sep=(.)\1(\r\n|\n|\r)/i.exec(text);
  return match?.[2] === undefined ? null : { delimiter: match[2], length: match[0].length };
}

export function detectDelimiter(text: string): string {
  let best = { delimiter: ",", fitting: -1, width: 1 };
  for (const delimiter of DELIMITERS) {
    const { fitting, width } = fit(text, delimiter);
    if (width > 1 && (fitting > best.fitting || (fitting === best.fitting && best.width === 1))) {
      best = { delimiter, fitting, width };
    }
  }
  return best.delimiter;
}

/** How many cells the header has, and how many of the records after it have as many. */
function fit(text: string, delimiter: string): { readonly fitting: number; readonly width: number } {
  let position = 0;
  let width = 0;
  let fitting = 0;
  for (let count = 0; count <= SAMPLE_RECORDS && position < text.length; count++) {
    const outcome = readCsvRecord(text, position, delimiter);
    if (outcome.kind === "unfinished") break;
    if (outcome.kind === "record" && width === 0) width = outcome.cells.length;
    else if (outcome.kind === "record" && outcome.cells.length === width) fitting++;
    position = outcome.end;
  }
  return { fitting, width };
}
