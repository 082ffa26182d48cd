/**
 * The caller's side of the writer: collects the calls of one turn of the event loop, sends them as one message, and
 * settles their promises in order as the answers come back. The thread starts with the first call.
 *
 * A thread that dies takes every waiting and every later call with it: an answer that never comes would be worse.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { StoreClosedError, StoreUnreachableError } from "@holdfast/core";
import { receiveError, type SentError } from "./sqlite-errors.js";
import { WireWriter } from "./wire.js";
import type { WriterThreadData } from "./writer-thread.js";

/** How the store carries out an operation that writes, wherever that happens. */
export interface Writer {
  /** `isUrgent`: sent now, with what gathered before it, and not at the end of the turn. */
  call(code: number, args: readonly unknown[], isUrgent?: boolean): Promise<unknown>;
  /** Blocks this thread until what was called so far is carried out, `withinMs` at most: for the exit of the process. */
  flushNow(withinMs: number): void;
  /** Answers what is waiting, then ends. */
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * So many calls travel at once, before the turn ends: the writer works on the first while the callers that wake next make
 * theirs. Fewer, and the messages cost more than that wins.
 */
const CALLS_PER_MESSAGE = 16;
/** The same for calls that bring many rows (of a map, of a dataset): enough for a group that is worth its wait for the disk. */
const ROWS_PER_MESSAGE = 400;

/** A group takes a few milliseconds; a look costs less than one. */
const SETTLE_LOOK_MS = 2;

export type WriterOptions = Omit<WriterThreadData, "port" | "wakeUp">;

export class ThreadWriter implements Writer {
  readonly #options: WriterOptions;
  readonly #wakeUp = new Int32Array(new SharedArrayBuffer(4));
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | null = null;
  #port: MessagePort | null = null;
  readonly #wire = new WireWriter();
  /** The next message: arguments and codes in turn. */
  #outbox: unknown[] = [];
  #outboxCalls = 0;
  #isFlushQueued = false;
  readonly #waiting: (Waiting | null)[] = [];
  #firstWaiting = 0;
  #ended: Error | null = null;
  #closed: Promise<void> | null = null;
  #exited: Promise<void> = Promise.resolve();
  readonly #flush = () => this.#send();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  call(code: number, args: readonly unknown[], isUrgent = false): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      // At once, not when it is sent: what the caller changes afterwards is not of this call.
      this.#wire.write(args, this.#outbox);
      this.#outbox.push(code);
      this.#outboxCalls += 1;
      if (this.#waitingCount() === 0) this.#hold();
      this.#waiting.push({ resolve, reject });
      const isFull = this.#outboxCalls >= CALLS_PER_MESSAGE || this.#wire.elementCount >= ROWS_PER_MESSAGE;
      if (isFull || isUrgent) this.#post();
      if (this.#isFlushQueued) return;
      this.#isFlushQueued = true;
      // After the microtasks of this turn: all callers that the last answers woke travel in one message.
      process.nextTick(this.#flush);
    });
  }

  flushNow(withinMs: number): void {
    this.#post();
    const port = this.#port;
    // Nothing else runs on this thread meanwhile: its own waits are what measures the time.
    for (
      let waitedMs = 0;
      port !== null && this.#waitingCount() > 0 && waitedMs < withinMs;
      waitedMs += SETTLE_LOOK_MS
    ) {
      Atomics.wait(this.#sleeper, 0, 0, SETTLE_LOOK_MS);
      this.#receive(port);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    this.#send();
    this.#ended ??= new StoreClosedError({ location: this.#options.file });
    if (worker === null) return;
    worker.ref();
    this.#port?.postMessage(null);
    this.#wake();
    await this.#exited;
  }

  #waitingCount(): number {
    return this.#waiting.length - this.#firstWaiting;
  }

  /** Keep the process alive while answers are due. */
  #hold(): void {
    if (this.#port === null) this.#start();
    this.#port?.ref();
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel();
    const data: WriterThreadData = {
      ...this.#options,
      port: port2,
      wakeUp: this.#wakeUp.buffer as SharedArrayBuffer,
    };
    const worker = new Worker(new URL("./writer-thread.js", import.meta.url), {
      workerData: data,
      transferList: [port2],
      // The thread needs none of the flags and hooks of its parent (a test runner's, a loader's).
      execArgv: [],
      // What it allocates lives for one group: a young generation of the default size (16 MB) would only fill before it is swept,
      // and in half of this one the calls of a group are copied about while they wait.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
      name: "holdfast-sqlite-writer",
    });
    worker.unref();
    worker.on("error", (error) => this.#fail(this.#asStoreError(error)));
    this.#exited = new Promise((resolve) => {
      worker.on("exit", () => {
        // The end of the thread may be heard before its last answers: what they tell was written.
        this.#receive(port1);
        this.#fail(this.#asStoreError(new Error("its writer thread ended")));
        resolve();
      });
    });
    port1.on("message", (answers: [unknown[], [number, SentError][] | null] | null) => this.#resolveAnswers(answers));
    this.#worker = worker;
    this.#port = port1;
  }

  #receive(port: MessagePort): void {
    for (let left = receiveMessageOnPort(port); left !== undefined; left = receiveMessageOnPort(port)) {
      this.#resolveAnswers(left.message);
    }
  }

  #asStoreError(error: Error & { code?: unknown; details?: unknown }): Error {
    // Errors of the core lose their class on the way out of a thread, but keep code and details.
    if (typeof error.code === "string" && error.details !== undefined) {
      return receiveError({ code: error.code, message: error.message, details: error.details });
    }
    return new StoreUnreachableError({ location: this.#options.file, problem: error.message }, { cause: error });
  }

  #send(): void {
    this.#isFlushQueued = false;
    this.#post();
  }

  #post(): void {
    if (this.#outbox.length === 0 || this.#port === null) return;
    const message = this.#outbox;
    this.#outbox = [];
    this.#outboxCalls = 0;
    this.#wire.elementCount = 0;
    this.#port.postMessage(message);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#wakeUp, 0, 1);
    Atomics.notify(this.#wakeUp, 0);
  }

  #resolveAnswers(answers: [unknown[], [number, SentError][] | null] | null): void {
    if (answers === null) return;
    const [results, errors] = answers;
    const failed = errors === null ? null : new Map(errors);
    for (let place = 0; place < results.length; place++) {
      const waiting = this.#waiting[this.#firstWaiting] as Waiting;
      // The list is shortened only now and then: what stayed in it meanwhile would outlive its generation of the heap.
      this.#waiting[this.#firstWaiting] = null;
      this.#firstWaiting += 1;
      const error = failed?.get(place);
      if (error === undefined) waiting.resolve(results[place]);
      else waiting.reject(receiveError(error));
    }
    if (this.#waitingCount() === 0) {
      this.#waiting.length = 0;
      this.#firstWaiting = 0;
      this.#port?.unref();
    } else if (this.#firstWaiting > 4_096) {
      this.#waiting.splice(0, this.#firstWaiting);
      this.#firstWaiting = 0;
    }
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    const waiting = this.#waiting.splice(this.#firstWaiting);
    this.#waiting.length = 0;
    this.#firstWaiting = 0;
    this.#port?.close();
    for (const one of waiting) one?.reject(this.#ended);
  }
}
