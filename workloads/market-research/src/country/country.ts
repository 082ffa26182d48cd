/**
 * Finds the country that a person means, by name or ISO 3166-1 code. It knows names and codes only; facts.ts has the
 * figures.
 *
 * Names come from two packages, so that "Holland", "Czechia" and "South Korea" all find their country. The code lists
 * of i18n-iso-countries decide what counts as a country.
 */
import isoCountries from "i18n-iso-countries";
import { worldCountries } from "./world.js";

export interface Country {
  alpha2: string;
  alpha3: string;
  /** The short English name used in every text. */
  name: string;
  /** Words for the country in a sentence: its names and its demonym ("Norwegian"). */
  mentions: string[];
}

/** More than three near matches do not help to choose. */
const SUGGESTIONS_MAX = 3;

const byAlpha2 = new Map(worldCountries.map((country) => [country.cca2 as string, country]));

/** Returns lower case without accents and punctuation: "Côte d'Ivoire" and "cote divoire" are one name. */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Every accepted name, folded, with its code. Built once: 250 countries, about 1,500 names. */
const alpha2ByName = buildNames();

function buildNames(): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string, alpha2: string) => {
    const key = fold(name);
    if (key.length > 0 && !names.has(key)) names.set(key, alpha2);
  };
  const listed = isoCountries.getNames("en", { select: "all" });
  for (const [alpha2, all] of Object.entries(listed)) for (const name of all) add(name, alpha2);
  for (const country of worldCountries) {
    if (!isoCountries.isValid(country.cca2)) continue;
    add(country.name.common, country.cca2);
    add(country.name.official, country.cca2);
  }
  // Alternative spellings come last, and abbreviations such as "CH" are ignored: they must not hide a real name.
  for (const country of worldCountries) {
    if (!isoCountries.isValid(country.cca2)) continue;
    for (const name of country.altSpellings) if (name.length > 3) add(name, country.cca2);
  }
  return names;
}

/** Returns the country for an ISO name, alpha-2 or alpha-3 code, ignoring case; null if there is none. */
export function findCountry(text: string): Country | null {
  const given = text.trim();
  const upper = given.toUpperCase();
  if (/^[A-Z]{2}$/.test(upper) && isoCountries.isValid(upper)) return describe(upper);
  if (/^[A-Z]{3}$/.test(upper)) {
    const alpha2 = isoCountries.alpha3ToAlpha2(upper);
    if (alpha2 !== undefined) return describe(alpha2);
  }
  const alpha2 = alpha2ByName.get(fold(given));
  return alpha2 === undefined ? null : describe(alpha2);
}

function describe(alpha2: string): Country {
  const country = byAlpha2.get(alpha2);
  const name = country?.name.common ?? isoCountries.getName(alpha2, "en") ?? alpha2;
  const official = country?.name.official;
  const mentions = [name, official, ...(country === undefined ? [] : demonymsOf(country))].filter(
    (word) => word !== undefined && word !== "",
  );
  return {
    alpha2,
    alpha3: isoCountries.alpha2ToAlpha3(alpha2) ?? alpha2,
    name,
    mentions: [...new Set(mentions as string[])],
  };
}

function demonymsOf(country: (typeof worldCountries)[number]): string[] {
  const { m, f } = country.demonyms.eng ?? { m: "", f: "" };
  return [m, f];
}

/** Returns the known names nearest to an unknown one, best first; empty if none is near. */
export function suggestCountries(text: string): string[] {
  const given = fold(text);
  if (given.length < 2) return [];
  // A third of the letters, but at least two, may be wrong: enough for typing errors, too little for another country.
  const allowed = Math.max(2, Math.floor(given.length / 3));
  const best = new Map<string, number>();
  for (const [name, alpha2] of alpha2ByName) {
    const near = name.startsWith(given) ? 1 : editDistance(given, name, allowed);
    if (near > allowed) continue;
    const shown = describe(alpha2).name;
    best.set(shown, Math.min(near, best.get(shown) ?? Number.POSITIVE_INFINITY));
  }
  return [...best.entries()]
    .sort((a, b) => a[1] - b[1] || a[0].localeCompare(b[0], "en"))
    .slice(0, SUGGESTIONS_MAX)
    .map(([name]) => name);
}

/** Levenshtein distance; returns limit + 1 as soon as it must exceed the limit. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replace, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    if (Math.min(...row) > limit) return limit + 1;
    previous = row;
  }
  return previous[b.length] ?? limit + 1;
}

/** Returns every country that a text names, by common name or demonym, as alpha-2 codes with their counts. */
export function countMentions(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { alpha2, pattern } of mentionPatterns()) {
    const found = text.match(pattern)?.length ?? 0;
    if (found > 0) counts.set(alpha2, found);
  }
  return counts;
}

let patterns: { alpha2: string; pattern: RegExp }[] | null = null;

function mentionPatterns(): { alpha2: string; pattern: RegExp }[] {
  if (patterns !== null) return patterns;
  const peoples = new Set(worldCountries.filter((country) => country.independent).flatMap(demonymsOf));
  patterns = worldCountries.map((country) => {
    const { mentions } = describe(country.cca2);
    // "Norwegian" refers to Norway, not to Svalbard: territories do not count by their demonym.
    const own = country.independent
      ? mentions
      : mentions.filter((word) => !peoples.has(word) || word === country.name.common);
    const words = own.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    // Case matters: "turkey" and "polish" are ordinary words.
    return { alpha2: country.cca2, pattern: new RegExp(`(?<!\\p{L})(?:${words.join("|")})(?!\\p{L})`, "gu") };
  });
  return patterns;
}
