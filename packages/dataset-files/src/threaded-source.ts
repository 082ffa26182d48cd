// xlsx and parquet are read in a thread of their own with a memory cap: a hostile or damaged file can exhaust or
// hang that thread, never the process. Here is the caller's side of it.

import { Worker } from "node:worker_threads";
import {
  fromPlain,
  type ReadSignal,
  type RowInvalidError,
  type SourceEntry,
  SourceUnreadableError,
} from "@holdfast/core";
import type { FormatReader } from "./format-reader.js";
import type { ReaderAnswer, ReaderQuestion, ReaderTask } from "./reader-protocol.js";

export const READER_DEFAULTS = {
  memoryMbMax: 512, // the texts of 42,000 narratives take under 200; a process with 1 GB survives it
  silenceMsMax: 120_000, // a row group of some 100 MB unpacks in seconds; two minutes without a sign is a hang
} as const;

/**
 * Buffers lie outside the heap, where a thread has no limit. The caller looks how much its whole process has grown since
 * the thread began; others of its threads grow it too, so the reader is stopped at so many times its limit only.
 */
const GROWTH_FACTOR = 3;
const LOOK_EVERY_MS = 50;

/** Beside the heap: what V8 needs to compile and to run the thread at all. */
const YOUNG_GENERATION_MB = 32;
const STACK_MB = 4;

export interface ThreadOptions {
  readonly memoryMbMax?: number | undefined;
  readonly silenceMsMax?: number | undefined;
  readonly signal?: ReadSignal | undefined;
}

export async function openThreaded(
  task: Omit<ReaderTask, "heapBytesMax">,
  options: ThreadOptions,
): Promise<FormatReader> {
  const thread = new ReaderThread(task, options);
  const answer = await thread.answer();
  if (answer.kind !== "opened") throw new Error(`The reading thread began with "${answer.kind}".`);
  return {
    columns: answer.columns,
    warnings: answer.warnings,
    batches: () => readBatches(task.path, thread),
    close: () => thread.stop(),
  };
}

async function* readBatches(path: string, thread: ReaderThread): AsyncGenerator<readonly SourceEntry[]> {
  for (;;) {
    const answer = await thread.ask("next");
    if (answer.kind !== "batch") return;
    yield answer.entries.map((entry) =>
      "problem" in entry
        ? { rowNumber: entry.rowNumber, problem: fromPlain(path, entry.problem) as RowInvalidError }
        : entry,
    );
  }
}

class ReaderThread {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #silenceMsMax: number;
  readonly #memoryMbMax: number;
  readonly #signal: ReadSignal | undefined;
  #settle: { resolve: (answer: ReaderAnswer) => void; reject: (error: unknown) => void } | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #growth: NodeJS.Timeout;
  #ended: unknown;

  constructor(task: Omit<ReaderTask, "heapBytesMax">, options: ThreadOptions) {
    this.#path = task.path;
    this.#memoryMbMax = options.memoryMbMax ?? READER_DEFAULTS.memoryMbMax;
    this.#silenceMsMax = options.silenceMsMax ?? READER_DEFAULTS.silenceMsMax;
    this.#signal = options.signal;
    this.#signal?.throwIfAborted();
    const workerData: ReaderTask = { ...task, heapBytesMax: this.#memoryMbMax * 1024 ** 2 };
    this.#worker = new Worker(threadUrl(), {
      workerData,
      resourceLimits: {
        maxOldGenerationSizeMb: this.#memoryMbMax,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        stackSizeMb: STACK_MB,
      },
      // Nothing of the host's flags or environment concerns a file reader.
      execArgv: [],
      env: {},
    });
    const bytesMax = process.memoryUsage.rss() + GROWTH_FACTOR * this.#memoryMbMax * 1024 ** 2;
    this.#growth = setInterval(() => {
      if (process.memoryUsage.rss() > bytesMax) this.#end(this.#tooMuchMemory());
    }, LOOK_EVERY_MS).unref();
    this.#worker.on("message", (answer: ReaderAnswer) => this.#hear(answer));
    this.#worker.on("error", (error) => this.#end(this.#describe(error)));
    this.#worker.on("exit", () => this.#end(this.#unreadable("the reading thread ended", "Try again")));
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
  }

  ask(question: ReaderQuestion): Promise<ReaderAnswer> {
    const answer = this.answer();
    this.#worker.postMessage(question);
    return answer;
  }

  answer(): Promise<ReaderAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#settle = { resolve, reject };
      this.#watch();
    });
  }

  /** Ends the thread, whatever it is doing. */
  async stop(): Promise<void> {
    this.#end(this.#unreadable("the source was closed", "Open it again to read it"));
    await this.#worker.terminate();
  }

  #hear(answer: ReaderAnswer): void {
    if (answer.kind === "alive") this.#watch();
    else if (answer.kind === "failed") this.#end(fromPlain(this.#path, answer.problem));
    else {
      clearTimeout(this.#timer);
      this.#settle?.resolve(answer);
      this.#settle = null;
    }
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const what = `reading made no progress for ${this.#silenceMsMax / 1000} s`;
      this.#end(this.#unreadable(what, "The file is probably damaged: write it again"));
    }, this.#silenceMsMax);
  }

  #end(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    clearTimeout(this.#timer);
    clearInterval(this.#growth);
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#settle?.reject(reason);
    this.#settle = null;
    void this.#worker.terminate();
  }

  readonly #abort = (): void => this.#end(this.#signal?.reason);

  #describe(error: unknown): unknown {
    if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") {
      return this.#tooMuchMemory();
    }
    const what = `reading broke off (${error instanceof Error ? error.message : String(error)})`;
    return this.#unreadable(what, "The file is probably damaged: write it again");
  }

  #tooMuchMemory(): SourceUnreadableError {
    const what = `reading needs more than the ${this.#memoryMbMax} MB it may use`;
    return this.#unreadable(what, "Split the file, or export it as csv");
  }

  #unreadable(what: string, cure: string): SourceUnreadableError {
    return new SourceUnreadableError(what, cure, { path: this.#path });
  }
}

/** Tests load this file from `src`, where no compiled thread lies beside it: it is in `dist` then. */
function threadUrl(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../dist/reader-thread.js" : "./reader-thread.js", import.meta.url);
}
