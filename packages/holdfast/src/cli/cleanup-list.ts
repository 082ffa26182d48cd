/** Writes the list of a cleanup's runs to a file, since a screen cannot show ten thousand: CSV by its extension, otherwise one JSON line each. */
import { extname, resolve } from "node:path";
import { plural } from "@holdfast/core";
import type { CleanupRun } from "@holdfast/engine";
import { csvLine } from "../files/csv.js";
import { writeWholeText } from "../files/whole-file.js";

const COLUMNS = ["runId", "workflow", "owner", "status", "finishedAt", "sizeBytes"] as const;

export class CleanupList {
  private readonly lines: string[] = [];
  private readonly isCsv: boolean;
  private readonly file: string;

  constructor(cwd: string, out: string) {
    this.file = resolve(cwd, out);
    this.isCsv = extname(this.file).toLowerCase() === ".csv";
  }

  /** Callback for `onRun` of a cleanup. */
  readonly take = (run: CleanupRun): void => {
    const finishedAt = new Date(run.finishedAt).toISOString();
    const line = this.isCsv
      ? csvLine(COLUMNS.map((column) => (column === "finishedAt" ? finishedAt : run[column])))
      : `${JSON.stringify({ ...run, finishedAt: run.finishedAt })}\n`;
    this.lines.push(line);
  };

  /** Returns the message to print. @throws {WrongUseError} WRONG_USE — if the folder does not exist or is not writable. */
  async write(): Promise<string> {
    await writeWholeText(this.file, [...(this.isCsv ? [csvLine(COLUMNS)] : []), ...this.lines]);
    return `Written: ${this.file} (${plural(this.lines.length, "run")})`;
  }
}
