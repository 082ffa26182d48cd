/** Text that a deck can display: one cleaner for text from files, people and models. */
import { visibleControls } from "holdfast/extend";

/** Control characters and bidirectional marks. They have no glyph, so a slide would show an empty box in a sentence. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Vertical tab, form feed and next line separate words, like a space. */
const BREAKS = "\v\f\u0085";

/** Removes invisible characters. What is then not a character at all (a lone surrogate, U+FFFE) is shown as U+FFFD. */
export function cleanText(text: string): string {
  return visibleControls(text.replace(UNSEEN, (control) => (BREAKS.includes(control) ? " " : "")));
}

/** Returns a copy of a JSON value with every string cleaned. Keys stay unchanged: they are this program's own. */
export function cleanTexts<T>(value: T): T {
  if (typeof value === "string") return cleanText(value) as T;
  if (Array.isArray(value)) return value.map(cleanTexts) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanTexts(inner)])) as T;
}
