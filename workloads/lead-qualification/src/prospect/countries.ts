// Which country a cell means: an English name or an ISO 3166-1 code of two or three letters, in any case.
import { nearestKey } from "@holdfast/workload-kit";
import isoCountries from "i18n-iso-countries";
import { fold } from "./cells.js";

/** Folded names and codes to codes of two letters. Built once: 250 countries, about 900 names. */
const byName = buildNames();

function buildNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [alpha2, all] of Object.entries(isoCountries.getNames("en", { select: "all" }))) {
    for (const name of [all].flat()) names.set(fold(name), alpha2);
  }
  // Codes last: they rule over a name that looks like one.
  for (const [alpha3, alpha2] of Object.entries(isoCountries.getAlpha3Codes())) {
    names.set(fold(alpha3), alpha2);
    names.set(fold(alpha2), alpha2);
  }
  return names;
}

/** The code of two letters; null when it is no country. */
export function findCountry(text: string): string | null {
  return byName.get(fold(text)) ?? null;
}

export function countryName(alpha2: string): string {
  return isoCountries.getName(alpha2, "en") ?? alpha2;
}

/** The nearest English name, within two slips of the pen; null when there is none. */
export function suggestCountry(text: string): string | null {
  const names = Object.values(isoCountries.getNames("en", { select: "official" }));
  return nearestKey(text, names) ?? null;
}
