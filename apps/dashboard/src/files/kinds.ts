/** How a file of a run is looked at, by its name and size: pure. What a model wrote is never a part of the page itself. */

export type PreviewKind =
  | "text"
  | "json"
  | "jsonLines"
  | "table"
  | "picture"
  /** Shown by the browser in a frame of its own: HTML. */
  | "page"
  | "pdf"
  | "none";

const KINDS: Readonly<Record<string, PreviewKind>> = {
  json: "json",
  geojson: "json",
  jsonl: "jsonLines",
  ndjson: "jsonLines",
  csv: "table",
  tsv: "table",
  png: "picture",
  jpg: "picture",
  jpeg: "picture",
  gif: "picture",
  webp: "picture",
  html: "page",
  htm: "page",
  pdf: "pdf",
};
/** Markdown and drawings too: their text is shown, never what it would make of the page. */
const TEXTS = new Set(
  "txt md markdown log yaml yml xml svg css js mjs cjs ts tsx jsx sql toml ini py sh r patch diff srt vtt".split(" "),
);

const MB = 1_000_000;
/** As much is read; of a text, a table or lines the beginning, of all else the whole or nothing. */
export const READ_BYTES_MAX: Readonly<Record<PreviewKind, number>> = {
  text: 200_000,
  json: 10 * MB,
  jsonLines: 5 * MB,
  table: 5 * MB,
  picture: 20 * MB,
  page: 5 * MB,
  pdf: 50 * MB,
  none: 0,
};

export interface Preview {
  readonly kind: PreviewKind;
  /** Whether it is larger than what is read: the beginning of a text, nothing of "none". */
  readonly isCut: boolean;
}

/** "none" where there is no way to look at it, or the whole would be needed and is too large. A document too large for a tree is shown as text. */
export function previewOf(name: string, sizeBytes: number): Preview {
  const extension = name.includes(".") ? (name.split(".").at(-1) ?? "").toLowerCase() : "";
  const kind = KINDS[extension] ?? (TEXTS.has(extension) ? "text" : "none");
  if (kind === "none" || sizeBytes <= READ_BYTES_MAX[kind]) return { kind, isCut: false };
  if (kind === "text" || kind === "table" || kind === "jsonLines") return { kind, isCut: true };
  return kind === "json" ? { kind: "text", isCut: true } : { kind: "none", isCut: true };
}
