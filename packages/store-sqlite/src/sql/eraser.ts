/** Removes rows for an erasure, or only counts them for its preview, and the runs that may hold some. */
import type { KeyTraces, RunId } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import type { SqlValue } from "../driver.js";

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
  remove(table: string, where: string, ...values: SqlValue[]): number {
    if (!this.isDry) return this.ctx.run(`DELETE FROM ${table} WHERE ${where}`, ...values);
    return this.ctx.get<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`, ...values)?.n ?? 0;
  }

  change(sql: string, ...values: SqlValue[]): void {
    if (!this.isDry) this.ctx.run(sql, ...values);
  }
}

export interface DependentRun {
  readonly run_k: number;
  readonly run_id: RunId;
}
