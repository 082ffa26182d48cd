// One item of the map: a document, from its bytes to its figures. What makes a document unusable is part of its result, so that the
// others go on; only what may be better later (a disk that fails) is an error.
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
        // Each piece takes some 20 ms: whoever else lives in this process has its turn between them.
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

/** A process that nobody asks for so long is ended, in ms: a job that is interrupted between two pages leaves none behind. */
const IDLE_MS_MAX = 2_000;

/** Pages and PDFs, parsed in a process of their own, one after the other; one that dies over a file is replaced. */
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

/** Tests load this file from `src`, where no compiled process lies beside it: it is in `dist` then. */
function entry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../dist/analysis/parsing-main.js" : "./parsing-main.js", import.meta.url);
}
