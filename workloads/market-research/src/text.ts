/** Text that every writer can carry: one cleaner for whatever comes from files, from people and from models. */
import { visibleControls } from "holdfast";

/**
 * A copy of a JSON value with every string cleaned: controls become visible, lone surrogates and characters that no XML
 * document may hold become U+FFFD. Keys are left alone: they are this program's own.
 */
export function cleanTexts<T>(value: T): T {
  if (typeof value === "string") return visibleControls(value) as T;
  if (Array.isArray(value)) return value.map(cleanTexts) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleanTexts(inner)])) as T;
}
