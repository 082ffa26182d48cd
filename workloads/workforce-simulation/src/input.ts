// The input of a run: which years, which people, where the results go, and every assumption. It comes from flags, a
// YAML file or a form. Paths become absolute, since a run may be resumed from a different folder.
import { basename, extname, resolve } from "node:path";
import { z } from "zod";
import { ASSUMPTIONS } from "./config/assumptions.js";
import { crossCheck } from "./config/cross-checks.js";
import { parseYears } from "./config/years.js";

/** Generated IDs have six digits, and memory is bounded: a million people take several gigabytes. */
export const EMPLOYEES_MAX = 999_999;
/** Seeds are 32 bits. */
export const SEED_MAX = 4_294_967_295;
/** More connections than cores only add cost. */
const THREADS_MAX = 64;

/** Endings of a DuckDB file. With others, such as .csv, people and programs mistake it for something else. */
const DB_ENDINGS = [".duckdb", ".ddb", ".db", ""];

const text = z.string().trim().min(1);
const path = (about: string) => text.meta({ format: "path" }).nullable().default(null).describe(about);

const given = z.strictObject({
  years: z
    .preprocess(
      (value) => (typeof value === "string" || typeof value === "number" ? [value] : value),
      z.array(z.union([z.string(), z.int()])),
    )
    .describe("Years, one unbroken sequence: 2025-2034, or 2025,2026, or 2025 2026"),
  census: path("Census file: .csv, .parquet or .xlsx"),
  sheet: text.nullable().default(null).describe("Sheet of the workbook; the first visible one when left out"),
  employees: z
    .int()
    .min(1)
    .max(EMPLOYEES_MAX)
    .nullable()
    .default(null)
    .describe("Without a census: so many people are generated"),
  seed: z.int().min(0).max(SEED_MAX).default(7).describe("Which draws; the same seed gives the same results"),
  censusSeed: z
    .int()
    .min(0)
    .max(SEED_MAX)
    .nullable()
    .default(null)
    .describe(
      "Which people are generated; default: the seed. Fixed, it keeps the people while --seed varies the draws",
    ),
  stochastic: z
    .boolean()
    .default(false)
    .describe("Draw leavers and hires by their chances, so that many seeds give a band; default: apportion them"),
  threads: z
    .union([z.int().min(1).max(THREADS_MAX), z.literal("auto")])
    .nullable()
    .default(null)
    .describe("Models that run at once; auto: chosen from the first year; default: the cores, at most 4"),
  forceSequential: z.boolean().default(false).describe("One model after the other, on one connection"),
  memoryLimitMb: z
    .int()
    .min(128)
    .max(4_000_000)
    .nullable()
    .default(null)
    .describe("Memory of the database's process, MB; default: from the machine"),
  cache: z.boolean().default(false).describe("Reuse what an earlier run computed from the same inputs"),
  cacheLimitMb: z.int().min(16).max(4_000_000).default(2_048).describe("Size of the cache, MB; the oldest go first"),
  db: path("DuckDB file of the results; default: in the run's folder"),
  wait: z.boolean().default(false).describe("Wait for a file that another process holds, instead of being refused"),
  models: path("Folder of .sql models that replace or add to the own ones"),
  ...ASSUMPTIONS,
});

export const simulationInput = given
  .superRefine((input, context) => {
    const years = parseYears(input.years);
    if (!years.ok) context.addIssue({ code: "custom", path: ["years"], message: years.problem });
    if (input.census === null && input.employees === null) {
      const message = "no people: give a census file (--census) or how many to generate (--employees)";
      context.addIssue({ code: "custom", path: ["census"], message });
    }
    if (input.census !== null && input.employees !== null) {
      const message = "a census file is given too; give one of the two";
      context.addIssue({ code: "custom", path: ["employees"], message });
    }
    if (input.census !== null && input.censusSeed !== null) {
      const message = "a census file is given, so nobody is generated; leave it out";
      context.addIssue({ code: "custom", path: ["censusSeed"], message });
    }
    if (input.sheet !== null && !/\.xlsx$/i.test(input.census ?? "")) {
      const message = "only a census that is a workbook (.xlsx) has sheets; leave it out";
      context.addIssue({ code: "custom", path: ["sheet"], message });
    }
    if (input.db !== null && !DB_ENDINGS.includes(extname(input.db).toLowerCase())) {
      const message = `${basename(input.db)} is no name for a DuckDB file; end it in ${DB_ENDINGS.filter(Boolean).join(" or ")}`;
      context.addIssue({ code: "custom", path: ["db"], message });
    }
    for (const found of crossCheck(input, years.ok ? years.years : [])) {
      context.addIssue({ code: "custom", path: [...found.path], message: found.message });
    }
  })
  .transform(({ years, census, db, models, ...rest }) => {
    const parsed = parseYears(years);
    return {
      ...rest,
      // A valid input has years, but the type does not show it.
      years: parsed.ok ? [...parsed.years] : [],
      census: census === null ? null : resolve(census),
      db: db === null ? null : resolve(db),
      models: models === null ? null : resolve(models),
    };
  });

/** The input, as stages see it. */
export type SimulationInput = z.output<typeof simulationInput>;

/** Returns the assumptions only: what results depend on besides people, years, seed and models. */
export function assumptionsOf(input: SimulationInput): z.output<ReturnType<typeof assumptionsSchema>> {
  return Object.fromEntries(
    Object.keys(ASSUMPTIONS).map((name) => [name, input[name as keyof SimulationInput]]),
  ) as never;
}

const assumptionsSchema = () => z.strictObject(ASSUMPTIONS);
