/** Values and files of a run as the page shows them: every digit, every size, and nothing of them runs. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closeBrowser,
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

async function serious(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: { id: string; impact: string }[] }>("axe.run(document)");
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
  afterAll(closeBrowser);

  async function open(tab: string) {
    const watched = await newPage({ permissions: ["clipboard-read", "clipboard-write"] });
    await enter(watched.page, served);
    await watched.page.goto(`${served.url}/runs/${runId}/${tab}`);
    return watched;
  }
  const choose = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  const copied = (page: Page) => page.evaluate<string>("navigator.clipboard.readText()");

  test("JSON is a tree with every digit: walked by keys, searched, copied from, and of 50,000 values only those in sight are in the page", async () => {
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
    // Its members, then those of each: 100,000 rows.
    await page.keyboard.press("ArrowRight");
    await seen(tree.locator("[aria-level='3'][aria-posinset='1']"));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("*");
    await page.keyboard.press("End");
    await seen(active.getByText("49999"));
    expect(await tree.getByRole("treeitem").count()).toBeLessThan(120);
    // The tree says which row is the active one, by an element that is there.
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

  test("input, output and the data of events are trees too; what a model wrote is text in them", async () => {
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

  test("files are looked at by their kind: rows as a table, Markdown and a long log as text, a picture, what is broken, and what has no preview", async () => {
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
    expect(await page.evaluate("document.querySelector('.picture').naturalWidth")).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("dot.png");
    expect(troubles).toEqual([]);
  });

  test("HTML and PDF are shown in a sandbox: no script of theirs runs, nothing is fetched, and the page is out of reach", async () => {
    const { page, context, troubles } = await open("artifacts");
    const elsewhere: string[] = [];
    // Asked for and refused by the policy is not finished.
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
    // Reports of its own policy, each about what the file asked for.
    expect(troubles.filter((text) => !/tracker\.example|form-action|frame is sandboxed/.test(text))).toEqual([]);
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await seen(page.locator("pre.text").getByText("top.document.title"));
    await choose(page, "paper.pdf");
    await seen(page.locator("iframe[title='paper.pdf']"));
    // The address itself, without the frame, is a download.
    const href = await page.locator("iframe").getAttribute("src");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.goto(new URL(href ?? "", `${served.url}/`).href).catch(() => null),
    ]);
    expect(download.suggestedFilename()).toBe("paper.pdf");
  });
});
