/** Actions on a run that ask for confirmation, questions of runs to people, and the notice about a run that was resumed automatically. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "./findings.js";
import {
  closePages,
  enter,
  hasChromium,
  heading,
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

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(closePages);

  const inputOf = async (runId: string) =>
    ((await (await served.ask("GET", `/api/runs/${runId}`)).json()) as { input: unknown }).input;

  test("a run is restarted with a changed query by keyboard alone: mistakes are named, a refusal can be corrected, the focus returns", async () => {
    const runId = await startRun(served, { workflow: "quarterly-report", input: { quarter: "Q1" } });
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Completed"));
    const more = page.getByRole("button", { name: "More acts" });
    const open = async () => {
      await more.focus();
      await page.keyboard.press("Enter");
      // Opened by a key, the menu takes the focus; letters typed before would not be its own.
      const chosen = page.locator("[role=menuitem]:focus");
      await seen(chosen);
      await page.keyboard.type("restart");
      await seen(chosen.filter({ hasText: /^Restart/ }));
      await page.keyboard.press("Enter");
      await seen(page.getByRole("dialog", { name: "Restart from the first stage?" }));
    };
    await open();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await seen(page.locator("[aria-label='More acts']:focus"));
    await open();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Change the input…" }).press("Enter");
    const input = dialog.getByLabel("Input");
    expect(JSON.parse(await input.inputValue())).toEqual({ quarter: "Q1", breaks: false });
    const restart = dialog.getByRole("button", { name: "Restart" });
    await input.fill('{ "quarter": ');
    await seen(dialog.getByText(/^This is not JSON/));
    await input.fill('{ "quarter": "Q9" }');
    await seen(dialog.getByText("A field is changed, not taken out: breaks"));
    expect(await restart.getAttribute("aria-disabled")).toBe("true");
    await input.fill('{ "quarter": 9, "breaks": false }');
    await seen(dialog.getByText(/^Changed: quarter\./));
    await restart.press("Enter");
    await seen(dialog.getByRole("alert").getByText(/expected string, received number/));
    await input.fill('{ "quarter": "Q9", "breaks": false }');
    await restart.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await seen(page.getByText(/restarted by .*generation 2/));
    await seen(state(page).getByText("Completed"));
    await seen(page.locator(".head .sub").getByText("Q9"));
    expect(await inputOf(runId)).toEqual({ quarter: "Q9", breaks: false });
    expect(troubles).toEqual([]);
  });

  test("a fork says what it keeps, runs with another query, and links back to the run it came from", async () => {
    const runId = await startRun(served, { workflow: "quarterly-report", input: { quarter: "Q2" } });
    const { page, troubles } = await newPage();
    await enter(page, served);
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Completed"));
    await page.getByRole("button", { name: "More acts" }).click();
    await page.getByRole("menuitem", { name: "Fork…" }).click();
    const dialog = page.getByRole("dialog", { name: "Fork this run?" });
    const from = dialog.getByLabel("Goes its own way from");
    expect(await from.inputValue()).toBe("render");
    await from.selectOption("compute");
    await seen(dialog.locator(".ledger").getByText("compute and what follows"));
    await seen(dialog.locator(".ledger").getByText("1 stage", { exact: true }));
    await dialog.getByRole("button", { name: "Change the input…" }).click();
    await dialog.getByLabel("Input").fill('{ "quarter": "Q3", "breaks": false }');
    await seen(dialog.getByText(/What is kept was made with the input of before/));
    await dialog.getByRole("button", { name: "Fork", exact: true }).click();
    const back = page.locator(".head").getByRole("link", { name: runId });
    await seen(back);
    await seen(state(page).getByText("Completed"));
    const forked = await page.locator(".head h1").innerText();
    expect(forked).not.toBe(runId);
    expect(await inputOf(forked)).toEqual({ quarter: "Q3", breaks: false });
    // Results that were kept, not recomputed, have their own color.
    await seen(page.locator(".tseg.kept"));
    await back.click();
    await seen(heading(page, runId));
    expect(await inputOf(runId)).toEqual({ quarter: "Q2", breaks: false });
    expect(troubles).toEqual([]);
  });

  test("a question comes to the inbox by itself, a wrong answer is told, a right one with a note completes the run", async () => {
    const { page, troubles } = await newPage({ reducedMotion: "reduce" });
    await enter(page, served);
    await page.goto(`${served.url}/inbox`);
    await seen(heading(page, "Nothing waits for you"));
    const runId = await startRun(served, { workflow: "approval", input: { report: "tides" } });
    const question = (report: string) =>
      page.locator(".inbox-detail", { has: page.getByRole("heading", { name: `Publish the report on ${report}?` }) });
    const asked = question("tides");
    await seen(asked.getByText("<b>17 pages</b>, 26 findings on tides"));
    await seen(page.getByRole("link", { name: /^Inbox ?1$/ }));
    const form = asked.getByRole("form", { name: "Answer" });
    await form.getByRole("button", { name: "Send" }).click();
    await seen(form.getByText("This is needed"));
    await form.getByLabel("Code").fill("no code");
    await form.getByLabel("Note").fill("read it twice");
    await form.getByRole("button", { name: "Send" }).click();
    await seen(form.locator("[aria-invalid=true]"));
    await seen(form.locator(".err").getByText(/expected text that matches/));
    const found = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await findings(page)));
      if (process.env.HOLDFAST_SHOTS !== undefined)
        await page.screenshot({ path: `${process.env.HOLDFAST_SHOTS}/question-${colorScheme}.png` });
    }
    expect(found).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    await page.setViewportSize({ width: 1440, height: 900 });
    await form.getByLabel("Code").fill("NO-17");
    await form.getByRole("button", { name: "Send" }).click();
    await seen(heading(page, "Nothing waits for you"));

    // Somebody else answers while the form is open: it stays, and says who and when.
    const second = await startRun(served, { workflow: "approval", input: { report: "fjords" } });
    const left = question("fjords");
    await left.getByLabel("Code").fill("NO-18");
    const other = await served.ask("POST", `/api/runs/${second}/asks/review`, {
      value: { publish: false, code: "NO-1" },
    });
    expect(other.status).toBe(200);
    await seen(left.getByText("This question is not open any more"));
    await left.getByRole("button", { name: "Send" }).click();
    await seen(left.getByText(/was answered by .+ at \d{4}-/));

    // The page of a run that waits has the same form.
    const third = await startRun(served, { workflow: "approval", input: { report: "glaciers" } });
    await page.goto(`${served.url}/runs/${third}`);
    await page.getByRole("button", { name: "Answer…" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish the report on glaciers?" });
    await dialog.getByLabel("Code").fill("NO-19");
    await seen(dialog.getByRole("button", { name: "Send" }));
    expect(await findings(page)).toEqual([]);
    await dialog.getByLabel("Note").fill("as agreed");
    await dialog.getByRole("button", { name: "Send" }).click();
    await dialog.waitFor({ state: "detached" });
    await seen(state(page).getByText("Completed"));
    await seen(page.getByText(/question review answered by .*as agreed/));
    await page.goto(`${served.url}/runs/${runId}`);
    await seen(state(page).getByText("Completed"));
    await seen(page.getByText(/question review answered by .*read it twice/));
    expect(troubles).toEqual([]);
  });

  test("a toast reports once that a run was resumed automatically after its worker was killed; the run's own page shows none", async () => {
    const own = await serve(["--no-worker", "--supervise"]);
    const first = worker(own.project);
    const runId = await startRun(own, {
      workflow: "narrative-benchmark",
      input: { items: 4_000, callMs: 60, concurrency: 2 },
    });
    const { page, troubles } = await newPage();
    await enter(page, own);
    await page.goto(`${own.url}/runs/${runId}`);
    await seen(page.getByText(/map classify: \d+ of 4,000/));
    await killGroup(first);
    worker(own.project);
    await page.goto(`${own.url}/system`);
    const toast = page.getByRole("status", { name: "A run went on by itself" });
    await seen(toast);
    await seen(toast.getByText(/Its worker was gone; .* took it up/));
    await seen(toast.getByText(/\d+ of 4,000 are done and kept/));
    if (process.env.HOLDFAST_SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.HOLDFAST_SHOTS}/toast-recovered.png` });
    // It takes no focus, and is one of the regions that F6 cycles through.
    expect(await page.evaluate("document.activeElement.closest('.toast')")).toBeNull();
    await toast.getByRole("button", { name: "Look" }).click();
    await seen(heading(page, runId));
    await toast.waitFor({ state: "detached" });
    await seen(page.locator(".marks").getByTitle(/recovered, taken up by/));
    await page.getByRole("link", { name: "System" }).click();
    await seen(toast);
    await toast.getByRole("button", { name: "Dismiss for good" }).click();
    await toast.waitFor({ state: "detached" });
    await page.reload();
    await seen(page.locator("tbody tr"));
    expect(await toast.count()).toBe(0);
    expect(troubles).toEqual([]);
  });
});
