// The run's side of the process that has the database open: starts it, sends requests, and interprets its end.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CensusRow } from "../census/row.js";
import { DatabaseError, type Failure } from "../database/failure.js";
import type { AnswerOf, ArgumentOf, FromProcess, OpenRequest, RequestName, ToProcess } from "./protocol.js";

const ENTRY = fileURLToPath(new URL("./main.js", import.meta.url));
/** Threads besides the models' connections: the commit, the cache's files, and a reserve. */
const FURTHER_THREADS = 4;

/** Usual cause of a signal that we did not send. */
const HINTS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: ", most often since the machine or its control group was out of memory (--memory-limit-mb makes it smaller)",
  SIGXFSZ: ", since a file reached the limit of its size (ulimit -f)",
};

/** For a process that lives and takes no requests. */
const OUR_SIGNAL = "SIGHUP";

export interface ProcessListener {
  readonly onNotice: (notice: string) => void;
  readonly onProgress: (year: number, done: number, total: number) => void;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: DatabaseError) => void;
}

export class SimulationProcess {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private ended: Failure | null = null;
  /** Why a request could not be sent. */
  private unsent: string | null = null;
  listener: ProcessListener | null = null;

  private constructor(
    private readonly child: ChildProcess,
    private readonly file: string,
  ) {
    child.on("message", (message: FromProcess) => this.take(message));
    child.on("error", (error) => this.end(`could not be started: ${error.message}`));
    child.on("exit", (code, signal) => {
      if (this.unsent !== null && signal === OUR_SIGNAL) this.end(`cannot be reached: ${this.unsent}`);
      else this.end(signal === null ? `ended with code ${code}` : `was ended by ${signal}${HINTS[signal] ?? ""}`);
    });
  }

  /** The process's pid, which DuckDB reports to others that want the file. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  get isOver(): boolean {
    return this.ended !== null;
  }

  /**
   * Starts the process and opens the database there. Its command line contains file, run and start time, so that
   * whoever finds the file held can see by what.
   * @throws {DatabaseError} if the file cannot be opened; the process is gone then.
   */
  static async start(
    request: OpenRequest,
    people: readonly (readonly CensusRow[])[],
    sinceMs: number,
  ): Promise<SimulationProcess> {
    const words = [`--run=${request.identity.runId}`, `--since=${new Date(sinceMs).toISOString()}`, request.file];
    const made = SimulationProcess.spawn(request.file, words, request.resources.connectionCount);
    try {
      for (const rows of people) await made.ask("addPeople", rows);
      await made.ask("open", request);
      return made;
    } catch (thrown) {
      await made.stop();
      throw thrown;
    }
  }

  /**
   * Returns the tables of a database file, read in a separate process that ends with the answer: a file that crashes
   * the database must not take the run with it.
   * @throws {DatabaseError} held, corrupt and others.
   */
  static async lookAt(file: string): Promise<readonly string[]> {
    const made = SimulationProcess.spawn(file, ["--look", file], 1);
    try {
      return await made.ask("look", file);
    } finally {
      await made.stop();
    }
  }

  static spawn(file: string, words: readonly string[], connectionCount: number): SimulationProcess {
    const child = fork(ENTRY, words, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      // The process needs nothing from the run's environment.
      env: { UV_THREADPOOL_SIZE: String(connectionCount + FURTHER_THREADS) },
      execArgv: [],
    });
    return new SimulationProcess(child, file);
  }

  async ask<R extends RequestName>(name: R, argument: ArgumentOf<R>): Promise<AnswerOf<R>> {
    if (this.ended !== null) throw new DatabaseError(this.ended);
    const id = this.nextId++;
    return new Promise<AnswerOf<R>>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.child.send({ id, name, argument } satisfies ToProcess, (error) => {
        if (error === null) return;
        // Most often the process is gone, and its exit, which says why, not told yet.
        this.unsent ??= error.message;
        this.child.kill(OUR_SIGNAL);
      });
    });
  }

  /** Closes the database and ends the process. Resolves once it is gone. */
  async stop(): Promise<void> {
    const isGone = new Promise<void>((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) resolve();
      else this.child.once("exit", () => resolve());
    });
    await this.ask("close", undefined).catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await isGone;
  }

  private take(message: FromProcess): void {
    if ("notice" in message) this.listener?.onNotice(message.notice);
    else if ("year" in message) this.listener?.onProgress(message.year, message.done, message.total);
    else {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if ("failure" in message) waiting?.reject(new DatabaseError(message.failure));
      else waiting?.resolve(message.answer);
    }
  }

  private end(how: string): void {
    this.ended ??= {
      kind: "gone",
      file: this.file,
      problem: `the process that had the database open ${how}. Years that are written stay: resume the run`,
    };
    const error = new DatabaseError(this.ended);
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
