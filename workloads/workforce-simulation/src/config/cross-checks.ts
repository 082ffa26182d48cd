// Rules across several settings. Each problem names the setting, the value found and what to write instead.
import type { Assumptions } from "./assumptions.js";
import { decimalText, growUnits, unitsOf, unitsText } from "./decimal.js";
import { baseYearOf, knownLimits } from "./year-parameters.js";

export interface CrossCheckIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Tolerance for shares that should add up to 1: the rounding of six decimals. */
const SUM_TOLERANCE = 1e-9;

export function crossCheck(of: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  return [
    ...checkShares(of),
    ...checkTwice(of),
    ...checkBands("ageBands", of.ageBands),
    ...checkBands("tenureBands", of.tenureBands),
    ...checkBands("core", of.core),
    ...checkLevels(of),
    ...checkMatch(of),
    ...checkPromotion(of),
    ...checkPlan(of),
    ...checkColaYears(of, years),
    ...checkBandGrowth(of, years),
    ...checkLimits(of, years),
    ...checkLimitOrder(of),
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

function checkTwice({ newHires, raiseMonths }: Assumptions): CrossCheckIssue[] {
  const twice = (values: readonly number[], path: readonly string[], name: string): CrossCheckIssue[] =>
    values.flatMap((value, place) =>
      values.indexOf(value) < place
        ? [{ path: [...path, place, name], message: `${value} is listed twice; add the shares` }]
        : [],
    );
  return [
    ...twice(
      newHires.ages.map(({ age }) => age),
      ["newHires", "ages"],
      "age",
    ),
    ...twice(
      raiseMonths.map(({ month }) => month),
      ["raiseMonths"],
      "month",
    ),
  ];
}

/** A spread that goes below zero or above the cap would be clipped there, which would change the mean. */
function checkPromotion({ promotion }: Assumptions): CrossCheckIssue[] {
  const { raiseMean, raiseSpread, raiseCap } = promotion;
  if (raiseCap < raiseMean) {
    return [{ path: ["promotion", "raiseCap"], message: `${raiseCap} is below raiseMean, ${raiseMean}` }];
  }
  const most = Math.min(raiseMean, raiseCap - raiseMean);
  if (unitsOf(raiseSpread, 6) <= unitsOf(most, 6)) return [];
  const message =
    raiseSpread > raiseMean
      ? `${raiseSpread} is above raiseMean, ${raiseMean}: raises below nothing would be clipped; at most ${decimalText(most, 6)}`
      : `raises of ${raiseMean} + ${raiseSpread} would be clipped at raiseCap, ${raiseCap}; at most ${decimalText(most, 6)}, or raise the cap`;
  return [{ path: ["promotion", "raiseSpread"], message }];
}

/** Reports enrollments at a rate of 0. */
function checkPlan({ autoEnrol, voluntary, ageBands }: Assumptions): CrossCheckIssue[] {
  const found: CrossCheckIssue[] = [];
  if (autoEnrol.isOn && autoEnrol.rate === 0) {
    found.push({ path: ["autoEnrol", "rate"], message: "0 enrols people at nothing; set autoEnrol.isOn to false" });
  }
  if (voluntary.rate === 0 && ageBands.some((band) => band.voluntary > 0)) {
    found.push({ path: ["voluntary", "rate"], message: "0 enrols people at nothing; set ageBands.voluntary to 0" });
  }
  return found;
}

function checkColaYears({ cola }: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  if (years.length === 0) return [];
  return Object.keys(cola.byYear)
    .filter((year) => !years.includes(Number(year)))
    .map((year) => ({
      path: ["cola", "byYear", year],
      message: `${year} is outside ${spanOf(years)}; remove it, or simulate that year`,
    }));
}

const spanOf = (years: readonly number[]) => (years.length === 1 ? `${years[0]}` : `${years[0]} to ${years.at(-1)}`);

/** Amounts of a year's pay have at most ten digits before the decimal point. */
const PAY_MAX_CENTS = 999_999_999_999n;

function checkBandGrowth({ bandGrowth, levels }: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  const top = levels.at(-1);
  const last = years.at(-1);
  if (top === undefined || last === undefined) return [];
  const cents = growUnits(unitsOf(top.max, 2), bandGrowth, years.length - 1);
  if (cents <= PAY_MAX_CENTS) return [];
  const message = `${bandGrowth} a year makes the highest pay band ${unitsText(cents, 2)} dollars in ${last}, ${unitsText(PAY_MAX_CENTS, 2)} is the most`;
  return [{ path: ["bandGrowth"], message }];
}

function checkLimits({ limits }: Assumptions, years: readonly number[]): CrossCheckIssue[] {
  const known = Object.keys(knownLimits(limits.byYear))
    .map(Number)
    .sort((a, b) => a - b);
  const [first] = known;
  const [start] = years;
  if (first === undefined || start === undefined) return [];
  if (start < first) {
    const message = `nothing is known for ${start}; add limits.byYear.${start}, or start in ${first} or later`;
    return [{ path: ["limits", "byYear"], message }];
  }
  // Each year uses its own limits or those of an earlier year, and also the threshold of the year before.
  const used = new Set([start - 1, ...years].map((year) => baseYearOf(limits.byYear, year)));
  return Object.keys(limits.byYear)
    .filter((year) => !used.has(Number(year)))
    .map((year) => ({
      path: ["limits", "byYear", year],
      message: `${year} plays no part in ${spanOf(years)}; remove it`,
    }));
}

/** A catch-up limit includes the base limit; contributions of one kind are part of the total. */
function checkLimitOrder({ limits }: Assumptions): CrossCheckIssue[] {
  const pairs = [
    ["deferralFrom50", "deferral"],
    ["deferralFrom60", "deferralFrom50"],
    ["annualAdditions", "deferral"],
    ["compensation", "annualAdditions"],
  ] as const;
  return Object.entries(limits.byYear).flatMap(([year, of]) =>
    pairs
      .filter(([upper, lower]) => of[upper] < of[lower])
      .map(([upper, lower]) => ({
        path: ["limits", "byYear", year, upper],
        message: `${of[upper]} is below ${lower}, ${of[lower]}`,
      })),
  );
}

/**
 * Returns notes about values held at a bound, which may be intended: written to the log and the report. New hires are
 * paid within their band, so a position beyond either end means that end.
 */
export function notesOn(
  of: Pick<Assumptions, "newHires" | "levels" | "autoEnrol" | "voluntary" | "escalation">,
): string[] {
  return [...positionNotes(of), ...escalationNotes(of)];
}

function positionNotes({ newHires, levels }: Pick<Assumptions, "newHires" | "levels">): string[] {
  const { positionBase, positionLevelStep, positionSpread } = newHires;
  const clipped = levels.filter((_, place) => {
    const at = positionBase + positionLevelStep * place;
    return unitsOf(at - positionSpread, 6) < 0n || unitsOf(at + positionSpread, 6) > 1_000_000n;
  });
  if (clipped.length === 0) return [];
  const names = clipped.map(({ name }) => name).join(", ");
  return [
    `Pay of new hires is held at the ends of the band for ${names}: newHires.positionBase, positionLevelStep and positionSpread reach beyond them.`,
  ];
}

/** A cap below the rate at which people enroll. */
function escalationNotes({
  autoEnrol,
  voluntary,
  escalation,
}: Pick<Assumptions, "autoEnrol" | "voluntary" | "escalation">): string[] {
  if (escalation.step === 0 || escalation.share === 0) return [];
  const above = [
    ...(autoEnrol.isOn && autoEnrol.rate >= escalation.cap ? [`autoEnrol.rate, ${autoEnrol.rate}`] : []),
    ...(voluntary.rate >= escalation.cap ? [`voluntary.rate, ${voluntary.rate}`] : []),
  ];
  return above.map(
    (rate) => `escalation.cap, ${escalation.cap}, is not above ${rate}: nobody who enrolls at that rate escalates.`,
  );
}
