/** Light or dark, and how dense: chosen here, kept in this browser, set on <html>. `public/theme.js` does it before the first paint. */
import { recall, remember, useWatched, watched } from "../parts/store.js";

export type Theme = "light" | "dark";
export type Density = "compact" | "regular" | "comfortable";

const root = document.documentElement;
const theme = watched<Theme>(root.dataset.theme === "dark" ? "dark" : "light");
const density = watched<Density>((root.dataset.density as Density | undefined) ?? "regular");

export const useTheme = (): Theme => useWatched(theme);

export function setTheme(next: Theme | "system"): void {
  remember("holdfast:theme", next === "system" ? null : next);
  choice.set(next);
  const isDark = next === "dark" || (next === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "dark" : "light";
  theme.set(isDark ? "dark" : "light");
}

/** "system" where nothing was chosen. */
const choice = watched<Theme | "system">(
  recall("holdfast:theme") === "dark" ? "dark" : recall("holdfast:theme") === "light" ? "light" : "system",
);
export const useThemeChoice = (): Theme | "system" => useWatched(choice);

export const toggleTheme = (): void => setTheme(theme.get() === "dark" ? "light" : "dark");

export const useDensity = (): Density => useWatched(density);

export function setDensity(next: Density): void {
  remember("holdfast:density", next === "regular" ? null : next);
  if (next === "regular") delete root.dataset.density;
  else root.dataset.density = next;
  density.set(next);
}

/** Rows of tables, by the token that density and pointer set. */
export const rowHeight = (): number => Number.parseFloat(getComputedStyle(root).getPropertyValue("--row")) || 36;
