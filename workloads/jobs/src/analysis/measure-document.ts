// One item of the map: a document, from its bytes to its figures. The reason why a document is unusable is part of its
// result, so the others continue. Only failures that may pass (a failing disk) are errors.
import { open } from "node:fs/promises";
import path from "node:path";
import { ReadingProcess, SOURCE_LIMITS, SourceUnreadableError } from "@holdfast/workload-kit/sources";
import type { DocumentFile } from "./documents.js";
import { findEncoding, readPieces } from "./encoding.js";
import { Measure, type Measured } from "./measure.js";

export type DocumentResult =
  | { readonly kind: "measured"; readonly encoding: string; readonly figures: Measured }
  | { readonly kind: "leftOut"; readonly reason: string };

export interface Measuring {
  readonly ignored: ReadonlySet<string>;
  readonly parser: DocumentParser;
  readonly signal: AbortSignal;
}

export async function measureDocument(
  file: DocumentFile,
  { ignored, parser, signal }: Measuring,
): Promise<DocumentResult> {
  const measure = new Measure(ignored);
  let encoding = "utf-8";
  const notes: string[] = [];
  if (file.isParsed) {
    const text = await parser.textOf(file, signal);
    if (text instanceof SourceUnreadableError) return leftOut(text.details.reason);
    measure.add(text);
  } else {
    const handle = await open(file.path).catch((error: NodeJS.ErrnoException) => error);
    if (handle instanceof Error) {
      const { code } = handle;
      if (code === "ENOENT") return leftOut("the file is no longer there");
      if (code === "EACCES" || code === "EPERM") return leftOut(`it cannot be read (${code})`);
      throw handle;
    }
    try {
      const found = await findEncoding(handle, signal);
      if (found.binary !== null) return leftOut(found.binary);
      encoding = found.encoding;
      if (found.note !== null) notes.push(found.note);
      for await (const piece of readPieces(handle, found.encoding, signal)) {
        measure.add(piece);
        // Each piece takes some 20 ms; yield to the rest of the process between pieces.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } finally {
      await handle.close();
    }
  }
  const figures = measure.result();
  if (figures.words === 0) return leftOut("it holds no word");
  return { kind: "measured", encoding, figures: { ...figures, notes: [...notes, ...figures.notes] } };
}

const leftOut = (reason: string): DocumentResult => ({ kind: "leftOut", reason });

/** An idle process is ended after this time in ms, so that a job interrupted between two documents leaves none behind. */
const IDLE_MS_MAX = 2_000;

/** Parses HTML pages and PDFs in a separate process, one after another. A process killed by a file is replaced. */
export class DocumentParser {
  #reading: ReadingProcess<never, never> | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  textOf(file: DocumentFile, signal: AbortSignal): Promise<string | SourceUnreadableError> {
    const turn = this.#queue.then(() => {
      signal.throwIfAborted();
      return this.#parse(file);
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #parse(file: DocumentFile): Promise<string | SourceUnreadableError> {
    clearTimeout(this.#idle);
    this.#reading ??= new ReadingProcess({ entry: entry(), limits: SOURCE_LIMITS, toRaise: "split it" });
    const reading = this.#reading;
    const format = path.extname(file.path).toLowerCase() === ".pdf" ? (".pdf" as const) : (".html" as const);
    try {
      return (await reading.take({ path: file.path, name: file.name, format, isNamed: true })).text;
    } catch (error) {
      if (reading.isGone) this.#reading = null;
      if (error instanceof SourceUnreadableError) return error;
      throw error;
    } finally {
      this.#idle = setTimeout(() => {
        this.#reading = null;
        void reading.stop();
      }, IDLE_MS_MAX);
    }
  }
}

/** Tests load this file from `src`, which has no compiled process beside it; it is in `dist` then. */
function entry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../dist/analysis/parsing-main.js" : "./parsing-main.js", import.meta.url);
}
