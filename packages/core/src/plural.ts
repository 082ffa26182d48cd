/** Counts as people read them: the one place that puts a noun into its singular or plural. */

/** `plural(1, "item")` → "1 item", `plural(42000, "item")` → "42,000 items"; irregular plurals are given. */
export function plural(count: number, one: string, many = `${one}s`): string {
  // A fraction ("over 0.5 days") is told as it was given: rounded it would be another limit.
  const shown = Number.isInteger(count) ? formatCount(count) : String(count);
  return `${shown} ${count === 1 ? one : many}`;
}

/** 42000 → "42,000": the same in every locale, since scripts compare logs. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
