/** Text as a deck can carry it: one cleaner for whatever comes from files, from people and from models. */
import { visibleControls } from "holdfast/extend";

/** Controls and bidirectional marks: none has a glyph, so that a slide would show an empty box in a sentence. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Vertical tab, form feed and next line part words, as a space does. */
const BREAKS = "\v\f\u0085";

/** Drops what nobody can see; what then is no character at all (a lone surrogate, U+FFFE) shows as U+FFFD. */
export function cleanText(text: string): string {
  return visibleControls(text.replace(UNSEEN, (control) => (BREAKS.includes(control) ? " " : "")));
}

/** A copy of a JSON value with every string cleaned. Keys are left alone: they are this program's own. */
export function cleanTexts<T>(value: T): T {
  if (typeof value === "string") return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanTexts) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanTexts(inner)])) as T;
}
