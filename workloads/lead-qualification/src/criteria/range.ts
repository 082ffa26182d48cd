// A number within bounds. With `zeroBelow` or `zeroAbove` the fit falls to 0 gradually, otherwise at once.
import type { CriterionOf } from "../profile/schema.js";
import { amountOf, type Cells, numberOf } from "../prospect/cells.js";
import { type Judgement, roundShare, shorten, unknown } from "./judgement.js";

export function judgeRange(criterion: CriterionOf<"range">, cells: Cells): Judgement {
  const { field, min, max, currency } = criterion;
  const given = amountOf(cells, field);
  if (given === null) return unknown(`${field} is empty`);
  const read = numberOf(given);
  if (read.value === null) return unknown(`${field} "${shorten(String(given))}" is no number`);
  if (read.currency !== null && read.currency !== currency) {
    const wanted = currency === undefined ? "the criterion names no currency" : `the criterion is in ${currency}`;
    return unknown(`${field} "${shorten(String(given))}" is in ${read.currency}, ${wanted}`);
  }
  const { value } = read;
  const said = `${field} ${value}${read.isExact ? "" : ` (written "${shorten(String(given))}")`}`;
  const fit = roundShare(fitOf(value, criterion));
  if (fit === 1) return { fit, why: `${said} is ${boundsOf(min, max)}` };
  const side = min !== undefined && value < min ? `below ${min}` : `above ${max}`;
  return { fit, why: `${said} is ${side}${fit > 0 ? `, not by far: ${Math.round(fit * 100)} %` : ""}` };
}

function fitOf(value: number, { min, max, zeroBelow, zeroAbove }: CriterionOf<"range">): number {
  if (min !== undefined && value < min) {
    return zeroBelow === undefined ? 0 : Math.max(0, (value - zeroBelow) / (min - zeroBelow));
  }
  if (max !== undefined && value > max) {
    return zeroAbove === undefined ? 0 : Math.max(0, (zeroAbove - value) / (zeroAbove - max));
  }
  return 1;
}

function boundsOf(min: number | undefined, max: number | undefined): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `within ${min} to ${max}`;
}
