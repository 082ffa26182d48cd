/** What users do with the page, in a real browser with real processes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  closePages,
  enter,
  hasChromium,
  heading,
  inBrowser,
  killGroup,
  newPage,
  openProfile,
  type Served,
  seen,
  serve,
  startRun,
  state,
  worker,
} from "./page.js";

const STUDY = { workflow: "market-research", input: { country: "Norway", industry: "energy services", stageMs: 150 } };

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(closePages);

  test("a job started in the page updates without a reload, and its result opens", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await seen(heading(page, "Runs that survive"));
    // The token is gone from the address.
    expect(page.url()).not.toContain("t=");
    await page.evaluate("globalThis.isSame = true");
    await page.keyboard.press("n");
    await page.getByRole("link", { name: /market-research/ }).click();
    await page.getByLabel(/^Country/).fill("Norway");
    await page.getByRole("button", { name: /^Start/ }).click();
    await seen(page.getByText("This is needed"));
    await page.getByLabel(/^Industry/).fill("energy services");
    await page.getByLabel(/^Stage ms/).fill("1000");
    await seen(page.getByText("--industry='energy services'"));
    await page.getByRole("button", { name: /^Start/ }).click();
    await seen(heading(page, /^run-/));
    await seen(state(page).getByText("Running"));
    await seen(state(page).getByText("Completed"));
    await seen(page.getByText("completed after 7 stages"));
    await page.getByRole("link", { name: "Input and result" }).click();
    await seen(page.getByText('"enter in the second year"'));
    await page.getByRole("link", { name: "Artifacts" }).click();
    // What a model wrote is shown as text.
    await seen(page.getByText("<b>Demand</b> rises."));
    expect(await page.evaluate("globalThis.isSame")).toBe(true);
    expect(troubles).toEqual([]);
  });

  test("the worker is killed: the toast says what is kept, and the job continues from there", async () => {
    const own = await serve(["--no-worker", "--supervise"]);
    const first = worker(own.project);
    const runId = await startRun(own, { workflow: "survey", input: { households: 60, callMs: 250 } });
    const { page, troubles } = await newPage();
    await enter(page, own);
    await page.goto(`${own.url}/runs/${runId}`);
    await seen(page.getByText(/map ask: \d+ of 60/));
    await page.getByRole("link", { name: "System" }).click();
    await killGroup(first);
    const toast = page.getByRole("status", { name: "A run can go on" });
    await seen(toast);
    await seen(toast.getByText(/Resume keeps \d+ items/));
    await toast.getByRole("button", { name: "Look first" }).click();
    await seen(heading(page, runId));
    const plan = page.getByRole("region", { name: "If you resume now" });
    await seen(plan.getByText("Kept", { exact: true }));
    await seen(plan.getByText("Redo", { exact: true }));
    const kept = Number(
      await plan
        .locator(".ledger > div")
        .first()
        .locator("dd")
        .last()
        .innerText()
        .then((text) => text.split("\n")[0]),
    );
    expect(kept).toBeGreaterThan(0);
    worker(own.project);
    await plan.getByRole("button", { name: /^Resume/ }).click();
    await seen(state(page).getByText("Completed"));
    // Nothing that was kept was requested again.
    const answer = await own.ask("GET", `/api/runs/${runId}/items?limit=500`);
    const { rows } = (await answer.json()) as { rows: { attempts: number }[] };
    expect(rows).toHaveLength(60);
    expect(rows.filter(({ attempts }) => attempts === 1).length).toBeGreaterThanOrEqual(kept);
    expect(troubles).toEqual([]);
  });

  test("a browser that was closed and opened again is back on its run, and has caught up", async () => {
    const profile = await mkdtemp(join(tmpdir(), "holdfast-profile-"));
    onTestFinished(() => rm(profile, { recursive: true, force: true }));
    const runId = await startRun(served, STUDY);
    const before = await openProfile(profile);
    await enter(before.page, served);
    await before.page.goto(`${served.url}/runs/${runId}`);
    await seen(heading(before.page, runId));
    // The page notes where it is after it has drawn it.
    await before.page.waitForFunction(`Object.values(localStorage).some((kept) => kept.includes("${runId}"))`);
    await before.context.close();
    const after = await openProfile(profile);
    await after.page.goto(`${served.url}/`);
    await seen(heading(after.page, runId));
    await seen(state(after.page).getByText("Completed"));
    await seen(after.page.getByText(/of \d+, nothing missing/));
    expect(after.troubles).toEqual([]);
    await after.context.close();
  });

  test("when the server is restarted under the page, only the chip says so; nothing is lost or shown twice", async () => {
    const first = await serve();
    const runId = await startRun(first, { workflow: "market-research", input: { ...STUDY.input, stageMs: 600 } });
    const { page, troubles } = await newPage();
    await enter(page, first);
    await page.goto(`${first.url}/runs/${runId}/events`);
    await seen(page.getByText("stage 1a began"));
    first.running.child.kill("SIGKILL");
    await first.running.ended;
    await seen(page.getByText(/^Offline, showing \d\d:\d\d:\d\d$/));
    // What was shown stays.
    await seen(page.getByText("stage 1a began"));
    const again = await serve([`--port=${new URL(first.url).port}`], first.project);
    await seen(page.getByRole("status").getByText("Live", { exact: true }));
    await seen(state(page).getByText("Completed"));
    await seen(page.getByText("completed after 7 stages"));
    const answer = await again.ask("GET", `/api/runs/${runId}/events?limit=1000`);
    const { head } = (await answer.json()) as { head: number };
    await seen(page.getByText(`${head} of ${head}, nothing missing`));
    const numbers = await page.locator(".log li > span:first-child").allInnerTexts();
    const shown = numbers.map(Number);
    expect(shown).toEqual(Array.from({ length: shown.length }, (_, index) => (shown[0] ?? 0) + index));
    expect(shown.at(-1)).toBe(head);
    expect(troubles).toEqual([]);
  });

  test("two users each see only their own runs, an admin sees both; a question is answered by whom it names", async () => {
    const own = await serve([], null, { HOLDFAST_TEST_USERS: "1" });
    const enter = async (user: string) => {
      const { page } = await newPage();
      await page.goto(`${own.url}/runs`);
      await seen(heading(page, "Sign in"));
      await page.getByLabel("Token or API key").fill(`holdfast_sk_${user.padEnd(8, "0")}_${user.padEnd(43, "x")}`);
      await page.keyboard.press("Enter");
      await seen(page.getByRole("navigation", { name: "Main" }));
      return page;
    };
    const start = (page: Awaited<ReturnType<typeof enter>>, run: object) =>
      page.evaluate(
        (body) =>
          fetch("api/runs", {
            method: "POST",
            headers: { "content-type": "application/json", "x-holdfast-request": "1" },
            body: JSON.stringify(body),
          }).then(({ status }) => status),
        run,
      );
    const create = (page: Awaited<ReturnType<typeof enter>>, runId: string) =>
      start(page, { workflow: "quarterly-report", input: { quarter: "Q1" }, runId });
    const [ana, bo] = [await enter("ana"), await enter("bo")];
    expect([await create(ana, "run-of-ana"), await create(bo, "run-of-bo")]).toEqual([201, 201]);
    for (const [page, mine, other] of [
      [ana, "run-of-ana", "run-of-bo"],
      [bo, "run-of-bo", "run-of-ana"],
    ] as const) {
      await page.goto(`${own.url}/runs`);
      await seen(page.getByRole("link", { name: mine }));
      expect(await page.getByText(other).count()).toBe(0);
      await page.goto(`${own.url}/runs/${other}`);
      await seen(heading(page, `There is no run ${other}`));
    }
    await ana.goto(`${own.url}/inbox`);
    expect(await start(ana, { workflow: "approval", input: { report: "tides", to: ["user:bo"] } })).toBe(201);
    await seen(ana.getByText("You may not answer this question. It is asked of bo; admins may answer it too."));
    expect(await ana.getByRole("button", { name: "Send" }).getAttribute("aria-disabled")).toBe("true");
    await bo.goto(`${own.url}/inbox`);
    await bo.getByLabel("Code").fill("NO-1");
    await bo.getByRole("button", { name: "Send" }).click();
    await seen(heading(bo, "Nothing waits for you"));
    const admin = await enter("root");
    await admin.goto(`${own.url}/runs`);
    await seen(admin.getByRole("link", { name: "run-of-ana" }));
    await seen(admin.getByRole("link", { name: "run-of-bo" }));
  });

  test("from start to result by keyboard alone", async () => {
    const { page, troubles } = await newPage();
    await enter(page, served);
    await seen(page.getByRole("navigation", { name: "Main" }));
    const { keyboard } = page;
    await keyboard.press("Control+k");
    // Letters typed before the palette has the focus would be the page's own keys.
    await seen(page.getByRole("dialog", { name: "Search and commands" }).locator("input:focus"));
    await keyboard.type("start quarterly");
    await seen(page.getByRole("option", { name: "Start quarterly-report" }));
    await keyboard.press("Enter");
    await seen(heading(page, /^Start quarterly-report/));
    await page.getByLabel(/^Quarter/).focus();
    await keyboard.type("2026 Q4");
    await keyboard.press("Control+Enter");
    await seen(state(page).getByText("Completed"));
    const runId = await page.locator(".head h1").innerText();
    await keyboard.press("g");
    await keyboard.press("r");
    await seen(page.locator("tr").getByRole("link", { name: runId }));
    await keyboard.press("j");
    await seen(page.locator("tr.at"));
    await keyboard.press("x");
    await seen(page.getByRole("region", { name: "Selection" }));
    await keyboard.press("Escape");
    await keyboard.press("Enter");
    await seen(heading(page, runId));
    await keyboard.press("d");
    await seen(page.getByRole("complementary", { name: "Debug" }));
    await keyboard.press("d");
    await keyboard.press("?");
    await seen(page.getByRole("dialog", { name: "Keys" }));
    await keyboard.press("Escape");
    await keyboard.press("l");
    await seen(page.getByText(/^Paused by you at/));
    expect(troubles).toEqual([]);
  });
});
