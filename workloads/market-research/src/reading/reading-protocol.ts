/** What the reading process is asked, and what it answers: texts stay there, only what was found comes back. */
import type { Question, Retrieval } from "../retrieval/retrieve.js";
import type { SourceDocument } from "../sources/read-source.js";
import type { SourceFile } from "../sources/source-files.js";

export type ReadingQuestion = { kind: "read"; file: SourceFile } | { kind: "retrieve"; question: Question };

/** A document without its text. */
export type ReadDocument = Omit<SourceDocument, "text" | "passages"> & { passages: number };

export interface ReadingAnswers {
  read: ReadDocument;
  retrieve: Retrieval;
}
