// Decimal numbers as whole numbers of their smallest unit: money in cents, rates in millionths. Amounts of money never
// pass through binary fractions, in which 0.1 is not exactly a tenth. Values from people or files are read digit by
// digit.

const MILLION = 1_000_000n;

/**
 * Returns the units of a decimal text (`85000.5` with 2 decimals is 8,500,050), rounded half up. Returns null if the
 * text is not a plain decimal number: hexadecimal, exponents, thousands separators, currency signs.
 */
export function parseUnits(text: string, decimals: number): bigint | null {
  const match = text.match(/^([+-]?)(\d+)(?:\.(\d*))?$/) ?? text.match(/^([+-]?)()\.(\d+)$/);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  const kept = fraction.slice(0, decimals).padEnd(decimals, "0");
  const units = BigInt(`${whole || "0"}${kept}`) + (Number(fraction[decimals] ?? "0") >= 5 ? 1n : 0n);
  return sign === "-" ? -units : units;
}

/** Number of significant decimals of a text: `1.500` has one. */
export function decimalsOf(text: string): number {
  return (text.split(".")[1] ?? "").replace(/0+$/, "").length;
}

/**
 * Returns the units of a setting or cell that is already a number. Its shortest text is the value as written. Digits
 * beyond what a double carries exactly (15) are rounding noise of a computed cell, and are rounded away.
 */
export function unitsOf(value: number, decimals: number): bigint {
  const text = String(value);
  const units = parseUnits(text, decimals);
  if (units !== null) return units;
  // Very large or very small: `1e-7`.
  return parseUnits(value.toFixed(Math.min(20, decimals + 6)), decimals) ?? 0n;
}

/** Formats units: `8500050n` with 2 decimals is `85000.50`. */
export function unitsText(units: bigint, decimals: number): string {
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${units < 0n ? "-" : ""}${whole}${decimals === 0 ? "" : `.${digits.slice(-decimals)}`}`;
}

/** Formats a number as plain text with at most this many decimals, without trailing zeros. */
export function decimalText(value: number, decimals: number): string {
  const text = unitsText(unitsOf(value, decimals), decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, "");
}

/**
 * Returns an amount after some years of growth, in its units, rounded half up each year. `rate` is a share with six
 * decimals.
 */
export function growUnits(units: bigint, rate: number, years: number): bigint {
  const factor = MILLION + unitsOf(rate, 6);
  let grown = units;
  for (let year = 0; year < years; year++) grown = (grown * factor * 2n + MILLION) / (2n * MILLION);
  return grown;
}

/** Returns (1 + rate) to the power of `years` as a decimal text, truncated after `decimals`. */
export function compoundText(rate: number, years: number, decimals: number): string {
  const power = (MILLION + unitsOf(rate, 6)) ** BigInt(years);
  const scaled = (power * 10n ** BigInt(decimals)) / MILLION ** BigInt(years);
  return unitsText(scaled, decimals);
}
