// Hostile or damaged files are read in a separate process with a memory limit and a time limit, and killed at either. A
// thread would not do: its limits cover the JavaScript heap but not the buffers that an unpacking reader fills, and its
// death can end the whole process. This is the parent's side; `answer-questions.ts` is the process's.

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, PlainError, Question } from "./protocol.js";

const MB = 1024 ** 2;
/** Heap size of the process, in MB. Above every memory limit in use, so that the limit decides and not V8. */
const HEAP_MB = 4_096;

/**
 * How a process ends that took too much: killed by its watchdog, or by the system when memory runs out; or aborted by
 * V8 when an allocation fails (as a signal, or as a shell's exit code for it).
 */
const FATAL: ReadonlySet<string | number> = new Set(["SIGKILL", "SIGABRT", "SIGTRAP", 133, 134, 137]);

/** Limits for one question. */
export interface GuardLimits {
  /** Maximum memory in MB beyond what the process already uses, including buffers. */
  readonly memoryMbMax: number;
  /** Maximum time until the answer, in ms. */
  readonly timeMsMax: number;
}

/** The process was killed or ended before it answered. `limit` is the limit it reached, or null if it ended by itself. */
export class GuardedProcessEndedError extends Error {
  override readonly name = "GuardedProcessEndedError";
  constructor(
    readonly limit: "memory" | "time" | null,
    message: string,
  ) {
    super(message);
  }
}

/** The process answered with an error. */
export class GuardedProcessFailedError extends Error {
  override readonly name = "GuardedProcessFailedError";
  constructor(readonly problem: PlainError) {
    super(problem.message);
  }
}

interface Waiting {
  readonly id: number;
  readonly limits: GuardLimits;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class GuardedProcess {
  readonly #child: ChildProcess;
  #waiting: Waiting | null = null;
  #nextId = 1;
  #isOutOfTime = false;
  #ended: GuardedProcessEndedError | null = null;

  /**
   * Starts the process. `entry` is a compiled module that calls `answerQuestions`. It gets neither the environment nor
   * the flags of this process.
   */
  constructor(entry: URL) {
    this.#child = fork(fileURLToPath(entry), [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: {},
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
    });
    this.#child.on("message", (answer: Answer) => this.#take(answer));
    this.#child.on("error", (error) => this.#end(null, `it could not be started: ${error.message}`));
    this.#child.on("exit", (code, signal) => {
      if (this.#isOutOfTime) this.#end("time", "it took too long");
      else if (FATAL.has(signal ?? code ?? 0)) this.#end("memory", "it took too much");
      else this.#end(null, signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`);
    });
  }

  /**
   * Sends a question and resolves to its answer. One question at a time.
   * @throws {GuardedProcessEndedError} if the process is gone: it reached a limit or ended by itself.
   * @throws {GuardedProcessFailedError} if the process answered with an error.
   */
  async ask(question: unknown, limits: GuardLimits, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#ended !== null) throw this.#ended;
    if (this.#waiting !== null) throw new Error("A guarded process answers one question at a time.");
    const id = this.#nextId++;
    const timer = setTimeout(() => {
      this.#isOutOfTime = true;
      this.#child.kill("SIGKILL");
    }, limits.timeMsMax);
    let onAbort: () => void = () => undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { id, limits, resolve, reject };
        onAbort = () => reject(signal?.reason);
        signal?.addEventListener("abort", onAbort, { once: true });
        const message: Question = { id, question, memoryBytesMax: limits.memoryMbMax * MB };
        this.#child.send(message, (error) => {
          if (error !== null) this.#end(null, `it cannot be reached: ${error.message}`);
        });
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#waiting = null;
    }
  }

  /** Ends the process, whatever it is doing, and resolves once it is gone. */
  async stop(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const isGone = new Promise<void>((resolve) => void this.#child.once("exit", () => resolve()));
    this.#end(null, "it was stopped");
    this.#child.kill("SIGKILL");
    await isGone;
  }

  #take(answer: Answer): void {
    if (answer.id !== this.#waiting?.id) return;
    if (answer.ok) this.#waiting.resolve(answer.value);
    else this.#waiting.reject(new GuardedProcessFailedError(answer.problem));
  }

  #end(limit: "memory" | "time" | null, how: string): void {
    this.#ended ??= new GuardedProcessEndedError(limit, how);
    this.#waiting?.reject(this.#ended);
  }
}
