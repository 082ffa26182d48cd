/** Every page in both themes, filled and empty: axe finds nothing serious, and the page's own policy blocks nothing. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject } from "../cli/harness.js";
import { type Finding, findings } from "./findings.js";
import { seed } from "./fixture/seed.mjs";
import { closePages, enter, hasChromium, inBrowser, newPage, type Served, seen, serve, WAIT_MS } from "./page.js";

const PAGES: readonly (readonly [path: string, sign: string])[] = [
  ["inbox", "h1"],
  ["runs", "tbody .id"],
  ["runs?q=status:queued", "h2"],
  ["runs/run-narratives-3k", "#plan"],
  ["runs/run-mails-large/items", "tbody .id"],
  ["runs/run-mails-tiny/errors", ".errs li"],
  ["runs/run-report-q2/artifacts", ".tree [role=treeitem]"],
  ["runs/run-report-q2/result", ".tree [role=treeitem]"],
  ["runs/run-report-q2/audit", "main thead"],
  ["runs/run-report-q2/events", ".log li"],
  ["runs/run-narratives-3k/log", ".log li"],
  ["runs/run-narratives-3k/cost", ".series-plot canvas"],
  ["runs/no-such-run", "h1"],
  ["errors", ".tbl.causes .big"],
  ["errors?days=30&category=no-such", ".void h2"],
  ["settings", ".settings .seg"],
  ["compare", "main h2"],
  ["compare?a=run-mails-tiny&b=run-mails-large", ".pairs .row"],
  ["compare?a=run-energy-iceland&b=run-report-q2", ".verdict"],
  ["compare?a=run-mails-tiny&b=no-such-run", ".unread"],
  ["start", "main li"],
  ["start/market-research", "form .inp"],
  ["datasets", "main h1"],
  ["system", "tbody tr"],
  ["system/schedules", ".sched tbody tr"],
  ["system/manage", ".plan"],
  ["system/storage", ".storage-split td"],
  ["system/doctor", ".findings td.mono"],
  ["system/audit", "main thead"],
];

/** The folder for screenshots of every page, created if missing; unset, none are taken. */
const SHOTS = process.env.HOLDFAST_SHOTS;
const nameOf = (path: string) => path.replace(/\W+/g, "-");
const THEMES = ["light", "dark"] as const;

async function shoot(page: Page, path: string, sign: string, theme: string): Promise<void> {
  // A canvas is drawn in the colors of when it was drawn.
  await page.reload();
  await seen(page.locator(sign));
  await page.screenshot({ path: join(SHOTS as string, `${nameOf(path)}-${theme}.png`) });
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    const project = await makeProject();
    await seed(project.path(".holdfast"), { live: false });
    served = await serve([], project);
  });
  afterAll(closePages);

  test("no page has a serious finding, light or dark", async () => {
    // A color in transition is neither theme's.
    const { page, troubles } = await newPage({ reducedMotion: "reduce" });
    await enter(page, served);
    await seen(page.getByRole("navigation", { name: "Main" }));
    const found: Record<string, readonly Finding[]> = {};
    const look = async (name: string, sign: string | null = null) => {
      for (const colorScheme of THEMES) {
        await page.emulateMedia({ colorScheme });
        const serious = await findings(page);
        if (serious.length > 0) found[`${name}, ${colorScheme}`] = serious;
        if (SHOTS !== undefined && sign !== null) await shoot(page, name, sign, colorScheme);
      }
    };
    for (const [path, sign] of PAGES) {
      await page.goto(`${served.url}/${path}`);
      await seen(page.locator(sign));
      await look(path, sign);
    }
    await page.goto(`${served.url}/runs`);
    await seen(page.locator("tbody .id"));
    for (const [key, name] of [
      ["?", "Keys"],
      ["Control+k", "Search and commands"],
    ] as const) {
      await page.keyboard.press(key);
      await seen(page.getByRole("dialog", { name }));
      await look(name);
      await page.keyboard.press("Escape");
    }
    expect(found).toEqual({});
    // A defect would have been found.
    await page.evaluate("document.querySelector('main').append(document.createElement('img'))");
    expect((await findings(page)).map(({ id }) => id)).toEqual(["image-alt"]);
    expect(troubles).toEqual([]);
  });

  test("a cause is resolved and ignored from its row, and found again by what was said of it", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/errors`);
    const row = (text: string) => page.getByRole("button", { name: text });
    const tab = (name: RegExp) => page.getByRole("navigation", { name: "Of the errors" }).getByRole("link", { name });
    await row("401 from the provider: the key was refused").click();
    await page.getByRole("button", { name: "Resolve", exact: true }).click();
    await seen(tab(/^Resolved ?1$/));
    await expect.poll(() => row("401 from the provider").count(), { timeout: WAIT_MS }).toBe(0);
    await row("The model refused to judge this text").click();
    await page.getByRole("button", { name: "Ignore", exact: true }).click();
    await tab(/^Ignored ?1$/).click();
    await seen(page.getByText(/Ignored by root /));
    await tab(/^Resolved/).click();
    await row("401 from the provider").click();
    await seen(page.getByText(/Resolved by root /));
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Take the mark away" }).click();
    await seen(page.getByRole("heading", { name: "No cause is resolved" }));
    await tab(/^Open/).click();
    await seen(row("401 from the provider"));
    expect(troubles).toEqual([]);
  });

  test("a cause leads to all its runs and to the items of each; its retry is a job of the server, previewed", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/errors?state=ignored`);
    const cause = page.getByRole("button", { name: "The model refused to judge this text" });
    await cause.click();
    const runs = await page.locator(".cause-runs a.id").allInnerTexts();
    expect(runs).toContain("run-mails-tiny");
    await page.getByRole("link", { name: "Show all runs" }).click();
    await expect.poll(() => page.locator("tbody a.id").allInnerTexts(), { timeout: WAIT_MS }).toEqual(runs);
    expect(new URL(page.url()).searchParams.get("q")).toMatch(/^cause:[0-9a-f]{16}$/);
    await page.goBack();
    await cause.click();
    await page.locator(".cause-runs a.id", { hasText: "run-mails-tiny" }).click();
    await seen(page.locator("tbody tr", { hasText: "The model refused" }));
    expect(await page.locator("tbody tr", { hasText: "done" }).count()).toBe(0);
    const chip = page.getByRole("button", { name: /^Remove cause:/ });
    expect(await findings(page)).toEqual([]);
    await chip.click();
    await seen(page.locator("tbody tr", { hasText: "done" }));
    await page.goBack();
    await cause.click();
    await page.getByRole("button", { name: /^Retry all / }).click();
    const dialog = page.getByRole("dialog", { name: /^Retry .* of one cause\?$/ });
    await seen(dialog.getByText(/^[\d,]+ items of \d+ runs/));
    await seen(dialog.getByText("Would cost"));
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole("button", { name: /^Resume \d+ runs$/ }).click();
    const idsOf = async (path: string, field: "id" | "runId") => {
      const { rows } = (await (await served.ask("GET", path)).json()) as { rows: Record<string, string>[] };
      return [...new Set(rows.map((row) => row[field]))].sort();
    };
    const resumed = () => idsOf("/api/audit?action=resume&limit=50", "runId");
    await expect.poll(resumed, { timeout: WAIT_MS }).toEqual([...runs].sort());
    // It goes away by itself where all went well.
    await expect
      .poll(() => page.getByRole("region", { name: "Act on many runs" }).count(), { timeout: WAIT_MS })
      .toBe(0);
    // Nobody writes into the folder any more when it is removed.
    await expect.poll(() => idsOf("/api/runs?status=queued,running", "id"), { timeout: WAIT_MS }).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("a schedule is resumed and paused, back-filled by a plan and triggered from its row", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/system`);
    await page.getByRole("navigation", { name: "Of the system" }).getByRole("link", { name: "Schedules" }).click();
    const row = page.getByRole("row", { name: /census-backfill/ });
    await seen(row.getByText("none while paused"));
    await seen(page.getByRole("row", { name: /trade-close/ }).getByText(/31 Dec 17:30/));
    await row.getByRole("button", { name: "census-backfill", exact: true }).click();
    await seen(page.getByText(/paused by .*, “census API down until Monday”/));
    expect(await page.locator(".sched-detail .mini tbody tr").count()).toBe(5);
    await page.getByRole("button", { name: "What would be started" }).click();
    await seen(page.getByText("nothing has changed yet"));
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: "Back-fill 4 ticks" }).click();
    await seen(page.getByText("4 runs started or waiting"));
    await row.getByRole("button", { name: "Resume census-backfill" }).click();
    await row.getByRole("button", { name: "Pause census-backfill" }).click();
    await seen(row.getByRole("button", { name: "Resume census-backfill" }));
    await row.getByRole("button", { name: /^Trigger/ }).click();
    const dialog = page.getByRole("dialog", { name: "Trigger census-backfill?" });
    await seen(dialog);
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Trigger now" }).click();
    await seen(dialog.getByText(/^(Started|Waits)$/));
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await expect.poll(() => row.locator(".outs i").count(), { timeout: WAIT_MS }).toBe(5);
    expect(troubles).toEqual([]);
  });

  test("a page of 320 px needs no horizontal scrolling", async () => {
    const { page } = await newPage({ viewport: { width: 320, height: 800 } });
    await enter(page, served);
    await seen(page.getByRole("navigation", { name: "Main" }));
    for (const path of [
      "runs",
      "runs/run-narratives-3k",
      "runs/run-narratives-3k/log",
      "runs/run-narratives-3k/cost",
      "errors",
      "settings",
      "compare",
      "compare?a=run-mails-tiny&b=run-mails-large",
      "start/market-research",
      "system",
      "system/schedules",
      "system/storage",
      "system/doctor",
      "inbox",
    ]) {
      await page.goto(`${served.url}/${path}`);
      await seen(page.locator("main"));
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(wide, path).toBeLessThanOrEqual(320);
    }
    // Hidden columns leave their room to the others.
    await page.goto(`${served.url}/runs`);
    const id = page.locator("tbody tr:not(.day) td:nth-child(3)");
    await seen(id);
    await expect.poll(async () => (await id.first().boundingBox())?.width, { timeout: WAIT_MS }).toBeGreaterThan(100);
  });
});
