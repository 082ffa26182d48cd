/** Every run of a cleanup as a file: what a screen cannot show of ten thousand. By its ending CSV, else a JSON line for each. */
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

  /** For `onRun` of a cleanup. */
  readonly take = (run: CleanupRun): void => {
    const finishedAt = new Date(run.finishedAt).toISOString();
    const line = this.isCsv
      ? csvLine(COLUMNS.map((column) => (column === "finishedAt" ? finishedAt : run[column])))
      : `${JSON.stringify({ ...run, finishedAt: run.finishedAt })}\n`;
    this.lines.push(line);
  };

  /** Answers what to say. @throws {WrongUseError} WRONG_USE — if the folder does not exist or is not writable. */
  async write(): Promise<string> {
    await writeWholeText(this.file, [...(this.isCsv ? [csvLine(COLUMNS)] : []), ...this.lines]);
    return `Written: ${this.file} (${plural(this.lines.length, "run")})`;
  }
}
