/** Entry of the process that reads the sources and searches them: whatever a file does to a parser, it does here. */
import { answerQuestions } from "@holdfast/workload-kit";
import { retrieve } from "../retrieval/retrieve.js";
import { readSource, type SourceDocument } from "../sources/read-source.js";
import type { ReadDocument, ReadingQuestion } from "./reading-protocol.js";

const documents: SourceDocument[] = [];

answerQuestions(async (given) => {
  const asked = given as ReadingQuestion;
  if (asked.kind === "retrieve") return retrieve(asked.question, documents);
  const document = await readSource(asked.file);
  documents.push(document);
  const { text: _, passages, ...rest } = document;
  return { ...rest, passages: passages.length } satisfies ReadDocument;
});
