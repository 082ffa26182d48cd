// What a reading process is asked, and what it answers: texts stay there, only what was found comes back.
import type { SourceDocument } from "./read-source.js";
import type { SourceFile } from "./source-files.js";

export type ReadingQuestion =
  | { readonly kind: "read"; readonly file: SourceFile }
  | { readonly kind: "take"; readonly file: SourceFile }
  | { readonly kind: "search"; readonly question: unknown };

/** A document without its text. */
export type ReadDocument = Omit<SourceDocument, "text" | "passages"> & { passages: number };
