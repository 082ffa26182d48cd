// The input of a trade job, checked before a run exists: what can be known about a file without reading it, and the
// options in combination.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { CALENDARS } from "../prices/calendar.js";
import { DATE_FORMATS } from "../prices/dates.js";
import { SAMPLES } from "./samples.js";

/** Each pair is computed over all days, and compared with every resampled history. */
const PAIRS_MAX = 10_000;
/** Some 100 years of daily prices are a megabyte. */
const FILE_BYTES_MAX = 20_000_000;

const lengths = z.array(z.int().min(1).max(1_000)).min(1).max(1_000);
const percent = z.number().min(0).max(10);

export const tradeInput = z
  .strictObject({
    prices: z
      .string()
      .trim()
      .min(1)
      .overwrite((given) => resolve(given))
      .superRefine((file, context) => {
        const problem = findFileProblem(file);
        if (problem !== null) context.addIssue({ code: "custom", message: `${file}: ${problem}` });
      })
      .optional()
      .describe("Daily prices: a .csv file with a date and a close; without it, the sample")
      .meta({ format: "path" }),
    sample: z.enum(SAMPLES).default("wti-daily").describe("Oil prices that come along, used without a file"),
    fast: lengths.default([5, 10, 15, 20, 25, 30, 40, 50]).describe("Days of the fast average: each is tried"),
    slow: lengths.default([60, 80, 100, 120, 150, 180, 200, 250]).describe("Days of the slow average: each is tried"),
    costPercent: percent.default(0.05).describe("Cost of a trade, in percent of its amount, each side"),
    slippagePercent: percent.default(0.05).describe("How much worse than the close a trade is, in percent, each side"),
    unseenFrom: z.iso.date().optional().describe("First day that is not seen while choosing; left out, by share"),
    unseenShare: z.number().min(0.05).max(0.8).default(0.25).describe("Share of the days, the newest, not seen"),
    dateColumn: z.string().trim().min(1).optional().describe("Column with the day, where its name does not tell"),
    priceColumn: z.string().trim().min(1).optional().describe("Column with the close, where its name does not tell"),
    dateFormat: z
      .enum(["detect", ...DATE_FORMATS])
      .default("detect")
      .describe("Order of year, month and day"),
    calendar: z
      .enum(["detect", ...CALENDARS])
      .default("detect")
      .describe("Days on which a price is expected"),
    onBadRow: z.enum(["fail", "skip"]).default("fail").describe("What a row that cannot be used does to the run"),
    onSplit: z.enum(["fail", "adjust", "keep"]).default("fail").describe("What a step that looks like a split does"),
    draws: z.int().min(100).max(10_000).default(1_000).describe("Histories drawn anew, to compare with chance"),
    seed: z.int().min(0).max(4_294_967_295).default(7).describe("Which histories are drawn"),
  })
  .superRefine(({ fast, slow }, context) => {
    const pairs = pairsOf({ fast, slow }).length;
    const issue = (message: string) => context.addIssue({ code: "custom", path: ["slow"], message });
    if (pairs === 0) issue("no slow average is longer than a fast one: give one that is");
    if (pairs > PAIRS_MAX) issue(`these are ${pairs} pairs, at most ${PAIRS_MAX} are tried: give fewer lengths`);
  });

/** The input, as stages see it. */
export type TradeInput = z.output<typeof tradeInput>;

export interface Pair {
  readonly key: string;
  readonly fast: number;
  readonly slow: number;
}

/** Returns every pair whose fast average is the shorter one, each once. */
export function pairsOf({ fast, slow }: Pick<TradeInput, "fast" | "slow">): Pair[] {
  const rising = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  return rising(fast).flatMap((one) =>
    rising(slow).flatMap((other) => (one < other ? [{ key: `${one}-${other}`, fast: one, slow: other }] : [])),
  );
}

function findFileProblem(file: string): string | null {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return "it is a folder, a file is expected";
    if (!stats.isFile()) return "it is no regular file";
    return stats.size > FILE_BYTES_MAX ? `it has more than ${FILE_BYTES_MAX / 1_000_000} MB` : null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file";
    return code === "EACCES" || code === "EPERM" ? "it may not be read" : (code ?? message);
  }
}
