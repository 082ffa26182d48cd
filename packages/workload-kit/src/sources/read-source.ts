/**
 * Reads one source file into quotable passages with their places. A passage is a verbatim sentence or a table row.
 *
 * Nothing is filtered by subject here; retrieval does that. Fragments that are not sentences (captions, menu items) are
 * not passages.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cleanText } from "../text/clean-text.js";
import { type Block, readHtml, readLines, readTable } from "./blocks.js";
import { wordParserError } from "./parser-words.js";
import { readPdf } from "./pdf.js";
import { splitSentences } from "./sentences.js";
import type { SourceFile, SourceFormat } from "./source-files.js";
import { SourceUnreadableError } from "./source-unreadable.js";

export interface Passage {
  file: string;
  place: string;
  heading: string;
  text: string;
}

export interface SourceDocument {
  file: string;
  format: SourceFormat;
  sizeBytes: number;
  sha256: string;
  /** Whether the user named this very file, so it is used whatever its subject seems to be. */
  isNamed: boolean;
  /** The whole text, used to judge its subject. */
  text: string;
  passages: Passage[];
}

/** Shorter sentences are captions; longer ones are lists or extraction errors. Neither fits on a slide. */
const WORDS_MIN = 5;
const WORDS_MAX = 70;

/**
 * Reads one file.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE if it is missing, unreadable, damaged, or without text (a scanned
 * PDF).
 */
export async function readSource(file: SourceFile): Promise<SourceDocument> {
  const bytes = await read(file);
  // Cleaned before anything is measured or quoted, so that the text stays the same from here on. Decoded formats were
  // cleaned already, since their places are counted in the text. References in HTML and PDFs yield control characters
  // only now.
  const blocks = (await toBlocks(file, bytes)).map((block) => ({
    ...block,
    text: cleanText(block.text),
    heading: cleanText(block.heading),
  }));
  if (blocks.length === 0) {
    throw new SourceUnreadableError({
      path: file.path,
      reason: file.format === ".pdf" ? "the PDF holds no text (scanned pages?)" : "the file holds no text",
      cure: "Supply a version with text, or leave it out.",
    });
  }
  return {
    file: file.name,
    format: file.format,
    isNamed: file.isNamed,
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    text: blocks.map((block) => `${block.heading}\n${block.text}`).join("\n"),
    passages: blocks.flatMap((block) => toPassages(file.name, block)),
  };
}

async function read(file: SourceFile): Promise<Buffer> {
  try {
    return await readFile(file.path);
  } catch (cause) {
    const isGone = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isGone ? "the file is no longer there" : wordFileError(cause);
    throw new SourceUnreadableError({ path: file.path, reason, cure: "Restore the file, then resume the run." }, cause);
  }
}

function wordFileError(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM" ? "it may not be read" : `it cannot be read (${code ?? message})`;
}

async function toBlocks(file: SourceFile, bytes: Buffer): Promise<Block[]> {
  try {
    switch (file.format) {
      case ".md":
        return readLines(decode(bytes), true);
      case ".txt":
        return readLines(decode(bytes), false);
      case ".html":
        return readHtml(decode(bytes));
      case ".csv":
        return readTable(decode(bytes));
      case ".pdf":
        return await readPdf(bytes); // awaited here, or its failure would escape the catch below
    }
  } catch (cause) {
    throw new SourceUnreadableError({ path: file.path, ...wordParserError(cause, file.format) }, cause);
  }
}

/** Decodes UTF-8, or UTF-16 with a byte order mark. A guessed encoding would change an author's words. */
function decode(bytes: Buffer): string {
  const mark = bytes.toString("hex", 0, 2);
  const encoding = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8";
  return cleanText(new TextDecoder(encoding, { fatal: true }).decode(bytes));
}

/** A line of this length is a text without line breaks, in which "line 1" would point nowhere. In characters. */
const LONG_LINE_MIN = 2_000;

function toPassages(file: string, block: Block): Passage[] {
  const { heading } = block;
  if (block.whole) return [{ file, place: block.placeAt(0), heading, text: block.text }];
  const isLong = block.text.length >= LONG_LINE_MIN && block.placeAt(0) === block.placeAt(block.text.length);
  return splitSentences(block.text)
    .map(({ text, offset }, at) => {
      const place = block.placeAt(offset);
      return { file, place: isLong ? `${place}, sentence ${at + 1}` : place, heading, text };
    })
    .filter(({ text }) => isQuotable(text));
}

/** True for a whole statement: it begins and ends like a sentence and is not a question. */
function isQuotable(text: string): boolean {
  const words = text.split(" ").length;
  return words >= WORDS_MIN && words <= WORDS_MAX && /^[\p{Lu}\p{N}"“‘'(]/u.test(text) && /[.!]["”’')]*$/.test(text);
}
