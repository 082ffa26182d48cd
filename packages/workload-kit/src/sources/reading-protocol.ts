// Questions to a reading process and its answers. Texts stay in that process; only search results come back.
import type { SourceDocument } from "./read-source.js";
import type { SourceFile } from "./source-files.js";

export type ReadingQuestion =
  | { readonly kind: "read"; readonly file: SourceFile }
  | { readonly kind: "take"; readonly file: SourceFile }
  | { readonly kind: "search"; readonly question: unknown };

/** A document without its text. */
export type ReadDocument = Omit<SourceDocument, "text" | "passages"> & { passages: number };
