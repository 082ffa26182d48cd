// The reading process's side: it reads the files it is given, keeps their text or hands it over, and answers one kind of search.
// Whatever a file does to a parser, it does here.
import { answerQuestions } from "../guarded/answer-questions.js";
import type { SourceDocument } from "./read-source.js";
import type { ReadDocument, ReadingQuestion } from "./reading-protocol.js";

/** Answers the parent's questions until the parent is gone. Call it once, in the entry that `ReadingProcess` is given. */
export function answerReading<Question, Found>(
  search: (question: Question, documents: readonly SourceDocument[]) => Found,
): void {
  const documents: SourceDocument[] = [];
  answerQuestions(async (given) => {
    const asked = given as ReadingQuestion;
    if (asked.kind === "search") return search(asked.question as Question, documents);
    // Loaded by who reads: a process that only searches needs no parser and no model of the language.
    const { readSource } = await import("./read-source.js");
    const document = await readSource(asked.file);
    if (asked.kind === "take") return document;
    documents.push(document);
    const { text: _, passages, ...rest } = document;
    return { ...rest, passages: passages.length } satisfies ReadDocument;
  });
}
