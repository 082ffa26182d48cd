// Reads and searches sources in a separate process with a memory limit and a time limit. A file that exceeds one ends
// that process, never the one that runs the workflow. The error names the file, the limit and the remedy.
import { plural } from "holdfast/extend";
import {
  GuardedProcess,
  GuardedProcessEndedError,
  GuardedProcessFailedError,
  type GuardLimits,
} from "../guarded/guarded-process.js";
import type { SourceDocument } from "./read-source.js";
import type { ReadDocument, ReadingQuestion } from "./reading-protocol.js";
import type { SourceFile } from "./source-files.js";
import { SourceUnreadableError } from "./source-unreadable.js";

export interface ReadingOptions {
  /** Compiled module that calls `answerReading`. */
  readonly entry: URL;
  /** Limits for each file, and for the search over all files. */
  readonly limits: GuardLimits;
  /** How to raise the limits, for messages: "raise sourceLimits of marketResearch() in the project's configuration". */
  readonly toRaise: string;
  readonly signal?: AbortSignal | undefined;
}

interface Asking {
  readonly path: string;
  readonly doing: string;
  readonly cure: string;
  readonly limits?: GuardLimits;
}

export class ReadingProcess<Question, Found> {
  private readonly process: GuardedProcess;
  private readonly paths: string[] = [];
  private gone = false;

  constructor(private readonly options: ReadingOptions) {
    this.process = new GuardedProcess(options.entry);
  }

  /** Reads a file. @throws {SourceUnreadableError} SOURCE_UNREADABLE, also if the file exceeds the memory or time limit. */
  async read(file: SourceFile): Promise<ReadDocument> {
    this.paths.push(file.path);
    const answer = await this.ask({ kind: "read", file }, { path: file.path, doing: "reading it", cure: this.cure() });
    return answer as ReadDocument;
  }

  /**
   * Reads a file and returns its text, which the process does not keep. `timeMsMax` replaces the time limit.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE
   */
  async take(file: SourceFile, timeMsMax?: number): Promise<SourceDocument> {
    const limits = timeMsMax === undefined ? this.options.limits : { ...this.options.limits, timeMsMax };
    const answer = await this.ask(
      { kind: "take", file },
      { path: file.path, doing: "reading it", cure: this.cure(), limits },
    );
    return answer as SourceDocument;
  }

  /** Whether the process has ended, at a limit or by itself. It then refuses further questions. */
  get isGone(): boolean {
    return this.gone;
  }

  /**
   * Searches the files read. @throws {SourceUnreadableError} SOURCE_UNREADABLE if the files together are too large to
   * search.
   */
  async search(question: Question): Promise<Found> {
    const path = this.paths.length === 1 ? (this.paths[0] ?? "") : plural(this.paths.length, "file");
    const cure = `Give fewer or shorter files, or ${this.options.toRaise}.`;
    return (await this.ask({ kind: "search", question }, { path, doing: "searching the text", cure })) as Found;
  }

  private cure(): string {
    return `Supply a smaller or simpler version (a PDF as text, for instance), leave it out, or ${this.options.toRaise}.`;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async ask(
    question: ReadingQuestion,
    { path, doing, cure, limits = this.options.limits }: Asking,
  ): Promise<unknown> {
    const { signal } = this.options;
    try {
      return await this.process.ask(question, limits, signal);
    } catch (thrown) {
      if (thrown instanceof GuardedProcessFailedError && isUnreadable(thrown.problem.details)) {
        throw new SourceUnreadableError(thrown.problem.details, thrown);
      }
      if (!(thrown instanceof GuardedProcessEndedError)) throw thrown;
      this.gone = true;
      const reasons = {
        memory: `${doing} needs more than the ${limits.memoryMbMax} MB of memory it may take`,
        time: `${doing} takes longer than the ${limits.timeMsMax / 1000} s it may take`,
      };
      const reason =
        thrown.limit === null ? `the process that reads broke off (${thrown.message})` : reasons[thrown.limit];
      throw new SourceUnreadableError({ path, reason, cure }, thrown);
    }
  }
}

function isUnreadable(details: unknown): details is { path: string; reason: string; cure: string } {
  return (
    typeof details === "object" && details !== null && "reason" in details && "cure" in details && "path" in details
  );
}
