// The reading process's side: reads files, keeps their text or returns it, and answers one kind of search. Damage that
// a file does to a parser stays in this process.
import { answerQuestions } from "../guarded/answer-questions.js";
import type { SourceDocument } from "./read-source.js";
import type { ReadDocument, ReadingQuestion } from "./reading-protocol.js";

/**
 * Answers the parent's questions until the parent is gone. Call it once, in the entry module that `ReadingProcess` is
 * given.
 */
export function answerReading<Question, Found>(
  search: (question: Question, documents: readonly SourceDocument[]) => Found,
): void {
  const documents: SourceDocument[] = [];
  answerQuestions(async (given) => {
    const asked = given as ReadingQuestion;
    if (asked.kind === "search") return search(asked.question as Question, documents);
    // Loaded on the first read: a process that only searches needs neither parsers nor a language model.
    const { readSource } = await import("./read-source.js");
    const document = await readSource(asked.file);
    if (asked.kind === "take") return document;
    documents.push(document);
    const { text: _, passages, ...rest } = document;
    return { ...rest, passages: passages.length } satisfies ReadDocument;
  });
}
