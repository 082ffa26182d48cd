// Reads the date from a document's name: "1862_abraham_lincoln.txt", "2024-03-05 minutes.md", "report-20240305.txt".
// Pure.

/** Years accepted for documents: 1500 to 2099. */
const DATE = /(?<!\d)(1[5-9]\d{2}|20\d{2})(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)/;

/**
 * Returns "1862", "2024-03" or "2024-03-05"; null if the name has no date. The file's own name takes precedence over
 * its folders'.
 */
export function dateIn(name: string): string | null {
  const parts = name.split("/").reverse();
  for (const part of parts) {
    const found = DATE.exec(part);
    if (found !== null)
      return found
        .slice(1)
        .filter((one) => one !== undefined)
        .join("-");
  }
  return null;
}

/** Returns a date for the axis of a chart: the first day of the period. */
export function firstDay(date: string): string {
  return [date, "01", "01"].join("-").slice(0, 10);
}
