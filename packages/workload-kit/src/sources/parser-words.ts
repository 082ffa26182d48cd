/** Parser errors, worded for the person who supplied the file, with a remedy. */
import { HTML_DEPTH_MAX } from "./limits.js";

export interface SourceProblem {
  reason: string;
  cure: string;
}

/** Thrown by the readers of this folder if they know the problem better than the parser. */
export class SourceProblemError extends Error {
  constructor(readonly problem: SourceProblem) {
    super(problem.reason);
  }
}

export const tooDeep = (line: number) =>
  new SourceProblemError({
    reason: `the elements of the page lie deeper within each other than ${HTML_DEPTH_MAX} levels (line ${line})`,
    cure: "Save the page's text, or leave it out.",
  });

const QUOTES = 'Put the whole cell in quotes and double each quote in it, "5"" pipe", or leave the file out.';

export function wordParserError(thrown: unknown, format: string): SourceProblem {
  if (thrown instanceof SourceProblemError) return thrown.problem;
  const { code, name, message } = (thrown ?? {}) as { code?: unknown; name?: unknown; message?: unknown };
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return { reason: "the text is not UTF-8", cure: "Save the file as UTF-8 text, or leave it out." };
  }
  if (typeof code === "string" && /^CSV_|_QUOTE$/.test(code)) return wordCsv(thrown as CsvError);
  if (name === "PasswordException") {
    return { reason: "the PDF is protected by a password", cure: "Save it without one, or leave it out." };
  }
  if (format === ".pdf") {
    return { reason: "the PDF is damaged or cut off", cure: "Download or save it again, or leave it out." };
  }
  const isOfStack = thrown instanceof RangeError;
  const reason = isOfStack
    ? `its ${format} is nested too deeply`
    : `it cannot be read as ${format} (${String(message)})`;
  return { reason, cure: "Repair the file, or leave it out." };
}

interface CsvError {
  code: string;
  lines?: number;
  column?: number | string;
}

function wordCsv({ code, lines }: CsvError): SourceProblem {
  const where = lines === undefined ? "" : `line ${lines}: `;
  switch (code) {
    case "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH":
      return {
        reason: `${where}the row has more or fewer cells than the header`,
        cure: "Put cells that hold a comma in quotes, or repair the row.",
      };
    case "CSV_QUOTE_NOT_CLOSED":
      return { reason: "a quote is opened and never closed", cure: "Close the quote, or leave the file out." };
    case "CSV_INVALID_CLOSING_QUOTE":
      return { reason: `${where}text follows the closing quote of a cell`, cure: QUOTES };
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_OPENING_QUOTE":
      return { reason: `${where}a quote stands inside a cell that does not begin with one`, cure: QUOTES };
    default:
      return { reason: `${where}the text is no table`, cure: "Save it as comma-separated text, or leave it out." };
  }
}
