/** Removes rows for an erasure, or only counts them for its preview, and the runs that may hold some. */
import type { KeyTraces, RunId } from "@holdfast/core";
import type { SqlContext, SqlValue } from "../context.js";

/** The counters of `KeyTraces`, while they are counted. */
export type Counts = { -readonly [K in keyof KeyTraces as KeyTraces[K] extends number ? K : never]: number };

/** Removes rows, or, for a preview, only counts them. */
export class Eraser {
  readonly counts: Counts = {
    ...{ rows: 0, results: 0, failures: 0, attempts: 0, paid: 0, checkpoints: 0, words: 0, erasedBefore: 0 },
  };

  constructor(
    readonly ctx: SqlContext,
    readonly isDry: boolean,
  ) {}

  /** How many rows of the table it is. */
  async remove(table: string, where: string, ...values: SqlValue[]): Promise<number> {
    if (!this.isDry) return await this.ctx.run(`DELETE FROM ${table} WHERE ${where}`, ...values);
    return (await this.ctx.get<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, ...values))?.n ?? 0;
  }

  async change(sql: string, ...values: SqlValue[]): Promise<void> {
    if (!this.isDry) await this.ctx.run(sql, ...values);
  }
}

export interface DependentRun {
  readonly run_k: number;
  readonly run_id: RunId;
}
