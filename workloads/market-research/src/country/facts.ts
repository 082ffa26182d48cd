/**
 * Facts about a country from the data packages on disk: world-countries and vega-datasets (Gapminder).
 *
 * Nothing is estimated or updated: a figure is the dataset's own, with its field and, if stated, its year. A country
 * that a dataset lacks has no figure from it.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { parse as parseCsv } from "csv-parse/sync";
import { type Country, findCountry } from "./country.js";
import { worldCountries } from "./world.js";

export interface CountryFact {
  /** Stable within a run: D1, D2, … in the order listed. */
  id: string;
  label: string;
  /** The fact as one sentence, in fixed wording around the figure. */
  text: string;
  /** The figure or name alone, as shown on a tile. Millions and more are shortened, since the sentence has every digit. */
  value: string;
  dataset: string;
  field: string;
  /** Year of the figure; null if the dataset states none. */
  year: number | null;
}

/** A series of figures to draw, over years or countries. */
export interface FigureSeries {
  title: string;
  /** What the numbers count, with the unit: "Inhabitants", "Years". */
  unit: string;
  kind: "line" | "bar";
  points: { label: string; value: number }[];
  dataset: string;
  field: string;
  /** The years covered; null if the dataset states none. */
  years: string | null;
}

export interface CountryFacts {
  facts: CountryFact[];
  series: FigureSeries[];
}

interface GapminderRow {
  year: number;
  country: string;
  pop: number;
  life_expect: number;
  fertility: number;
}

interface IncomeRow {
  country: string;
  income: string;
  health: string;
  population: string;
}

/** Country names of the datasets that no list of countries contains. */
const DATASET_NAMES: Readonly<Record<string, string>> = { "Hong Kong, China": "HK" };

/** Maximum number of other countries in a chart, so that it stays readable. */
const COMPARED_MAX = 6;

const require = createRequire(import.meta.url);

/** Returns the alpha-2 code for a dataset's own country name; null if ISO 3166-1 does not list the country. */
export function alpha2OfDatasetName(name: string): string | null {
  return DATASET_NAMES[name] ?? findCountry(name)?.alpha2 ?? null;
}

/** Returns all facts and figures about one country. Reads about 80 kB from disk at each call, so it keeps no state. */
export async function readCountryFacts(country: Country): Promise<CountryFacts> {
  const vega = await openVegaDatasets();
  const gapminder = (JSON.parse(await vega.read("gapminder.json")) as GapminderRow[])
    .filter((row) => alpha2OfDatasetName(row.country) === country.alpha2)
    .sort((a, b) => a.year - b.year);
  const incomes = parseCsv(await vega.read("gapminder-health-income.csv"), { columns: true }) as IncomeRow[];
  const world = await worldFacts(country);
  const gapminderSet = `vega-datasets ${vega.version}: gapminder.json`;
  const incomeSet = `vega-datasets ${vega.version}: gapminder-health-income.csv`;
  const facts = [
    ...world,
    ...gapminderFacts(country, gapminder, gapminderSet),
    ...incomeFacts(country, incomes, incomeSet),
  ].map((fact, index) => ({ ...fact, id: `D${index + 1}` }));
  const series = [...gapminderSeries(country, gapminder, gapminderSet), ...compareIncomes(country, incomes, incomeSet)];
  if (series.length === 0) series.push(...(await compareAreas(country)));
  return { facts, series };
}

type Unnumbered = Omit<CountryFact, "id">;

async function worldFacts(country: Country): Promise<Unnumbered[]> {
  const record = worldCountries.find((one) => one.cca2 === country.alpha2);
  if (record === undefined) return [];
  const dataset = await worldCountriesName();
  const fact = (label: string, field: string, value: string, text: string): Unnumbered[] =>
    value === "" ? [] : [{ label, field, value, text, dataset, year: null }];
  const languages = Object.values(record.languages);
  const currencies = Object.values(record.currencies).map((one) => `${one.name}`);
  const neighbours = record.borders.map((code) => findCountry(code)?.name ?? code);
  const { name } = country;
  return [
    ...fact(
      "Official name",
      "name.official",
      record.name.official,
      `The official name of ${name} is ${record.name.official}.`,
    ),
    ...fact("Capital", "capital", join(record.capital), `The capital of ${name} is ${join(record.capital)}.`),
    ...fact("Region", "subregion", record.subregion, `${name} belongs to the region ${record.subregion}.`),
    ...fact("Area", "area", `${short(record.area)} km²`, `The area of ${name} is ${group(record.area)} km².`),
    ...fact("Currency", "currencies", join(currencies), `The currency of ${name} is the ${join(currencies)}.`),
    ...fact(
      "Languages",
      "languages",
      join(languages),
      `${languages.length > 1 ? "Languages" : "The language"} of ${name}: ${join(languages)}.`,
    ),
    ...fact("Borders", "borders", join(neighbours), `${name} borders ${join(neighbours)}.`),
  ];
}

function gapminderFacts(country: Country, rows: readonly GapminderRow[], dataset: string): Unnumbered[] {
  const last = rows.at(-1);
  if (last === undefined) return [];
  const of = `in ${country.name} in ${last.year}`;
  const common = { dataset, year: last.year };
  return [
    {
      ...common,
      label: "Population",
      field: "pop",
      value: short(last.pop),
      text: `The population counted ${of} was ${group(last.pop)}.`,
    },
    {
      ...common,
      label: "Life expectancy",
      field: "life_expect",
      value: `${last.life_expect} years`,
      text: `Life expectancy at birth ${of} was ${last.life_expect} years.`,
    },
    {
      ...common,
      label: "Fertility",
      field: "fertility",
      value: `${last.fertility} children`,
      text: `The fertility rate ${of} was ${last.fertility} children per woman.`,
    },
  ];
}

function incomeFacts(country: Country, rows: readonly IncomeRow[], dataset: string): Unnumbered[] {
  const row = rows.find((one) => alpha2OfDatasetName(one.country) === country.alpha2);
  if (row === undefined) return [];
  const income = group(Number(row.income));
  const text = `Income per person in ${country.name} is given as ${income} international dollars; the data set states no year.`;
  return [{ dataset, year: null, label: "Income per person", field: "income", value: `${income} int. $`, text }];
}

function gapminderSeries(country: Country, rows: readonly GapminderRow[], dataset: string): FigureSeries[] {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined || rows.length < 2) return [];
  const common = { kind: "line" as const, dataset, years: `${first.year}–${last.year}` };
  const of = (value: (row: GapminderRow) => number) =>
    rows.map((row) => ({ label: String(row.year), value: value(row) }));
  return [
    {
      ...common,
      title: `Population of ${country.name}`,
      unit: "Million inhabitants",
      field: "pop",
      points: of((row) => row.pop / 1_000_000),
    },
    {
      ...common,
      title: "Life expectancy at birth",
      unit: "Years",
      field: "life_expect",
      points: of((row) => row.life_expect),
    },
  ];
}

/** Compares the country with its land neighbors or, for an island, with the most populous countries of its subregion. */
function compareIncomes(country: Country, rows: readonly IncomeRow[], dataset: string): FigureSeries[] {
  const record = worldCountries.find((one) => one.cca2 === country.alpha2);
  const coded = rows.map((row) => ({ row, alpha2: alpha2OfDatasetName(row.country) }));
  const own = coded.find((one) => one.alpha2 === country.alpha2);
  if (own === undefined || record === undefined) return [];
  const codes = new Set(
    record.borders.length > 0
      ? record.borders.map((code) => findCountry(code)?.alpha2)
      : worldCountries.filter((one) => one.subregion === record.subregion).map((one) => one.cca2 as string),
  );
  const others = coded
    .filter((one) => one.alpha2 !== null && one.alpha2 !== country.alpha2 && codes.has(one.alpha2))
    .sort((a, b) => Number(b.row.population) - Number(a.row.population))
    .slice(0, COMPARED_MAX);
  if (others.length === 0) return [];
  const points = [own, ...others]
    .map(({ row }) => ({ label: row.country, value: Number(row.income) }))
    .sort((a, b) => b.value - a.value);
  const title =
    record.borders.length > 0 ? "Income per person beside land neighbours" : `Income per person in ${record.subregion}`;
  return [{ title, unit: "International dollars", kind: "bar", points, dataset, field: "income", years: null }];
}

/** Compares areas, for the few territories without any Gapminder figure: every country has an area. */
async function compareAreas(country: Country): Promise<FigureSeries[]> {
  const record = worldCountries.find((one) => one.cca2 === country.alpha2);
  if (record === undefined) return [];
  const borders = new Set<string>(record.borders);
  const near = worldCountries.filter((one) =>
    borders.size > 0 ? borders.has(one.cca3) : one.subregion === record.subregion && one !== record,
  );
  const points = [record, ...near.slice(0, COMPARED_MAX)]
    .map((one) => ({ label: one.name.common, value: one.area }))
    .filter((point) => point.value > 0)
    .sort((a, b) => b.value - a.value);
  if (points.length < 2) return [];
  return [
    {
      title: "Area in comparison",
      unit: "km²",
      kind: "bar",
      points,
      dataset: await worldCountriesName(),
      field: "area",
      years: null,
    },
  ];
}

async function openVegaDatasets(): Promise<{ version: string; read: (name: string) => Promise<string> }> {
  // The package exports only its code. The data is in a folder beside it, and reading that avoids loading the browser
  // bundle.
  const root = path.join(path.dirname(require.resolve("vega-datasets")), "..");
  const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { version: string };
  return { version, read: (name) => readFile(path.join(root, "data", name), "utf8") };
}

async function worldCountriesName(): Promise<string> {
  const file = path.join(path.dirname(require.resolve("world-countries")), "package.json");
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return `world-countries ${version}: countries.json`;
}

/** 4623689 → "4,623,689" on every machine, whatever its locale. */
function group(value: number): string {
  return value.toLocaleString("en-US");
}

/** 35843010 → "35.8 million"; smaller figures in full. */
function short(value: number): string {
  // The limit at which the rounded figure changes its unit: 999,960,000 is "1 billion", not "1,000 million".
  const scale = value >= 999_950_000 ? ([1e9, "billion"] as const) : ([1e6, "million"] as const);
  if (value < 1e6) return group(value);
  return `${(value / scale[0]).toLocaleString("en-US", { maximumFractionDigits: 1 })} ${scale[1]}`;
}

function join(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
