// Rows that cannot be used, gathered: a person corrects a file once, not once for each row.

import { describeRow, RowInvalidError } from "@holdfast/core";

/** What a person reads before opening the file. */
const ROWS_TOLD_MAX = 20;
const LEAVE_OUT = "leave such rows out with --on-bad-row=skip";

export class BadRows {
  private readonly first: RowInvalidError[] = [];
  private count = 0;

  add(problem: RowInvalidError): void {
    this.count++;
    if (this.first.length < ROWS_TOLD_MAX) this.first.push(problem);
  }

  /** Nothing where every row was fine. @throws {RowInvalidError} ROW_INVALID — naming the first 20 of them, and how many there are. */
  throwIfAny(): void {
    const [first] = this.first;
    if (first === undefined) return;
    const rows = this.first.map(({ what, details: { rowNumber, key, column } }) => ({ rowNumber, key, column, what }));
    const details = { ...first.details, count: this.count, rows };
    if (this.count === 1) throw new RowInvalidError(first.what, `${first.cure}, or ${LEAVE_OUT}`, details);
    const lines = rows.map(({ what, ...place }) => `\n  ${describeRow(place).join(", ")}: ${what}`);
    if (this.count > rows.length) lines.push(`\n  and ${this.count - rows.length} more`);
    throw new RowInvalidError(
      `${this.count} rows cannot be used:${lines.join("")}`,
      `\nCorrect them, or ${LEAVE_OUT}`,
      details,
    );
  }
}
