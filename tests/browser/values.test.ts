/** Values and files of a run as the page shows them: with every digit, of any size, and never executed. */
import axe from "axe-core";
import type { Page } from "playwright-core";
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
  state,
  WAIT_MS,
} from "./page.js";

async function serious(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; impact: string }[] }>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id);
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  let runId: string;
  beforeAll(async () => {
    served = await serve();
    runId = await startRun(served, { workflow: "exhibit", input: { note: "for the eye" } });
    const { page } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Completed"));
  });
  afterAll(closePages);

  test("two runs beside each other: lists are matched by what they are, texts are marked by the word, items by path", async () => {
    const other = await startRun(served, { workflow: "exhibit", input: {} });
    const input = { items: 12, failEvery: 5, callMs: 0 };
    const [small, large] = await Promise.all(
      ["small", "large"].map((model) =>
        startRun(served, { workflow: "narrative-benchmark", input: { ...input, model } }),
      ),
    );
    const { page, troubles } = await newPage();
    await enter(page, served);
    for (const id of [other, small, large]) {
      await page.goto(`${served.url}/runs/${id}`);
      await seen(state(page).getByText("Completed"));
    }
    await page.goto(`${served.url}/compare?a=${other}&b=${runId}`);
    await page.getByRole("button", { name: "Open the difference of answers.json" }).click();
    const json = page.getByRole("group", { name: "Difference of answers.json" });
    await seen(json.getByText("$.answers[0]", { exact: true }));
    await seen(json.locator(".p").getByText('"id": "for the eye"'));
    await seen(json.getByText("$.answers[2].n", { exact: true }));
    // The members that only have another place are no difference, nor is the number that no double holds.
    expect(await json.locator(".x").allInnerTexts()).toEqual(["$.answers[0]", "$.answers[2].n"]);
    await page.getByRole("button", { name: "Open the difference of readme.md" }).click();
    const text = page.getByRole("group", { name: "Difference of readme.md" });
    await seen(text.locator(".p mark").getByText("for the eye"));
    await seen(text.getByText("<script>alert(1)</script> **plain**"));
    await page.getByRole("button", { name: "Open the difference of output of answer" }).click();
    await seen(page.getByRole("group", { name: "Difference of the output of answer" }).getByText("$.note"));
    expect(await serious(page)).toEqual([]);

    await page.goto(`${served.url}/compare?a=${small}&b=${large}`);
    await page.locator(".pairs .row").first().click();
    const pair = page.getByRole("group", { name: /^Difference of mail-/ });
    await seen(pair.getByText("$.why", { exact: true }));
    await seen(pair.locator(".m mark").getByText("small"));
    await seen(pair.locator(".p mark").getByText("large"));
    expect(await serious(page)).toEqual([]);
    expect(troubles).toEqual([]);
  });

  async function open(tab: string) {
    const watched = await newPage({ permissions: ["clipboard-read", "clipboard-write"] });
    await enter(watched.page, served);
    await watched.page.goto(`${served.url}/runs/${runId}/${tab}`);
    return watched;
  }
  const choose = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  const copied = (page: Page) => page.evaluate<string>("navigator.clipboard.readText()");

  test("JSON is a tree with every digit: navigated by keyboard, searched, copied from, and of 50,000 values only the visible ones are in the page", async () => {
    const { page, troubles } = await open("artifacts");
    await choose(page, "exact.json");
    const tree = page.getByRole("tree", { name: "exact.json" });
    await seen(tree.getByText("12345678901234567890", { exact: true }));
    await seen(tree.getByText("0.12345678901234567890123", { exact: true }));
    await tree.focus();
    const active = tree.locator("[aria-selected=true]");
    await page.keyboard.press("End");
    await seen(active.getByText("members"));
    expect(await active.getAttribute("aria-expanded")).toBe("false");
    expect(await active.getAttribute("aria-setsize")).toBe("3");
    // Its members, then the members of each: 100,000 rows.
    await page.keyboard.press("ArrowRight");
    await seen(tree.locator("[aria-level='3'][aria-posinset='1']"));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("*");
    await page.keyboard.press("End");
    await seen(active.getByText("49999"));
    expect(await tree.getByRole("treeitem").count()).toBeLessThan(120);
    // The tree names the active row by an element that exists.
    const named = await tree.getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${named}"]`).getAttribute("aria-level")).toBe("4");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await seen(active.getByText("members"));
    await page.getByLabel("Find in exact.json").fill("31999");
    await seen(page.getByText("1 found"));
    await page.keyboard.press("Enter");
    await seen(active.getByText("31999"));
    await page.getByRole("button", { name: "Copy the path $.members[31999].index" }).click();
    expect(await copied(page)).toBe("$.members[31999].index");
    await page.getByLabel("Find in exact.json").fill("rate");
    await seen(page.getByText("1 found"));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Copy the value of $.rate" }).click();
    expect(await copied(page)).toBe("0.12345678901234567890123");
    expect(await serious(page)).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("input, output and the data of events are trees too, in which what a model wrote is text", async () => {
    const { page, troubles } = await open("result");
    const output = page.getByRole("tree", { name: "Result" });
    await seen(output.getByText("deep"));
    await page.getByLabel("Find in Result").fill("needle");
    await page.keyboard.press("Enter");
    await seen(output.getByText('"found"'));
    await seen(page.getByRole("tree", { name: "Input" }).getByText('"for the eye"'));
    expect(await page.locator("main img").count()).toBe(0);
    await page.goto(`${served.url}/runs/${runId}/events`);
    await page.locator(".log li").first().click();
    const data = page.getByRole("region", { name: "Data of event 1", exact: true });
    await seen(data.getByText("run.created"));
    await data.getByRole("button", { name: "Next event" }).click();
    await seen(page.getByRole("region", { name: "Data of event 2" }).getByRole("treeitem").getByText("token"));
    expect(await serious(page)).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test("files are shown by kind: rows as a table, Markdown and a long log as text, a picture, a broken file, and one without a preview", async () => {
    const { page, troubles } = await open("artifacts");
    await choose(page, "table.csv");
    const table = page.getByRole("table", { name: "table.csv" });
    await seen(table.getByRole("cell", { name: "name, 0" }));
    await seen(page.getByText("5,000 rows, 4 columns"));
    expect(await table.getAttribute("aria-rowcount")).toBe("5001");
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await seen(page.locator("pre.text").getByText('0,"name, 0","two'));
    await choose(page, "readme.md");
    await seen(page.getByText("<script>alert(1)</script> **plain**"));
    await choose(page, "large.log");
    await seen(page.getByText(/^The first 200 KB of 420 KB/));
    await choose(page, "broken.json");
    await seen(page.getByText(/^It is not JSON/));
    await choose(page, "raw.bin");
    await seen(page.getByText("There is no preview of this kind of file."));
    await choose(page, "dot.png");
    await seen(page.getByRole("img", { name: "dot.png" }));
    // It is drawn a moment after its element is there.
    const width = () => page.evaluate("document.querySelector('.picture').naturalWidth");
    await expect.poll(width, { timeout: WAIT_MS }).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("dot.png");
    expect(troubles).toEqual([]);
  });

  test("HTML and PDF are shown in a sandbox: none of their scripts run, nothing is fetched, and the page is out of reach", async () => {
    const { page, context, troubles } = await open("artifacts");
    const elsewhere: string[] = [];
    // A request that the policy refuses does not finish.
    context.on("requestfinished", (request) => {
      if (request.url().startsWith("http") && !request.url().startsWith(served.url)) elsewhere.push(request.url());
    });
    await choose(page, "page.html");
    const frame = page.frameLocator("iframe[title='page.html']");
    await seen(frame.getByRole("heading", { name: "Quarterly figures" }));
    await seen(frame.getByText("No script ran."));
    expect(await page.locator("iframe").getAttribute("sandbox")).toBe("");
    // Its form leads nowhere.
    await frame.getByRole("button", { name: "Send" }).click();
    await seen(frame.getByText("No script ran."));
    expect(await page.title()).not.toBe("taken over");
    expect(elsewhere).toEqual([]);
    // Reports of the file's own policy, each about something the file requested.
    expect(troubles.filter((text) => !/tracker\.example|form-action|frame is sandboxed/.test(text))).toEqual([]);
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await seen(page.locator("pre.text").getByText("top.document.title"));
    await choose(page, "paper.pdf");
    await seen(page.locator("iframe[title='paper.pdf']"));
    // The address opened directly, without the frame, is a download.
    const href = await page.locator("iframe").getAttribute("src");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.goto(new URL(href ?? "", `${served.url}/`).href).catch(() => null),
    ]);
    expect(download.suggestedFilename()).toBe("paper.pdf");
  });
});
