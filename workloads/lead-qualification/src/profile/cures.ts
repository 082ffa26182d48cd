// Remedies for each setting of a profile. A test fails if a setting has none.
import { KINDS } from "./schema.js";

const CHOICE = {
  anyOf: "a value or a list of them: `anyOf: [Norway, SE]`.",
  noneOf: "a value or a list of them: `noneOf: [gambling]`.",
  atLeast: "a whole number of at least 1, with `anyOf` alone: how many of them make a full fit.",
};
const FIELDS = "the header of a column, or a list of them: `fields: [description, industry]`.";

/** By path, with `*` for the name of a criterion or a tier. */
export const CURES: Readonly<Record<string, string>> = {
  name: "write `name:` with a short name of the profile, at most 200 characters.",
  notes: "free text; use `notes: |` for several lines.",
  unknown: "a share from 0 to 1: what missing data counts; 0.5 is neither for nor against.",
  tiers: "names with their lowest scores, for example `tiers: { A: 75, B: 50, C: 25 }`.",
  "tiers.*": "a score from 0 to 100; a name is letters, digits, spaces, `-` and `_`, a letter first.",
  criteria: "write `criteria:` with one named criterion or more below it, each with its `kind:`.",
  "criteria.*": "settings such as `kind:`; a name is a-z, 0-9 and _, at most 40 characters, a letter first.",
  "criteria.*.kind": `one of ${KINDS.join(", ")}.`,
  "criteria.*.weight": "a number from 0 to 1000; leave it out for 1.",
  "criteria.*.mustHave": "`true` or `false`, without quotes.",
  "criteria.*.unknown": "a share from 0 to 1; leave it out for the profile's.",
  "criteria.*.field": "the header of a column, for example `field: employees`.",
  "criteria.*.min": "a number; leave it out for no lower bound.",
  "criteria.*.max": "a number; leave it out for no upper bound.",
  "criteria.*.zeroBelow": "a number below `min`: there and under it the fit is nothing.",
  "criteria.*.zeroAbove": "a number above `max`: there and over it the fit is nothing.",
  "criteria.*.currency": "three capital letters, for example `currency: USD`.",
  "criteria.*.anyOf": CHOICE.anyOf,
  "criteria.*.noneOf": CHOICE.noneOf,
  "criteria.*.atLeast": CHOICE.atLeast,
  "criteria.*.fields": FIELDS,
  "criteria.*.statement": "a sentence of 10 to 1000 characters that is true of a good prospect.",
  "criteria.*.keywords": "a word or a list of them, a `*` at the end for any ending: `keywords: [refrigerat*]`.",
};

export function cureFor(path: readonly PropertyKey[]): string {
  const [first, second, third] = path.map(String);
  const whole = [first, second === undefined ? undefined : "*", third].filter((step) => step !== undefined).join(".");
  return CURES[whole] ?? "remove it.";
}

/** Names that people are likely to write, with the right ones. */
export const KNOWN_MISTAKES: Readonly<Record<string, string>> = {
  column: "write `field`.",
  must_have: "write `mustHave`.",
  required: "write `mustHave`.",
  type: "write `kind`.",
  any_of: "write `anyOf`.",
  none_of: "write `noneOf`.",
  in: "write `anyOf`.",
  question: "write `statement`.",
};
