// Reads a question for retrieval: its content words, and the kind of answer it asks for. Pure.
import { termsOf } from "@holdfast/workload-kit/sources";

/** What an answer must contain: "number" for how many, "time" for when, "name" for who; null if the question does not say. */
export type AskedKind = "number" | "time" | "name" | null;

/** Words of questions that name no subject. Compared as terms, so in the singular. */
const ASKING = new Set(
  "many much often long say said tell told give mention state describe according source document".split(" "),
);
const SUFFIXES =
  "ations ation ition tions tion ions ion ments ment ings ing edly ed ers er ors or ities ity ally al ly ies es e s".split(
    " ",
  );
/** Shorter stems match too many words. */
const ROOT_LENGTH_MIN = 4;

/** Returns the distinct content words of a question, or all its words if none is left. */
export function questionTerms(question: string): string[] {
  const all = [...new Set(termsOf(question))];
  const content = all.filter((term) => !ASKING.has(term));
  return content.length > 0 ? content : all;
}

export function askedKind(question: string): AskedKind {
  if (
    /\bhow (many|much|high|large|big|long|far|old|often)\b|\bwhat (share|percentage|percent|number|price|cost)\b/i.test(
      question,
    )
  )
    return "number";
  if (/\b(when|what year|which year|what date)\b/i.test(question)) return "time";
  return /\b(who|whom|whose)\b/i.test(question) ? "name" : null;
}

/** Returns whether a text contains something of the kind. A name is a capitalized word that does not begin a sentence. */
export function holdsKind(text: string, kind: AskedKind): boolean {
  if (kind === null) return true;
  if (kind === "name") return /[^.!?]\s+\p{Lu}\p{Ll}+/u.test(text);
  if (kind === "number")
    return (
      /\d/.test(text) ||
      /\b(two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion|half|none)\b/i.test(text)
    );
  return /\b1\d{3}\b|\b20\d{2}\b|\b(january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/i.test(
    text,
  );
}

/** Returns the part that a word's forms share: "export" of "exported", "produc" of "production". */
export function rootOf(term: string): string {
  if (/\d/.test(term)) return term;
  for (const suffix of SUFFIXES) {
    if (term.endsWith(suffix) && term.length - suffix.length >= ROOT_LENGTH_MIN) return term.slice(0, -suffix.length);
  }
  return term;
}

/** "produc" has this length; shorter roots begin too many other words ("count" begins "countr"). */
const LONG_ROOT_MIN = 6;

/** Returns whether two roots belong to one word: equal, or one is the other with up to two more letters. */
export function meets(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= LONG_ROOT_MIN && long.length - short.length <= 2 && long.startsWith(short);
}
