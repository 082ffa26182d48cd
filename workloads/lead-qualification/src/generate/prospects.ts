// Generates the rows of a synthetic list of prospects one by one, in constant memory.
import { type Random, rowRandom } from "@holdfast/workload-kit";
import {
  COLD,
  COUNTRIES,
  FILLERS,
  FIRST_NAMES,
  FORMS,
  GROWTH,
  INDUSTRIES,
  type IndustryWords,
  NOT_COLD,
  SECOND_NAMES,
} from "./vocabulary.js";

export interface GenerateOptions {
  /** Number of rows. */
  readonly count: number;
  /** 0 to 4,294,967,295. The same seed gives the same rows on every machine. */
  readonly seed: number;
}

/** A row of the file; missing values are empty. */
export interface SyntheticProspect {
  readonly company: string;
  readonly domain: string;
  readonly country: string;
  readonly industry: string;
  readonly employees: string | number;
  readonly revenue_usd: string | number;
  readonly founded: string | number;
  readonly technologies: string;
  readonly description: string;
  /** Always `synthetic`, so that no copy of a row can be mistaken for a real company. */
  readonly source: "synthetic";
}

export const PROSPECT_COLUMNS = [
  "company",
  "domain",
  "country",
  "industry",
  "employees",
  "revenue_usd",
  "founded",
  "technologies",
  "description",
  "source",
] as const satisfies readonly (keyof SyntheticProspect)[];

/** Share of empty cells per column, as in purchased lists: names are present, revenue seldom is. */
const MISSING = {
  country: 0.02,
  industry: 0.05,
  employees: 0.12,
  revenue_usd: 0.35,
  founded: 0.2,
  technologies: 0.3,
  description: 0.08,
};

/**
 * Generates synthetic prospects: invented companies under `.example`, a domain that no company can have.
 *
 * Sizes are log-normal around their industry's median, revenue follows size, and countries and industries occur by
 * weight. Some cells are empty, and some are written as people write them: `51-200`, `1,200`, `$5.2M`, `NOR`,
 * `https://www.…`. Keys are complete and unique.
 *
 * Guarantees: the same seed gives the same rows, and the first n rows do not depend on `count`.
 */
export function* generateProspects({ count, seed }: GenerateOptions): Generator<SyntheticProspect, void, undefined> {
  for (let index = 0; index < count; index++) yield makeProspect(rowRandom(seed, index), index);
}

function makeProspect(random: Random, index: number): SyntheticProspect {
  const code = random.weighted(weightsOf(COUNTRIES));
  const country = COUNTRIES[code] as (typeof COUNTRIES)[string];
  const industry = random.weighted(weightsOf(INDUSTRIES));
  const words = INDUSTRIES[industry] as IndustryWords;
  const employees = Math.max(1, Math.round(words.medianEmployees * logNormal(random, 1.3)));
  const revenue = Math.round((employees * words.revenuePerHeadK * 1_000 * logNormal(random, 0.5)) / 10_000) * 10_000;
  // Most companies are young: the age is the square of a uniform number.
  const founded = 2024 - Math.floor(110 * random.next() ** 2);
  const name = `${random.pick(FIRST_NAMES)}${random.pick(SECOND_NAMES)} ${random.pick(words.nouns)}`;
  const form = random.pick(FORMS);
  const maybe = <T>(field: keyof typeof MISSING, value: T): T | "" => (random.chance(MISSING[field]) ? "" : value);
  return {
    company: form === "" ? name : `${name} ${form}`,
    domain: writeDomain(random, `${name.toLowerCase().replaceAll(" ", "-")}-${index + 1}.example`),
    country: maybe("country", random.chance(0.75) ? (country.forms[0] as string) : random.pick(country.forms)),
    industry: maybe("industry", random.chance(0.9) ? industry : industry.toUpperCase()),
    employees: maybe("employees", writeEmployees(random, employees)),
    revenue_usd: maybe("revenue_usd", writeRevenue(random, revenue)),
    founded: maybe("founded", founded),
    technologies: maybe("technologies", words.tools.filter(() => random.chance(0.4)).join("; ")),
    description: maybe("description", describe(random, words, { founded, country: country.forms[0] as string })),
    source: "synthetic",
  };
}

function weightsOf(table: Readonly<Record<string, { readonly weight: number }>>): Record<string, number> {
  return Object.fromEntries(Object.entries(table).map(([name, { weight }]) => [name, weight]));
}

/** Log-normal number around 1 (Box–Muller); `sigma` is the standard deviation of its logarithm. */
function logNormal(random: Random, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return Math.exp(sigma * radius * Math.cos(2 * Math.PI * random.next()));
}

const BANDS = [1, 11, 51, 201, 501, 1_001, 5_001, 10_001] as const;

function writeEmployees(random: Random, employees: number): string | number {
  if (random.chance(0.75)) return employees;
  if (random.chance(0.5)) return String(employees).replace(/\B(?=(\d{3})+$)/g, ",");
  const band = BANDS.findLastIndex((low) => employees >= low);
  const next = BANDS[band + 1];
  return next === undefined ? "10,001+" : `${BANDS[band]}-${next - 1}`;
}

function writeRevenue(random: Random, revenue: number): string | number {
  if (random.chance(0.6)) return revenue;
  return revenue < 1_000_000 ? `$${Math.round(revenue / 1_000)}k` : `$${(revenue / 1_000_000).toFixed(1)}M`;
}

function writeDomain(random: Random, domain: string): string {
  if (random.chance(0.85)) return domain;
  return random.chance(0.5) ? `https://www.${domain}/` : `www.${domain}`;
}

function describe(random: Random, words: IndustryWords, facts: { founded: number; country: string }): string {
  const isCold = random.chance(words.coldShare);
  const sentences = [`This company ${random.pick(words.does)}.`];
  if (isCold) sentences.push(random.pick(COLD));
  else if (random.chance(0.12)) sentences.push(random.pick(NOT_COLD));
  if (random.chance(0.25)) sentences.push(random.pick(GROWTH));
  if (random.chance(0.6)) sentences.push(random.pick(FILLERS));
  return sentences.join(" ").replace("{founded}", String(facts.founded)).replace("{country}", facts.country);
}
