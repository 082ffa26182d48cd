/** The list of runs: its filters, its updates, and what it says while it is loading. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closePages,
  enter,
  hasChromium,
  inBrowser,
  newPage,
  type Served,
  seen,
  serve,
  startRun,
  WAIT_MS,
} from "./page.js";

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    served = await serve(["--no-worker"]);
    for (const country of ["Norway", "Sweden", "New Zealand"]) {
      const input = { country, industry: "energy", stageMs: 0 };
      ids[country] = await startRun(served, { workflow: "market-research", input });
    }
    ids.report = await startRun(served, { workflow: "quarterly-report", input: { quarter: "2026 Q3" } });
  });
  afterAll(closePages);

  test("is filtered by input fields, with exclusions and times; the address is the query; an invalid filter is reported in place", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    const link = (name = "") => page.locator("tr").getByRole("link", { name: ids[name] ?? "" });
    const only = (...names: string[]) =>
      expect
        .poll(() => page.locator("tbody a.id").allInnerTexts(), { timeout: WAIT_MS })
        .toEqual(names.map((name) => ids[name]));
    await page.goto(`${served.url}/runs?q=country:norway`);
    await only("Norway");
    const field = page.getByRole("combobox", { name: "Filter runs" });
    await page.getByRole("button", { name: "Remove country:norway" }).click();
    await only("report", "New Zealand", "Sweden", "Norway");
    await field.fill('country:"New Zealand');
    await page.keyboard.type('" ');
    await only("New Zealand");
    expect(new URL(page.url()).searchParams.get("q")).toBe('country:"New Zealand"');
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Backspace");
    await field.fill("-workflow:market-research");
    await page.keyboard.press("Enter");
    await only("report");
    await page.goto(`${served.url}/runs?q=!country:Sweden started:>1h workflow:market-research`);
    await only("New Zealand", "Norway");
    await page.goto(`${served.url}/runs?q=started:<2d`);
    await seen(page.getByText("No run matches started:<2d"));
    await field.fill("planet:mars");
    await seen(page.getByRole("alert").getByText(/planet cannot be asked for: .*country, industry/));
    await page.goto(`${served.url}/runs?q=planet:mars`);
    await seen(page.getByText(/planet cannot be asked for/));
    await page.goto(`${served.url}/runs`);
    await seen(link("report"));
    expect(troubles).toEqual([]);
  });

  test("says what each filter would leave, and applies it: states add up, the address is the query", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    const facets = page.getByRole("group", { name: "What a filter would leave" });
    const facet = (name: string) => facets.getByRole("button", { name });
    await page.goto(`${served.url}/runs`);
    await seen(facet("market-research 3"));
    await facet("market-research 3").click();
    await seen(facets.getByText("3 match"));
    expect(new URL(page.url()).searchParams.get("q")).toBe("workflow:market-research");
    expect(await facet("market-research 3").getAttribute("aria-pressed")).toBe("true");
    await seen(facet("quarterly-report"));
    await page.goto(`${served.url}/runs?q=country:Norway status:failed`);
    await seen(facet("queued 1"));
    await facet("queued 1").click();
    await expect.poll(() => page.locator("tbody a.id").allInnerTexts(), { timeout: WAIT_MS }).toEqual([ids.Norway]);
    expect(new URL(page.url()).searchParams.get("q")).toBe("country:Norway status:failed,queued");
    await page.goto(`${served.url}/runs?q=cost:>1`);
    await seen(page.getByText("No run matches cost:>1"));
    expect(troubles).toEqual([]);
  });

  test("acts on all matching runs as one bulk job of the server: the preview names the runs left out, progress is reported", async () => {
    const { page, troubles } = await newPage();
    for (let n = 0; n < 6; n++) {
      const input = { country: "Chile", industry: `x${n}`, stageMs: 0 };
      ids[`chile-${n}`] = await startRun(served, { workflow: "market-research", input });
    }
    await served.ask("PUT", `/api/runs/${ids["chile-0"]}`, { action: "cancel" });
    await enter(page, served);
    await page.goto(`${served.url}/runs?q=country:Chile`);
    await seen(page.getByRole("group", { name: "What a filter would leave" }).getByText("6 match"));
    await page.getByRole("checkbox", { name: `Select ${ids["chile-3"]}` }).check();
    const bar = page.getByRole("region", { name: "Selection" });
    await seen(bar.getByText("1 selected"));
    await bar.getByRole("button", { name: "Select all 6 that match" }).click();
    await seen(bar.getByText("all 6 that match selected"));
    await bar.getByRole("button", { name: "Pause…" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause 5 runs?" });
    await seen(dialog.getByText("cancelled: it is over"));
    await dialog.getByRole("button", { name: "Pause 5 runs" }).click();
    await expect.poll(() => page.locator("tbody tr", { hasText: "Paused" }).count(), { timeout: WAIT_MS }).toBe(5);
    await expect
      .poll(() => page.getByRole("region", { name: "Act on many runs" }).count(), { timeout: WAIT_MS })
      .toBe(0);
    await page.getByRole("checkbox", { name: "Select all shown" }).check();
    await page.getByRole("button", { name: "Delete…" }).click();
    const removal = page.getByRole("dialog", { name: "Remove 6 runs?" });
    const sure = removal.getByRole("button", { name: "Remove 6 runs" });
    await seen(sure);
    expect(await sure.getAttribute("aria-disabled")).toBe("true");
    await removal.getByLabel("Type 6 to remove them").fill("6");
    await sure.click();
    await seen(page.getByText("No run matches country:Chile"));
    expect(troubles).toEqual([]);
  });

  test("counts new runs while the pointer is on the list, and shows them when asked", async () => {
    const { page } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs?q=workflow:quarterly-report`);
    const row = page.locator("tbody a.id");
    await seen(row);
    await page.getByRole("status").getByText("Live", { exact: true }).waitFor();
    await row.first().hover();
    const before = await row.first().boundingBox();
    const made = await startRun(served, { workflow: "quarterly-report", input: { quarter: "2026 Q4" } });
    const pill = page.getByRole("button", { name: "1 new" });
    await seen(pill);
    expect(await row.first().innerText()).toBe(ids.report);
    expect(await row.first().boundingBox()).toEqual(before);
    await pill.click();
    await expect.poll(() => row.allInnerTexts(), { timeout: WAIT_MS }).toEqual([made, ids.report]);
  });

  test("the store is measured, checked, backed up and compacted from the page, with a preview of each", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/system/storage`);
    await seen(page.getByText(/free of/));
    await seen(page.getByRole("table", { name: "Tables of the store" }).locator("td.mono"));
    expect(await page.locator(".tabs a[aria-current]").allInnerTexts()).toEqual(["Storage"]);
    await page.getByRole("button", { name: "Back up now" }).click();
    await seen(page.locator("td", { hasText: /^holdfast-\d{8}-\d{6}\.db$/ }));
    const compact = page.getByRole("region", { name: "Compact" });
    await compact.getByRole("button", { name: "What would be done" }).click();
    await seen(compact.getByText("Gives back"));
    await compact.getByRole("button", { name: "Compact the store" }).click();
    await seen(compact.getByText(/before, .* after/));
    await page.getByRole("link", { name: "Doctor" }).click();
    await seen(page.getByText(/Fit for use, looked at/));
    await seen(page.getByText("Start one: holdfast worker"));
    expect(troubles).toEqual([]);
  });

  test("says what it is loading when that takes long, and stops when told to", async () => {
    const { page } = await newPage();
    await enter(page, served);
    await page.route(/api\/runs\?/, () => undefined);
    const given = page.waitForEvent("requestfailed", (request) => /api\/runs\?/.test(request.url()));
    await page.goto(`${served.url}/runs?q=status:queued`);
    await seen(page.getByText(/Reading runs that match status:queued for \d+ s/));
    await page.getByRole("button", { name: "Stop" }).click();
    expect((await given).failure()?.errorText).toMatch(/ABORTED/);
    await expect.poll(() => page.getByText(/Reading runs/).count(), { timeout: WAIT_MS }).toBe(0);
  });
});
