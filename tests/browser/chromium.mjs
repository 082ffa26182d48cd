/**
 * Debian's Chromium, found on the PATH or where HOLDFAST_CHROMIUM says, started by playwright-core, which downloads
 * nothing.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of Chromium, or null if there is none. */
export function findChromium(env = process.env) {
  if (env.HOLDFAST_CHROMIUM) return env.HOLDFAST_CHROMIUM;
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Try the next one.
      }
    }
  }
  return null;
}

const options = () => ({ executablePath: findChromium() ?? undefined, args: ARGS, headless: true });

export const launch = () => chromium.launch(options());

/** A browser whose profile is kept in a folder, so that it can be closed and opened again. */
export const launchWith = (profile, more = {}) => chromium.launchPersistentContext(profile, { ...options(), ...more });
