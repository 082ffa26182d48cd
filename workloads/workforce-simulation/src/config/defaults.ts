// Default assumptions of a simulation, each with its source. Those marked "assumption" have no current public source;
// docs/workforce-simulation.md says the same in prose.
//
// Sources
// [IRS-2025] IRS Notice 2024-80, limits for 2025. [IRS-2026] IRS Notice 2025-67, limits for 2026. [IRS-2024] Notice 2023-75.
// [MERCER] Mercer US Compensation Planning Survey, March 2025: merit 3.2 % to 3.3 %, about 10 % of employees promoted,
//          average raise on promotion 8.5 %.
// [WAW] WorldatWork Salary Budget Survey 2025: median cost-of-living raise 2.0 %.
// [HAS] Vanguard, How America Saves 2024: 60 % of automatic enrollments at 4 % or more, 69 % of such plans escalate.
// [SH] Safe-harbor basic match, Treas. Reg. 1.401(k)-3(c)(2): 100 % of the first 3 % of pay, 50 % of the next 2 %.

/** Yearly limits of sections 402(g), 414(v), 401(a)(17), 414(q) and 415(c) of the tax code, in dollars. */
export interface YearLimits {
  /** 402(g): elective deferrals below age 50. */
  readonly deferral: number;
  /** With the catch-up from age 50, 414(v). */
  readonly deferralFrom50: number;
  /** With the higher catch-up for ages 60 to 63, from 2025. */
  readonly deferralFrom60: number;
  /** 401(a)(17): maximum pay that counts for contributions. */
  readonly compensation: number;
  /** 414(q): people paid more than this in a year are highly compensated in the next. */
  readonly highlyCompensated: number;
  /** 415(c): deferrals without catch-up plus employer contributions. */
  readonly annualAdditions: number;
}

export const LIMITS: Readonly<Record<string, YearLimits>> = {
  // [IRS-2024]; the higher catch-up for ages 60 to 63 began in 2025.
  "2024": {
    deferral: 23_000,
    deferralFrom50: 30_500,
    deferralFrom60: 30_500,
    compensation: 345_000,
    highlyCompensated: 155_000,
    annualAdditions: 69_000,
  },
  // [IRS-2025]
  "2025": {
    deferral: 23_500,
    deferralFrom50: 31_000,
    deferralFrom60: 34_750,
    compensation: 350_000,
    highlyCompensated: 160_000,
    annualAdditions: 70_000,
  },
  // [IRS-2026]
  "2026": {
    deferral: 24_500,
    deferralFrom50: 32_500,
    deferralFrom60: 35_750,
    compensation: 360_000,
    highlyCompensated: 160_000,
    annualAdditions: 72_000,
  },
};

/** Steps to which the limits are rounded, in dollars: sections 402(g)(4), 414(v)(2)(C), 401(a)(17)(B), 414(q)(1), 415(d)(4). */
export const LIMIT_STEPS: Readonly<Record<keyof YearLimits, number>> = {
  deferral: 500,
  deferralFrom50: 500,
  deferralFrom60: 250,
  compensation: 5_000,
  highlyCompensated: 5_000,
  annualAdditions: 1_000,
};

/** Assumption: bands of a mid-sized US employer, 2025 dollars. Merit: [MERCER]. */
export const LEVELS = [
  { id: 1, name: "Associate", min: 45_000, max: 75_000, merit: 0.033, hireShare: 0.4 },
  { id: 2, name: "Professional", min: 62_000, max: 105_000, merit: 0.033, hireShare: 0.3 },
  { id: 3, name: "Senior", min: 88_000, max: 150_000, merit: 0.033, hireShare: 0.17 },
  { id: 4, name: "Manager", min: 125_000, max: 215_000, merit: 0.033, hireShare: 0.1 },
  { id: 5, name: "Director", min: 180_000, max: 340_000, merit: 0.033, hireShare: 0.03 },
];

/**
 * Multipliers on the rates by completed years of age: who leaves or is promoted more often than others. The rate alone
 * determines how many. Assumption, following what turnover studies agree on: the young move most, and those near
 * retirement leave for another reason. Opt-out and voluntary enrollment: assumption, in the range of [HAS]
 * (participation of about 94 % with and 64 % without automatic enrollment).
 */
export const AGE_BANDS = [
  { from: 0, label: "under 25", termination: 1.3, promotion: 1.2, optOut: 0.1, voluntary: 0.03 },
  { from: 25, label: "25 to 34", termination: 1.15, promotion: 1.25, optOut: 0.08, voluntary: 0.05 },
  { from: 35, label: "35 to 44", termination: 0.95, promotion: 1.05, optOut: 0.07, voluntary: 0.06 },
  { from: 45, label: "45 to 54", termination: 0.85, promotion: 0.8, optOut: 0.05, voluntary: 0.07 },
  { from: 55, label: "55 to 64", termination: 1.05, promotion: 0.5, optOut: 0.04, voluntary: 0.08 },
  { from: 65, label: "65 and over", termination: 2.2, promotion: 0.1, optOut: 0.03, voluntary: 0.04 },
];

/** Multipliers by completed years of service. Assumption: turnover falls with tenure. */
export const TENURE_BANDS = [
  { from: 0, label: "under 2", termination: 1.5, promotion: 0.7, merit: 1 },
  { from: 2, label: "2 to 4", termination: 1.15, promotion: 1.3, merit: 1 },
  { from: 5, label: "5 to 9", termination: 0.85, promotion: 1.1, merit: 1 },
  { from: 10, label: "10 to 19", termination: 0.65, promotion: 0.8, merit: 1 },
  { from: 20, label: "20 and over", termination: 0.55, promotion: 0.5, merit: 1 },
];

/** Assumption: ages of new hires. */
export const HIRE_AGES = [
  { age: 22, share: 0.14 },
  { age: 26, share: 0.22 },
  { age: 30, share: 0.22 },
  { age: 35, share: 0.18 },
  { age: 41, share: 0.12 },
  { age: 48, share: 0.08 },
  { age: 56, share: 0.04 },
];

/** Assumption: most employers give raises in spring. After February, so that promotions come first. */
export const RAISE_MONTHS = [
  { month: 3, share: 0.3 },
  { month: 4, share: 0.35 },
  { month: 7, share: 0.25 },
  { month: 10, share: 0.1 },
];

/** [SH] */
export const MATCH_TIERS = [
  { upTo: 0.03, rate: 1 },
  { upTo: 0.05, rate: 0.5 },
];

/** Assumption: one to three percent of pay, by completed years of service. */
export const CORE_TIERS = [
  { from: 0, rate: 0.01 },
  { from: 3, rate: 0.02 },
  { from: 6, rate: 0.03 },
];

export const RATES = {
  /** Assumption: a growing firm. */
  headcountGrowth: 0.03,
  /**
   * Assumption: there is no current source for all industries. JOLTS separations are higher, since they include
   * temporary work.
   */
  termination: 0.12,
  /** Assumption: share of the year's hires who leave within it. */
  newHireTermination: 0.25,
  /** About 10 % of people per year: [MERCER]. */
  promotion: 0.1,
  /** [MERCER] */
  promotionRaise: 0.085,
  /** [WAW] */
  cola: 0.02,
  /** Assumption: bands follow the cost of living. */
  bandGrowth: 0.02,
  /** The most common rate of automatic enrollment among older plans: [HAS]. */
  autoEnrol: 0.03,
  /** Assumption: people who join on their own save more. */
  voluntary: 0.06,
  /** [HAS]: 69 % of plans with automatic enrollment escalate, taken as the share of people who do. */
  escalationShare: 0.69,
  /** Assumption: yearly growth of the limits with prices, before they are rounded down to their step. */
  limitGrowth: 0.025,
} as const;
