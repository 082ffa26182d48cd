/**
 * The caller's side of the thread that reads long pages of events: whoever watches a run that writes hundreds of events at once must
 * not slow down who works on it. The thread starts with the first such page and stays until the store closes.
 *
 * Whatever goes wrong there is answered with null: the caller then reads on its own thread, which says why it cannot.
 */
import { Worker } from "node:worker_threads";
import type { EventTextRow } from "./sql/event-text.js";
import type { TextAnswer, TextQuery, TextRequest, TextThreadData } from "./text-thread.js";

export class TextReader {
  #worker: Worker | null = null;
  #exited: Promise<void> = Promise.resolve();
  #isEnded = false;
  #lastId = 0;
  readonly #waiting = new Map<number, (found: EventTextRow | null) => void>();

  constructor(private readonly data: TextThreadData) {}

  read(runId: string, query: TextQuery): Promise<EventTextRow | null> {
    if (this.#isEnded) return Promise.resolve(null);
    const worker = this.#worker ?? this.#start();
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      worker.postMessage([id, runId, query] satisfies TextRequest);
    });
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    this.#worker?.postMessage(null satisfies TextRequest);
    await this.#exited;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./text-thread.js", import.meta.url), {
      workerData: this.data,
      // The thread needs none of the flags and hooks of its parent (a test runner's, a loader's).
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
      name: "holdfast-sqlite-text",
    });
    worker.unref();
    worker.on("message", ([id, found]: TextAnswer) => {
      this.#waiting.get(id)?.(found);
      this.#waiting.delete(id);
    });
    // Its end follows, and answers those who wait.
    worker.on("error", () => {});
    this.#exited = new Promise((resolve) => {
      worker.on("exit", () => {
        this.#isEnded = true;
        for (const answer of this.#waiting.values()) answer(null);
        this.#waiting.clear();
        resolve();
      });
    });
    this.#worker = worker;
    return worker;
  }
}
