// Finds the country that a cell means: by its name in English or any other language, including its own, or by an ISO
// 3166-1 code of two or three letters, in any case. A name that means two countries in two languages means neither,
// unless one of them is English.
import { nearestKey } from "@holdfast/workload-kit";
import isoCountries from "i18n-iso-countries";
import { fold } from "./cells.js";

/** Maps folded names and codes to two-letter codes. Built once: 250 countries, about 900 names. */
const byName = buildNames();

function buildNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [alpha2, all] of Object.entries(isoCountries.getNames("en", { select: "all" }))) {
    for (const name of [all].flat()) names.set(fold(name), alpha2);
  }
  // Codes come last, since they take precedence over a name that looks like one.
  for (const [alpha3, alpha2] of Object.entries(isoCountries.getAlpha3Codes())) {
    names.set(fold(alpha3), alpha2);
    names.set(fold(alpha2), alpha2);
  }
  return names;
}

/** Built when a name is not English: 80 languages, some 17,000 names. */
let inAnyLanguage: ReadonlyMap<string, string | null> | null = null;

function buildForeignNames(): ReadonlyMap<string, string | null> {
  const names = new Map<string, string | null>();
  for (const language of isoCountries.getSupportedLanguages()) {
    for (const [alpha2, all] of Object.entries(isoCountries.getNames(language, { select: "all" }))) {
      for (const name of [all].flat()) {
        const folded = fold(name);
        const known = names.get(folded);
        names.set(folded, known === undefined || known === alpha2 ? alpha2 : null);
      }
    }
  }
  return names;
}

/** Returns the two-letter code; null if the text is not a country. */
export function findCountry(text: string): string | null {
  const folded = fold(text);
  const english = byName.get(folded);
  if (english !== undefined || folded === "") return english ?? null;
  inAnyLanguage ??= buildForeignNames();
  return inAnyLanguage.get(folded) ?? null;
}

export function countryName(alpha2: string): string {
  return isoCountries.getName(alpha2, "en") ?? alpha2;
}

/** Returns the nearest English name, within two typing errors; null if there is none. */
export function suggestCountry(text: string): string | null {
  const names = Object.values(isoCountries.getNames("en", { select: "official" }));
  return nearestKey(text, names) ?? null;
}
