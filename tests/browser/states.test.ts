/** States that a page is seldom in: nothing serious by axe in any, in both themes, at three widths nothing is scrolled sideways. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closePages,
  enter,
  hasChromium,
  inBrowser,
  killGroup,
  newPage,
  type Served,
  seen,
  serve,
  startRun,
  state,
  worker,
} from "./page.js";

const WIDTHS = [1440, 768, 320] as const;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const KEY_OF_VIEWER = `holdfast_sk_${"vera".padEnd(8, "0")}_${"vera".padEnd(43, "x")}`;

async function serious(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>(`axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html.slice(0, 160)}`));
}

/** In each theme and at each width, without leaving the page: a state may be over after that. */
async function look(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of ["light", "dark"] as const) {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
    // Colors on their way are no colors of the page.
    await page.evaluate(
      "Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished.catch(() => null)))",
    );
    found.push(...(await serious(page)).map((one) => `${name}, ${theme}: ${one}`));
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
    if (wide > width) found.push(`${name}: ${wide} px at ${width}`);
    if (process.env.HOLDFAST_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.HOLDFAST_SHOTS}/state-${name.replaceAll(" ", "-")}-${width}.png` });
  }
  await page.setViewportSize({ width: WIDTHS[0], height: 900 });
  return found;
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(["--no-worker", "--supervise"]);
  });
  afterAll(closePages);

  test("a run that is paused, one that waits for a time, one that is about to be forked, and one that is being recovered", async () => {
    const first = worker(served.project);
    const paused = await startRun(served, {
      workflow: "narrative-benchmark",
      input: { items: 400, callMs: 0, failEvery: 90, budgetUsd: 0.05 },
    });
    const exhibit = await startRun(served, { workflow: "exhibit", input: { rows: 200 } });
    const waiting = await startRun(served, { workflow: "nightly-export", input: {} });
    const { page, troubles } = await newPage();
    await enter(page, served);
    const found: string[] = [];
    await page.goto(`${served.url}/runs/${waiting}`);
    await seen(state(page).getByText(/^Waiting until \d\d:\d\d/));
    await seen(page.locator(".head .sub").getByText("waits for sleep night"));
    await seen(page.locator(".tseg.sleep"));
    expect(await page.locator(".legend").first().innerText()).toContain("waits, as its code says");
    found.push(...(await look(page, "waiting")));
    await page.getByRole("button", { name: "Cancel…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
    await seen(state(page).getByText("Cancelled"));
    await page.goto(`${served.url}/runs/${paused}`);
    await seen(state(page).getByText(/^Paused/));
    await seen(page.locator("#plan"));
    await seen(page.locator(".lanes path").or(page.locator(".heat canvas")));
    found.push(...(await look(page, "paused")));
    await page.goto(`${served.url}/runs/${exhibit}`);
    await seen(state(page).getByText("Completed"));
    await page.getByRole("button", { name: "More acts" }).click();
    await page.getByRole("menuitem", { name: "Fork…" }).click();
    await page.getByRole("button", { name: "Change the input…" }).click();
    await seen(page.getByRole("dialog", { name: "Fork this run?" }));
    found.push(...(await look(page, "fork")));
    await page.keyboard.press("Escape");

    const taken = await startRun(served, {
      workflow: "narrative-benchmark",
      input: { items: 4_000, callMs: 60, concurrency: 2 },
    });
    await page.goto(`${served.url}/runs/${taken}`);
    await seen(page.getByText(/map classify: \d+ of 4,000/));
    await killGroup(first);
    // Nobody is there to take it up: it stays so.
    await seen(state(page).getByText("Recovering"));
    found.push(...(await look(page, "recovering")));
    expect(found).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("a page that waits for its answer, and one that got none", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    const found: string[] = [];
    let isLost = false;
    await page.route(/\/api\/(runs\?|runs\/run-x|compare\?|workflows|errors)/, (route) =>
      isLost
        ? route.fulfill({
            status: 500,
            contentType: "application/problem+json",
            body: JSON.stringify({
              type: "about:blank",
              title: "Unexpected error",
              status: 500,
              detail: "The store could not be read.",
              code: "UNKNOWN",
              retryable: true,
              retryAfterMs: null,
              errors: [],
              suggestions: [{ label: "Look at the log of the server." }],
            }),
          })
        : // Never answered: the page is looked at while it waits.
          new Promise(() => undefined),
    );
    for (const [path, waits, lost] of [
      ["runs", ".skel, [role=status]", null],
      ["runs/run-x", "h1", ".unread"],
      ["compare?a=run-x&b=run-y", "[role=status]", ".unread"],
    ] as const) {
      isLost = false;
      await page.goto(`${served.url}/${path}`);
      await seen(page.locator("main").locator(waits));
      found.push(...(await look(page, `waiting for ${path.replace(/\W+/g, " ")}`)));
      // The list tells by its chip that it is not answered, and goes on asking.
      if (lost === null) continue;
      isLost = true;
      await page.goto(`${served.url}/${path}`);
      await seen(page.locator(lost));
      await seen(page.getByText("The store could not be read."));
      found.push(...(await look(page, `no answer to ${path.replace(/\W+/g, " ")}`)));
    }
    expect(found).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("who may only look sees why the acts are refused", async () => {
    const own = await serve([], null, { HOLDFAST_TEST_USERS: "1" });
    const { page, troubles } = await newPage();
    await page.goto(`${own.url}/runs`);
    await page.getByLabel("Token or API key").fill(KEY_OF_VIEWER);
    await page.keyboard.press("Enter");
    await seen(page.getByRole("navigation", { name: "Main" }));
    const found: string[] = [];
    await page.goto(`${own.url}/runs/no-such-run`);
    await seen(page.getByRole("heading", { level: 1, name: "There is no run no-such-run" }));
    found.push(...(await look(page, "no such run")));
    await page.goto(`${own.url}/start/quarterly-report`);
    const start = page.getByRole("button", { name: /^Start/ });
    await seen(start);
    expect(await start.getAttribute("aria-disabled")).toBe("true");
    expect(await start.getAttribute("title")).toBe("Viewers look; ask an operator to act on runs");
    found.push(...(await look(page, "start of a viewer")));
    expect(found).toEqual([]);
    expect(troubles).toEqual([]);
  });
});
