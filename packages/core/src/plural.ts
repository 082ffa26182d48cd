/** Counts for people: the one place that chooses singular or plural. */

/** `plural(1, "item")` → "1 item", `plural(42000, "item")` → "42,000 items". Pass `many` for irregular plurals. */
export function plural(count: number, one: string, many = `${one}s`): string {
  // A fraction ("over 0.5 days") is shown as given, since rounding would change a limit.
  const shown = Number.isInteger(count) ? formatCount(count) : String(count);
  return `${shown} ${count === 1 ? one : many}`;
}

/** Formats 42000 as "42,000" in every locale, since scripts compare logs. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
