/**
 * A job from the page to its result: a file of this machine is uploaded in the form, the job runs, and its result is
 * drawn according to its shape.
 */
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject } from "../cli/harness.js";
import {
  closePages,
  enter,
  hasChromium,
  heading,
  inBrowser,
  newPage,
  type Served,
  seen,
  serve,
  startRun,
  state,
} from "./page.js";

const CONFIG = fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url));

/** A job computes for a second; this is longer than that on any busy machine. */
const WORK_MS = 120_000;

/** Four years of weekdays, with a price below zero in the middle. */
function prices(): string {
  const rows: string[] = [];
  for (let day = Date.UTC(2020, 0, 1); rows.length < 1_000; day += 86_400_000) {
    const at = rows.length;
    const price = at === 500 ? -4.5 : 100 * Math.exp(Math.sin(at / 40) / 3 + Math.sin(at * 12.9898) / 50);
    if (new Date(day).getUTCDay() % 6 !== 0)
      rows.push(`${new Date(day).toISOString().slice(0, 10)};${price.toFixed(2)}`);
  }
  return `Day;Settle\n${rows.join("\n")}\n`;
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  let file: string;
  beforeAll(async () => {
    const project = await makeProject();
    file = await project.write("own prices.csv", prices());
    served = await serve([], project, { HOLDFAST_CONFIG: CONFIG });
  });
  afterAll(closePages);

  async function serious(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<{
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    }>(
      "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })",
    );
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
  }

  test("trade is started with a file uploaded in the form, updates without a reload, and its result is drawn", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/start/trade`);
    await seen(heading(page, "Start trade"));
    await page.getByLabel("Prices: a file of this machine").setInputFiles(file);
    await seen(page.getByText(/own prices\.csv, \d/));
    expect(
      await page
        .getByLabel(/^Prices/)
        .first()
        .inputValue(),
    ).toMatch(/^upload:/);
    // 300 pairs: enough that their progress can be seen.
    await page.getByLabel(/^Fast/).fill(JSON.stringify(Array.from({ length: 10 }, (_, at) => at + 2)));
    await page.getByLabel(/^Slow/).fill(JSON.stringify(Array.from({ length: 30 }, (_, at) => at + 20)));
    await page.getByLabel(/^Draws/).fill("100");
    await page.evaluate("globalThis.isSame = true");
    await page.getByRole("button", { name: /^Start/ }).click();
    await seen(heading(page, /^run-/));
    await seen(state(page).getByText("Completed"), WORK_MS);
    await seen(page.getByText(/gate no look-ahead|no look-ahead/).first());
    await page.getByRole("link", { name: "Input and result" }).click();
    await seen(page.getByText(/^\d+ and \d+ days beat every other pair/));
    const chart = page.getByRole("slider", { name: /^Growth of the pair/ });
    await seen(chart.locator("canvas"));
    // The limitations of the result are shown beside it, and the day below zero with its row.
    await seen(page.getByText(/300 pairs tried: the best of 300 without skill/));
    await seen(page.getByText(/row 502 \(\d{4}-\d\d-\d\d at -4\.5\)/));
    await seen(page.getByRole("link", { name: "equity.csv" }));
    expect(await page.evaluate("globalThis.isSame")).toBe(true);
    expect(await serious(page)).toEqual([]);

    // By keyboard alone: along the axis, and the same data as a table.
    await chart.focus();
    await page.keyboard.press("Home");
    expect(await chart.getAttribute("aria-valuetext")).toMatch(/2020, .*days ×[\d.]+, held all along/);
    await page.keyboard.press("ArrowRight");
    expect(await chart.getAttribute("aria-valuenow")).toBe("1");
    await page.keyboard.press("Shift+T");
    await seen(
      page.getByRole("table", { name: /^Growth of the pair/ }).getByRole("columnheader", { name: "held all along" }),
    );
    expect(await serious(page)).toEqual([]);

    // The file behind the chart has all rows.
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "equity.csv" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("equity.csv");
    expect(troubles).toEqual([]);
  });

  test("the bundled oil prices are the default; in the dark theme, and on a phone, nothing is cut off", async () => {
    const runId = await startRun(served, { workflow: "trade", input: { draws: 100 } });
    const { page, troubles } = await newPage({ colorScheme: "dark" });
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Completed"), WORK_MS);
    await page.goto(`${served.url}/runs/${runId}/result`);
    await seen(page.getByRole("table", { name: /^Sharpe ratio/ }).getByText("best"));
    await seen(page.locator(".series-chart canvas"));
    expect(await serious(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    expect(troubles).toEqual([]);
  });

  test("the run's page says why a file cannot be used, naming the rows", async () => {
    const sent = await fetch(`${served.url}/api/uploads`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.token}`, "x-filename": "bad.csv" },
      body: "Date,Close\n2026-01-05,10\n2026-01-06,n0pe\n",
    });
    const { id } = (await sent.json()) as { id: string };
    const runId = await startRun(served, { workflow: "trade", input: { prices: `upload:${id}` } });
    const { page } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Failed"));
    await seen(page.getByText(/the price is no number: row 3 \("n0pe"\)/));
  });
});
