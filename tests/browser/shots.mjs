#!/usr/bin/env node
/**
 * Screenshots of a served store in both themes, for the README and for comparison with the reference: `node shots.mjs
 * <printed address> <folder> [--width=768] [name=path …]`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./chromium.mjs";

const PAGES = {
  runs: "runs",
  run: "runs/run-mails-small",
  "run-failed": "runs/run-narratives-3k",
  start: "start/market-research",
};

export async function takeShots(address, folder, pages = PAGES, { themes = ["light", "dark"], width = 1440 } = {}) {
  mkdirSync(folder, { recursive: true });
  const browser = await launch();
  const problems = [];
  try {
    for (const theme of themes) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
      const page = await context.newPage();
      page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(address);
      await page.locator("main").waitFor();
      const root = address.split("#")[0];
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(`${root}${path}`, { waitUntil: "load" });
        await page.locator("main h1, main h2").first().waitFor({ state: "attached" });
        await page.evaluate(() => document.fonts.ready);
        await page.waitForTimeout(name.startsWith("run-") || name === "run" ? 2_500 : 900);
        // Toasts are dismissed: the screenshot is of the page.
        const toast = page.getByRole("button", { name: "Dismiss for good" });
        if (await toast.isVisible()) await toast.click();
        await page.mouse.move(0, 0);
        await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
  return problems;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [address, folder, ...rest] = process.argv.slice(2);
  const width = Number(rest.find((one) => one.startsWith("--width="))?.slice("--width=".length) ?? 1440);
  const named = rest.filter((one) => !one.startsWith("--"));
  const nameAndPath = (one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)];
  const pages = named.length === 0 ? PAGES : Object.fromEntries(named.map(nameAndPath));
  for (const problem of await takeShots(address, folder, pages, { width })) console.error(problem);
}
