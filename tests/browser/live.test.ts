/**
 * How the page receives updates: over a socket, over a stream where no socket is possible, and not at all while it is
 * paused.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  WAIT_MS,
} from "./page.js";

/** Seven stages of a second: its page is open long before it ends, also where a browser takes seconds to open one. */
const STUDY = {
  workflow: "market-research",
  input: { country: "Norway", industry: "energy services", stageMs: 1_000 },
};
const chip = (page: Page, text: string | RegExp) => page.getByRole("status").getByText(text, { exact: true });
/** The icon of a state other than the one before it; it is drawn a moment after the title is set. */
async function iconAfter(page: Page, before: string | null): Promise<string | null> {
  const icon = () => page.locator("link[rel=icon]").getAttribute("href");
  await expect
    .poll(icon, { timeout: WAIT_MS })
    .toSatisfy((href: string) => href.startsWith("blob:") && href !== before);
  return icon();
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(closePages);

  test("a run's page uses one socket; the tab's title and icon show the run's state", async () => {
    const { page, troubles } = await newPage();
    const sockets: string[] = [];
    const streams: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    page.on("request", (request) => {
      if (request.url().includes("/events")) streams.push(request.url());
    });
    await enter(page, served);
    const runId = await startRun(served, STUDY);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(chip(page, "Live"));
    await expect.poll(() => page.title(), { timeout: WAIT_MS }).toMatch(/^▶ \d+ % run-/);
    const running = await iconAfter(page, null);
    await seen(state(page).getByText("Completed"));
    await seen(page.getByText(/of \d+, nothing missing/));
    await expect.poll(() => page.title(), { timeout: WAIT_MS }).toMatch(/^✓ run-/);
    await iconAfter(page, running);
    // One for each address that was opened, and no stream in addition.
    expect(sockets).toHaveLength(2);
    expect(streams).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("where sockets are not possible a stream takes their place, with the same history", async () => {
    const { page, troubles } = await newPage();
    await page.routeWebSocket(/\/api\/realtime/, (socket) => socket.close());
    const streams: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("live=true")) streams.push(request.url());
    });
    await enter(page, served);
    const runId = await startRun(served, STUDY);
    await page.goto(`${served.url}/runs/${runId}/events`);
    await seen(chip(page, "Live"));
    await seen(state(page).getByText("Completed"));
    const answer = await served.ask("GET", `/api/runs/${runId}/events?limit=1000`);
    const { head } = (await answer.json()) as { head: number };
    await seen(page.getByText(`${head} of ${head}, nothing missing`));
    expect(streams.length).toBeGreaterThan(0);
    expect(troubles).toEqual([]);
  });

  test("a paused page sends no requests, and catches up when it is resumed", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    const runId = await startRun(served, STUDY);
    await page.goto(`${served.url}/runs/${runId}/events`);
    await seen(page.getByText("stage 1 began"));
    await page.keyboard.press("l");
    await seen(page.getByText(/^Paused by you at/));
    // Requests from before the pause are answered.
    await page.waitForLoadState("networkidle");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await expect
      .poll(async () => ((await (await served.ask("GET", `/api/runs/${runId}`)).json()) as { status: string }).status, {
        timeout: WAIT_MS,
      })
      .toBe("completed");
    expect(asked).toEqual([]);
    expect(await page.getByText("completed after 7 stages").count()).toBe(0);
    await page.keyboard.press("l");
    await seen(page.getByText("completed after 7 stages"));
    await seen(page.getByText(/of \d+, nothing missing/));
    expect(troubles).toEqual([]);
  });

  test("a duplicated tab holds no run; the first tab keeps its own across a reload", async () => {
    const { page, context, troubles } = await newPage();
    await enter(page, served);
    const runId = await startRun(served, STUDY);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(heading(page, runId));
    await page.evaluate("sessionStorage.setItem('mark', 'first')");
    const [copy] = await Promise.all([
      context.waitForEvent("page"),
      // As a browser duplicates a tab: with a copy of its session storage.
      page.evaluate(`void open(${JSON.stringify(`${served.url}/`)})`),
    ]);
    await seen(copy.getByText("No run in this tab"));
    expect(await copy.evaluate("sessionStorage.getItem('mark')")).toBe("first");
    expect(copy.url()).toBe(`${served.url}/runs`);
    await page.goto(`${served.url}/`);
    await seen(heading(page, runId));
    await seen(state(page).getByText("Completed"));
    expect(troubles).toEqual([]);
  });
});
