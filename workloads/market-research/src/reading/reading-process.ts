/**
 * The sources, read and searched in a process of their own with a limit of memory and one of time. A file that passes one
 * ends that process, never the one that runs the workflow; the error names the file, the limit and the cure.
 */
import {
  GuardedProcess,
  GuardedProcessEndedError,
  GuardedProcessFailedError,
  type GuardLimits,
} from "@holdfast/workload-kit";
import { plural } from "holdfast/extend";
import { SourceUnreadableError } from "../errors.js";
import type { Question, Retrieval } from "../retrieval/retrieve.js";
import type { SourceFile } from "../sources/source-files.js";
import type { ReadDocument, ReadingAnswers, ReadingQuestion } from "./reading-protocol.js";

const TO_RAISE = "or raise sourceLimits of marketResearch() in the project's configuration";

export class ReadingProcess {
  private readonly process = new GuardedProcess(entry());
  private readonly paths: string[] = [];

  constructor(
    private readonly limits: GuardLimits,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws {SourceUnreadableError} SOURCE_UNREADABLE — also where the file needs more memory or time than it may. */
  async read(file: SourceFile): Promise<ReadDocument> {
    this.paths.push(file.path);
    const cure = `Supply a smaller or simpler version (a PDF as text, for instance), leave it out, ${TO_RAISE}.`;
    return this.ask({ kind: "read", file }, { path: file.path, doing: "reading it", cure });
  }

  /** @throws {SourceUnreadableError} SOURCE_UNREADABLE — the files together are too much to search. */
  async retrieve(question: Question): Promise<Retrieval> {
    const path = this.paths.length === 1 ? (this.paths[0] ?? "") : plural(this.paths.length, "file");
    const cure = `Give fewer or shorter files, ${TO_RAISE}.`;
    return this.ask({ kind: "retrieve", question }, { path, doing: "searching the text", cure });
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async ask<Q extends ReadingQuestion>(
    question: Q,
    { path, doing, cure }: { path: string; doing: string; cure: string },
  ): Promise<ReadingAnswers[Q["kind"]]> {
    try {
      return (await this.process.ask(question, this.limits, this.signal)) as ReadingAnswers[Q["kind"]];
    } catch (thrown) {
      if (thrown instanceof GuardedProcessFailedError && isUnreadable(thrown.problem.details)) {
        throw new SourceUnreadableError(thrown.problem.details, thrown);
      }
      if (!(thrown instanceof GuardedProcessEndedError)) throw thrown;
      const { memoryMbMax, timeMsMax } = this.limits;
      const reasons = {
        memory: `${doing} needs more than the ${memoryMbMax} MB of memory it may take`,
        time: `${doing} takes longer than the ${timeMsMax / 1000} s it may take`,
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

/** Tests load this file from `src`, where no compiled process lies beside it: it is in `dist` then. */
function entry(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "../../dist/reading/reading-main.js" : "./reading-main.js", import.meta.url);
}
