// The assumptions as a schema: every setting with its range, unit and default. `cross-checks.ts` has the rules across
// settings; `defaults.ts` has the sources of the defaults.
import { z } from "zod";
import {
  AGE_BANDS,
  CORE_TIERS,
  HIRE_AGES,
  LEVELS,
  MATCH_TIERS,
  RAISE_MONTHS,
  RATES,
  TENURE_BANDS,
} from "./defaults.js";

const SIX_DECIMALS = "at most six decimals are expected";
/** A probability or a share, with at most six decimals, the precision of the models. */
const share = (max = 1) => z.number().min(0).max(max).multipleOf(0.000_001, SIX_DECIMALS);
const multiplier = z.number().min(0).max(20).multipleOf(0.0001, "at most four decimals are expected");
const dollars = z
  .number()
  .positive()
  .max(99_999_999)
  .multipleOf(0.01, "dollars with at most two decimals are expected");
const wholeYears = z.int().min(0).max(99);
const days = z.int().min(0).max(3_650);

const limits = z.strictObject({
  deferral: dollars,
  deferralFrom50: dollars,
  deferralFrom60: dollars,
  compensation: dollars,
  highlyCompensated: dollars,
  annualAdditions: dollars,
});

export const ASSUMPTIONS = {
  growth: z
    .strictObject({
      headcount: z
        .number()
        .min(-0.5)
        .max(0.5)
        .multipleOf(0.000_001, SIX_DECIMALS)
        .default(RATES.headcountGrowth)
        .describe("Growth of the headcount a year, as a share: 0.03 is 3 %"),
    })
    .prefault({}),
  termination: z
    .strictObject({
      base: share(0.95)
        .default(RATES.termination)
        .describe("Share of people who leave within a year; multipliers say who, not how many"),
      levelStep: share().default(0.1).describe("Taken off the multiplier for each level above the lowest"),
      levelFloor: share().default(0.4).describe("The multiplier of a level is at least this"),
    })
    .prefault({}),
  newHires: z
    .strictObject({
      terminationRate: share(0.95)
        .default(RATES.newHireTermination)
        .describe("Share of a year's hires who leave within it"),
      positionBase: share().default(0.3).describe("Where the pay of a new hire lies in the band: lowest level"),
      positionLevelStep: share().default(0.1).describe("Added for each level above"),
      positionSpread: share(0.5).default(0.05).describe("Drawn up to so much below or above"),
      ages: z
        .array(z.strictObject({ age: z.int().min(14).max(80), share: share() }))
        .min(1)
        .max(50)
        .default(HIRE_AGES)
        .describe("Ages of new hires with their shares, which sum to 1"),
    })
    .prefault({}),
  promotion: z
    .strictObject({
      base: share()
        .default(RATES.promotion)
        .describe("Share of people promoted a year; multipliers say who, not how many"),
      levelStep: share().default(0.15).describe("Taken off the multiplier for each level above the lowest"),
      raiseMean: share().default(RATES.promotionRaise).describe("Raise on promotion, a share of pay"),
      raiseSpread: share().default(0.03).describe("Drawn up to so much below or above"),
      raiseCap: share().default(0.3).describe("At most so much, unless the floor of the new level asks for more"),
    })
    .prefault({}),
  cola: z
    .strictObject({
      rate: share(0.5).default(RATES.cola).describe("Cost-of-living raise a year, a share of pay"),
      byYear: z
        .record(z.string().regex(/^\d{4}$/), share(0.5))
        .default({})
        .describe("Other rates for single years: 2027: 0.025"),
    })
    .prefault({}),
  raiseMonths: z
    .array(z.strictObject({ month: z.int().min(3).max(12), share: share() }))
    .min(1)
    .max(10)
    .default(RAISE_MONTHS)
    .describe("Months of merit and cost-of-living raises with the shares of people, which sum to 1"),
  levels: z
    .array(
      z.strictObject({
        id: z.int().min(1).max(99),
        name: z.string().trim().min(1).max(60),
        min: dollars,
        max: dollars,
        merit: share(0.5),
        hireShare: share(),
      }),
    )
    .min(1)
    .max(30)
    .default(LEVELS)
    .describe("Levels, lowest first: pay band in dollars of the first year, merit raise, share of hires"),
  bandGrowth: share(0.5).default(RATES.bandGrowth).describe("Growth of the pay bands a year"),
  ageBands: z
    .array(
      z.strictObject({
        from: wholeYears,
        label: z.string().min(1).max(40),
        termination: multiplier,
        promotion: multiplier,
        optOut: share(),
        voluntary: share(),
      }),
    )
    .min(1)
    .max(30)
    .default(AGE_BANDS)
    .describe("Age bands from their first year on, with multipliers and enrolment rates"),
  tenureBands: z
    .array(
      z.strictObject({
        from: wholeYears,
        label: z.string().min(1).max(40),
        termination: multiplier,
        promotion: multiplier,
        merit: multiplier,
      }),
    )
    .min(1)
    .max(30)
    .default(TENURE_BANDS)
    .describe("Tenure bands from their first year on, with multipliers"),
  eligibility: z
    .strictObject({
      minAge: z.int().min(0).max(21).default(21).describe("Age from which people may take part in the plan"),
      waitDays: days.default(0).describe("Days of service before they may"),
    })
    .prefault({}),
  autoEnrol: z
    .strictObject({
      isOn: z.boolean().default(true),
      afterDays: days.default(45).describe("Days after eligibility"),
      rate: share().default(RATES.autoEnrol).describe("Deferral rate, a share of pay"),
    })
    .prefault({}),
  voluntary: z
    .strictObject({ rate: share().default(RATES.voluntary).describe("Deferral rate of those who join by themselves") })
    .prefault({}),
  escalation: z
    .strictObject({
      step: share().default(0.01).describe("Added to the deferral rate each 1 January"),
      cap: share().default(0.1).describe("Up to this rate"),
      share: share().default(RATES.escalationShare).describe("Share of people who take part"),
    })
    .prefault({}),
  match: z
    .array(z.strictObject({ upTo: share(), rate: share() }))
    .min(1)
    .max(10)
    .default(MATCH_TIERS)
    .describe("Match tiers: `rate` of what is deferred up to that share of pay, beyond the tier before"),
  core: z
    .array(z.strictObject({ from: wholeYears, rate: share() }))
    .min(1)
    .max(20)
    .default(CORE_TIERS)
    .describe("Core contribution, a share of pay by completed years of service"),
  limits: z
    .strictObject({
      byYear: z
        .record(z.string().regex(/^\d{4}$/), limits)
        .default({})
        .describe("Limits of the tax code for years other than the published ones, or in their place, dollars"),
      growth: share(0.2)
        .default(RATES.limitGrowth)
        .describe("Growth a year after the last known one, then rounded down to the step of the law"),
    })
    .prefault({}),
} as const;

const schema = z.strictObject(ASSUMPTIONS);
export type Assumptions = z.output<typeof schema>;
