// Rules that span several settings. Each problem names the setting, what was found and what to write instead.
import type { Assumptions } from "./assumptions.js";
import { knownLimits } from "./year-parameters.js";

export interface CrossCheckIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** How far shares may be from 1: the rounding of six decimals. */
const SUM_TOLERANCE = 1e-9;

export function crossCheck(of: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  return [
    ...checkShares(of),
    ...checkBands("ageBands", of.ageBands),
    ...checkBands("tenureBands", of.tenureBands),
    ...checkBands("core", of.core),
    ...checkLevels(of),
    ...checkMatch(of),
    ...checkPromotion(of),
    ...checkLimits(of, years),
  ];
}

function checkShares(of: Assumptions): CrossCheckIssue[] {
  const lists = [
    ["newHires.ages", of.newHires.ages.map(({ share }) => share)],
    ["raiseMonths", of.raiseMonths.map(({ share }) => share)],
    ["levels", of.levels.map(({ hireShare }) => hireShare)],
  ] as const;
  return lists.flatMap(([path, shares]) => {
    const sum = shares.reduce((total, share) => total + share, 0);
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) return [];
    const what = path === "levels" ? "hireShare" : "share";
    return [{ path: path.split("."), message: `${what} sums to ${Number(sum.toFixed(9))}, 1 is expected` }];
  });
}

function checkBands(
  name: "ageBands" | "tenureBands" | "core",
  bands: readonly { readonly from: number }[],
): CrossCheckIssue[] {
  const found: CrossCheckIssue[] = [];
  if (bands[0]?.from !== 0) found.push({ path: [name, 0, "from"], message: "the first band starts at 0" });
  for (const [place, band] of bands.entries()) {
    const before = bands[place - 1];
    if (before !== undefined && band.from <= before.from) {
      found.push({ path: [name, place, "from"], message: `${band.from} is not above ${before.from}, the band before` });
    }
  }
  return found;
}

function checkLevels({ levels }: Assumptions): CrossCheckIssue[] {
  return levels.flatMap((level, place) => {
    const found: CrossCheckIssue[] = [];
    const before = levels[place - 1];
    if (level.max <= level.min) {
      found.push({ path: ["levels", place, "max"], message: `${level.max} is not above min, ${level.min}` });
    }
    if (before !== undefined && level.id <= before.id) {
      found.push({
        path: ["levels", place, "id"],
        message: `${level.id} is not above ${before.id}; list the lowest first`,
      });
    }
    if (before !== undefined && level.min <= before.min) {
      found.push({
        path: ["levels", place, "min"],
        message: `${level.min} is not above ${before.min}, the level below`,
      });
    }
    return found;
  });
}

function checkMatch({ match }: Assumptions): CrossCheckIssue[] {
  return match.flatMap(({ upTo }, place) => {
    const before = match[place - 1]?.upTo ?? 0;
    return upTo > before ? [] : [{ path: ["match", place, "upTo"], message: `${upTo} is not above ${before}` }];
  });
}

function checkPromotion({ promotion }: Assumptions): CrossCheckIssue[] {
  if (promotion.raiseCap >= promotion.raiseMean) return [];
  const message = `${promotion.raiseCap} is below raiseMean, ${promotion.raiseMean}`;
  return [{ path: ["promotion", "raiseCap"], message }];
}

function checkLimits({ limits }: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  const known = Object.keys(knownLimits(limits.byYear))
    .map(Number)
    .sort((a, b) => a - b);
  const [first] = known;
  const [start] = years;
  if (first === undefined || start === undefined || start >= first) return [];
  const message = `nothing is known for ${start}; add limits.byYear.${start}, or start in ${first} or later`;
  return [{ path: ["limits", "byYear"], message }];
}
