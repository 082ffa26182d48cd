// Which format a file is in: by its first bytes, checked against what its name claims. A file whose content
// contradicts its name is refused, because one of the two is a mistake and guessing would hide it.

import { extname } from "node:path";
import { type SourceFormat, SourceUnreadableError } from "@holdfast/core";

const FORMAT_BY_EXTENSION: Readonly<Record<string, SourceFormat>> = {
  ".xlsx": "xlsx",
  ".xlsm": "xlsx",
  ".csv": "csv",
  ".tsv": "csv",
  ".tab": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
  ".pq": "parquet",
};

/** What the content is when it is none of ours, or ours in a wrapping we do not open; with the cure. */
const FOREIGN: readonly { readonly magic: string; readonly what: string; readonly cure: string }[] = [
  { magic: "1f8b", what: "the file is compressed with gzip", cure: "Unpack it first" },
  { magic: "28b52ffd", what: "the file is compressed with zstd", cure: "Unpack it first" },
  { magic: "425a68", what: "the file is compressed with bzip2", cure: "Unpack it first" },
  { magic: "fd377a58", what: "the file is compressed with xz", cure: "Unpack it first" },
  { magic: "25504446", what: "the file is a PDF document", cure: "Export the table as csv or xlsx" },
  { magic: "50415245", what: "the parquet file is encrypted", cure: "Write it without encryption" },
  { magic: "53514c69746520666f726d617420", what: "the file is an SQLite database", cure: "Export the table as csv" },
];

/** The first bytes that `detectFormat` wants to see: past any blank lines before a JSON object. */
export const HEAD_BYTES = 4096;

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — unknown, contradicting its name, encrypted, or an old .xls. */
export function detectFormat(path: string, head: Buffer, sizeBytes: number): SourceFormat {
  const refuse = (what: string, cure: string): never => {
    throw new SourceUnreadableError(what, cure, { path });
  };
  const extension = extname(path).toLowerCase();
  const claimed = FORMAT_BY_EXTENSION[extension];
  if (sizeBytes === 0) return refuse("the file is empty", "Expected a header or at least one row");
  const hex = head.toString("hex", 0, 16);
  const foreign = FOREIGN.find(({ magic }) => hex.startsWith(magic));
  if (foreign !== undefined) return refuse(foreign.what, foreign.cure);
  if (hex.startsWith("d0cf11e0a1b11ae1")) {
    return refuse(
      "the file is an old Excel workbook (.xls), or a workbook protected by a password",
      "Open it in a spreadsheet program and save it as .xlsx without a password",
    );
  }
  const actual = formatOfContent(head, hex);
  if (claimed === undefined) {
    const cure = "Supported are .xlsx, .csv, .tsv, .jsonl and .parquet";
    if (extension === ".xls") return refuse("files named .xls are not read", "Save it as .xlsx");
    return actual ?? refuse(`the format of a file named ${extension || "without extension"} is not known`, cure);
  }
  if (claimed === "xlsx" && actual !== "xlsx") {
    return refuse(`the file is named ${extension}, but is no workbook (a zip archive)`, "Save it as .xlsx again");
  }
  if (claimed === "parquet" && actual !== "parquet") {
    return refuse(`the file is named ${extension}, but does not begin as parquet does (PAR1)`, "Write it again");
  }
  if ((claimed === "csv" || claimed === "jsonl") && (actual === "xlsx" || actual === "parquet")) {
    const found = actual === "xlsx" ? "a workbook or another zip archive" : "a parquet file";
    return refuse(`the file is named ${extension}, but is ${found}`, "Give it the name that fits its content");
  }
  return claimed;
}

function formatOfContent(head: Buffer, hex: string): SourceFormat | null {
  if (hex.startsWith("504b0304") || hex.startsWith("504b0506")) return "xlsx";
  if (hex.startsWith("50415231")) return "parquet";
  const text = head
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trimStart();
  return text.startsWith("{") ? "jsonl" : null;
}
