/**
 * Figures as people read them: separators, no-break spaces before units, ranges with their unit once. What is not known has a
 * word of its own where it is shown; nothing here makes a number of it.
 */
const NBSP = " ";
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 8,412 */
export const count = (value: number): string => whole.format(value).replace("-", "−");

/** 69.6 %; whole where it is a whole, and never 100 before everything is done. */
export function percent(share: number): string {
  const tenths = Math.floor(share * 1_000) / 10;
  const text = share >= 1 ? "100" : Number.isInteger(tenths) ? String(tenths) : tenths.toFixed(1);
  return `${text}${NBSP}%`;
}

/** $4.71; four decimals under ten cents; none from a thousand on. */
export function usd(value: number): string {
  if (value === 0) return "$0.00";
  const digits = Math.abs(value) < 0.1 ? 4 : Math.abs(value) >= 1_000 ? 0 : 2;
  const text = new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${value < 0 ? "−" : ""}$${text.format(Math.abs(value))}`;
}

/** $41.19–61.79; one amount where both are worded alike. */
export function usdRange([low, high]: readonly [number, number]): string {
  const [from, to] = [usd(low), usd(high)];
  return from === to ? from : `${from}–${to.replace("$", "")}`;
}

/** 18.2/s, 0.4/s, 12/min: the unit in which there is a figure before the point. */
export function rate(perS: number): { readonly value: string; readonly unit: string } {
  if (perS >= 100) return { value: count(perS), unit: "/s" };
  if (perS >= 0.1) return { value: perS.toFixed(1), unit: "/s" };
  const perMin = perS * 60;
  return { value: perMin >= 10 ? count(perMin) : perMin.toFixed(1), unit: "/min" };
}

/** 4.1 MB */
export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1_000 && unit < units.length - 1) {
    size /= 1_000;
    unit++;
  }
  const text = unit === 0 || size >= 100 ? whole.format(size) : size.toFixed(1).replace(/\.0$/, "");
  return `${text}${NBSP}${units[unit]}`;
}

/** 1 item, 2 items. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
