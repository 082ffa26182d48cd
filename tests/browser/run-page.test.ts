/** The page of a run, by keyboard and pointer: the time axis, the items, the plan, the log and the cost. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject } from "../cli/harness.js";
import { seed } from "./fixture/seed.mjs";
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
  state,
} from "./page.js";

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    const project = await makeProject();
    await seed(project.path(".holdfast"), { live: false });
    served = await serve([], project);
  });
  afterAll(closePages);

  test("the time axis is zoomed, stepped through and read as a table without a mouse, and one tab is the current one", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/run-narratives-3k/overview`);
    await seen(page.locator(".tl .stage"));
    const brush = page.getByRole("slider", { name: /Part of the run/ });
    expect(await brush.getAttribute("aria-valuetext")).toBe("the whole run");
    await page.keyboard.press("]");
    await seen(page.locator(".attempt-line").getByText("ingest"));
    await page.keyboard.press("]");
    await seen(page.locator(".attempt-line").getByText("classify"));
    await brush.focus();
    await page.keyboard.press("+");
    await page.keyboard.press("ArrowLeft");
    expect(await brush.getAttribute("aria-valuetext")).toMatch(/^\d+ to \d+ %$/);
    await page.keyboard.press("Shift+T");
    await seen(page.getByText(/the part of the axis that is shown/));
    await seen(page.locator("tr[aria-selected=true]").getByText("classify"));
    await page.getByRole("button", { name: "Show the whole" }).click();
    expect(await brush.getAttribute("aria-valuetext")).toBe("the whole run");
    await page.goto(`${served.url}/runs/run-narratives-3k/log`);
    await seen(page.getByRole("heading", { name: "Log" }));
    expect(await page.locator("nav.tabs [aria-current=page]").allTextContents()).toEqual(["Log"]);
    expect(troubles).toEqual([]);
  });

  test("a range of items chosen by keyboard becomes a plan for these alone; Both counts failed and missing ones", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/run-narratives-3k`);
    await seen(page.locator("#plan"));
    await page.getByRole("button", { name: /^Both/ }).click();
    await seen(page.locator("#plan [aria-pressed=true]").getByText("Both 1,225"));
    const cells = page.getByRole("img", { name: /3,000 items/ });
    await cells.focus();
    await page.keyboard.press("ArrowRight");
    for (let step = 0; step < 20; step++) await page.keyboard.press("Shift+ArrowDown");
    await seen(page.locator(".heat-range").getByText("Items 1–201"));
    // The card at the focus ring shows the key of its item.
    await seen(page.locator(".tip .mono").getByText(/^mail-/));
    const failed = /(\d+) failed/.exec((await page.locator(".heat-range").textContent()) ?? "")?.[1] ?? "";
    expect(Number(failed)).toBeGreaterThan(0);
    await page.getByRole("button", { name: `Retry ${failed} failed…` }).click();
    await seen(page.locator("#plan").getByText(`the ${failed} failed of items 1–201`));
    await seen(page.locator("#plan .total dd").getByText(failed, { exact: true }));
    await cells.focus();
    await page.keyboard.press("Escape");
    await page.locator(".heat-range").waitFor({ state: "detached" });
    expect(troubles).toEqual([]);
  });

  test("a drag over the cells chooses a stretch, a click opens the table", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/run-narratives-3k`);
    const cells = page.getByRole("img", { name: /3,000 items/ });
    await seen(cells);
    await cells.scrollIntoViewIfNeeded();
    const { mouse } = page;
    // What stands above may still arrive and move the cells: each move looks where they are.
    const dragOver = async (first: number, ...rest: number[]) => {
      await cells.hover({ position: { x: 3, y: first } });
      await mouse.down();
      for (const y of rest) await cells.hover({ position: { x: 3, y } });
      await mouse.up();
    };
    // From the first cell of the first block to the first of its third row: ten cells a row, four pixels a cell.
    await dragOver(3, 7, 11);
    await seen(page.locator(".heat-range").getByText("Items 1–21"));
    // Backwards it is the same stretch.
    await page.getByRole("button", { name: "Clear the choice" }).click();
    await page.locator(".heat-range").waitFor({ state: "detached" });
    await dragOver(11, 7, 3);
    await seen(page.locator(".heat-range").getByText("Items 1–21"));
    await page.getByRole("button", { name: "Clear the choice" }).click();
    await page.locator(".heat-range").waitFor({ state: "detached" });
    await cells.click({ position: { x: 3, y: 3 } });
    await seen(page.locator("tbody .id"));
    expect(page.url()).toMatch(/\/items$/);
    expect(troubles).toEqual([]);
  });

  test("a map under way shows its slots, pace, time left and budget; the critical path says where the time went", async () => {
    const runId = await startRun(served, {
      workflow: "narrative-benchmark",
      input: { items: 3_000, callMs: 400, concurrency: 6, failEvery: 50, budgetUsd: 1.5 },
    });
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    const stage = page.locator(".tl .stage[aria-current]");
    await seen(stage.getByText(/^attempt 1 · \d+ calls in flight$/));
    await seen(stage.getByText(/left of \$1\.50$/));
    await seen(page.locator(".gauge").getByText("of $1.50 limit"));
    const lanes = page.getByRole("img", { name: /^\d+ slots of classify\. Under way: mail-/ });
    await seen(lanes);
    await seen(page.locator(".slots-now").getByText(/^mail-/));
    await page.getByRole("button", { name: "Critical path" }).click();
    await seen(page.locator(".tl .crit"));
    await seen(page.getByRole("heading", { name: /^Where .* went$/ }));
    await page.goto(`${served.url}/runs/${runId}/cost`);
    await seen(page.locator(".gauge").getByText("Budget"));
    await seen(page.locator(".tbl").getByRole("cell", { name: "$1.50" }));
    await page.goto(`${served.url}/runs/${runId}`);
    await page.getByRole("button", { name: /^Pause/ }).click();
    await seen(state(page).getByText("Paused"));
    // At rest it has no pace, and its budget stays.
    await seen(stage.getByText(/^attempt 1$/));
    await seen(stage.getByText(/left of \$1\.50$/));
    expect(troubles).toEqual([]);
  });

  test("the log is filtered by words, the cost over time is a chart and a table, and the strip appears when the head is scrolled away", async () => {
    const { page, troubles } = await newPage({ viewport: { width: 1440, height: 600 } });
    await enter(page, served);
    await page.goto(`${served.url}/runs/run-narratives-3k/log`);
    await seen(page.locator(".log li"));
    await page.getByLabel("Find in the log").fill("no such words");
    await seen(page.getByText("No line matches."));
    await page.goto(`${served.url}/runs/run-narratives-3k/cost`);
    await seen(page.locator(".series-plot canvas"));
    await page.locator(".series").getByRole("button", { name: "Show as table" }).click();
    await seen(page.locator(".series-table tbody tr"));
    await page.goto(`${served.url}/runs/run-narratives-3k`);
    await seen(page.locator(".errs li"));
    expect(await page.locator(".strip").count()).toBe(0);
    await page.locator(".errs").scrollIntoViewIfNeeded();
    await seen(page.locator(".strip").getByText("run-narratives-3k"));
    expect(troubles).toEqual([]);
  });
});
