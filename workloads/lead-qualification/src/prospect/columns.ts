// Finds the column of a file that a name means: an exact match, one that differs only in case, accents or punctuation,
// or an alias from other lists and languages. If two columns could be meant, the name is ambiguous and the user is
// asked.
import { nearestKey } from "@holdfast/workload-kit";
import { fold } from "./cells.js";

/** Names that spreadsheets and exports of customer databases use for the same thing. The first is the profile's usual name. */
const ALIASES: readonly (readonly string[])[] = [
  [
    "domain",
    "website",
    "web site",
    "url",
    "homepage",
    "company domain",
    "company website",
    "company url",
    "web",
    "webseite",
    "hjemmeside",
    "nettside",
    "site web",
    "sitio web",
    "sito web",
    "site",
  ],
  [
    "company",
    "company name",
    "account name",
    "account",
    "name",
    "organization",
    "organisation",
    "organization name",
    "firm",
    "firma",
    "firmenname",
    "unternehmen",
    "selskap",
    "bedrijf",
    "bedrijfsnaam",
    "entreprise",
    "société",
    "empresa",
    "azienda",
    "företag",
    "virksomhed",
    "yritys",
    "会社名",
  ],
  [
    "country",
    "country name",
    "country code",
    "hq country",
    "billing country",
    "land",
    "pays",
    "país",
    "paese",
    "maa",
    "国",
  ],
  [
    "employees",
    "employee count",
    "number of employees",
    "no of employees",
    "headcount",
    "company size",
    "size",
    "mitarbeiter",
    "mitarbeiterzahl",
    "ansatte",
    "anställda",
    "medewerkers",
    "effectif",
    "empleados",
    "dipendenti",
    "従業員数",
  ],
  [
    "revenue",
    "annual revenue",
    "turnover",
    "sales",
    "umsatz",
    "omsetning",
    "omsättning",
    "omzet",
    "chiffre d affaires",
    "ingresos",
    "fatturato",
    "売上高",
  ],
  [
    "industry",
    "sector",
    "branch",
    "vertical",
    "branche",
    "bransje",
    "bransch",
    "secteur",
    "industria",
    "settore",
    "業種",
  ],
  [
    "description",
    "about",
    "company description",
    "summary",
    "notes",
    "beschreibung",
    "beskrivelse",
    "beskrivning",
    "omschrijving",
    "descripción",
    "descrizione",
    "説明",
  ],
  ["city", "town", "hq city", "billing city", "stadt", "ort", "by", "stad", "ville", "ciudad", "città", "市"],
  ["technologies", "tech stack", "tools", "technology", "technologien", "teknologi"],
];

const groupOf = new Map(ALIASES.flatMap((names, group) => names.map((name) => [fold(name), group] as const)));

export type ColumnFinding =
  | { readonly column: string }
  | { readonly column: null; readonly why: string; readonly suggestion: string | null };

/** Finds a column. `given` maps names to columns explicitly: `--columns.company="Account name"`. */
export function findColumn(
  wanted: string,
  columns: readonly string[],
  given: Readonly<Record<string, string>> = {},
): ColumnFinding {
  const named = Object.hasOwn(given, wanted) ? given[wanted] : undefined;
  const name = named ?? wanted;
  if (columns.includes(name)) return { column: name };
  const folded = fold(name);
  const alike = columns.filter((column) => fold(column) === folded);
  if (alike.length === 1) return { column: alike[0] as string };
  const group = groupOf.get(folded);
  const known =
    named !== undefined || group === undefined ? [] : columns.filter((column) => groupOf.get(fold(column)) === group);
  const found = alike.length > 0 ? alike : known;
  if (found.length === 1) return { column: found[0] as string };
  if (found.length > 1) {
    const names = found.map((column) => JSON.stringify(column)).join(" or ");
    return { column: null, why: `could be ${names}`, suggestion: found[0] as string };
  }
  return { column: null, why: "is not there", suggestion: nearestKey(name, columns) ?? null };
}

/** Maps names of the profile to columns of the file, if they differ. */
export type ColumnNames = Readonly<Record<string, string>>;

/** Returns the row with its cells also under the names that the profile uses. */
export function underNames<Row extends object>(row: Row, names: ColumnNames): Row {
  const more = Object.entries(names).map(([name, column]) => [name, (row as Record<string, unknown>)[column] ?? null]);
  return more.length === 0 ? row : { ...row, ...Object.fromEntries(more) };
}
