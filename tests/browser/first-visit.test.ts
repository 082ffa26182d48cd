/** A first visit that goes wrong: for each cause, one line says what to do. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closePages, enter, hasChromium, heading, inBrowser, newPage, type Served, seen, serve } from "./page.js";

describe.skipIf(!hasChromium)(inBrowser, () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(["--no-worker"]);
  });
  afterAll(closePages);

  test("an address with an outdated token says so; a user who is signed in already stays signed in", async () => {
    const { page, troubles } = await newPage();
    const stale = `${served.url}/runs#t=${"x".repeat(43)}`;
    await page.goto(stale);
    await seen(heading(page, "Sign in"));
    await seen(page.getByRole("alert").getByText(/not this server's/));
    await seen(page.getByText("holdfast open"));
    expect(page.url()).not.toContain("t=");
    // The right one, in the same tab.
    await page.goto(served.openUrl);
    await seen(page.getByRole("navigation", { name: "Main" }));
    await page.goto("about:blank");
    await page.goto(stale);
    await seen(page.getByRole("navigation", { name: "Main" }));
    expect(troubles).toEqual([]);
  });

  test("the printed address opens in a second browser too, and an address without the token asks for it", async () => {
    const [one, two] = [await newPage(), await newPage()];
    await enter(one.page, served);
    await enter(two.page, served);
    const three = await newPage();
    await three.page.goto(one.page.url());
    await seen(heading(three.page, "Sign in"));
    expect(await three.page.getByRole("alert").count()).toBe(0);
  });

  test("a browser that keeps no cookies is distinguished from a wrong token, and the form says so too", async () => {
    const { page, context } = await newPage();
    // As in a browser that blocks them: the cookie of the answer is discarded.
    await context.route("**/session", async (route) => {
      const answer = await route.fetch();
      const { "set-cookie": _, ...headers } = answer.headers();
      await context.clearCookies();
      await route.fulfill({ response: answer, headers });
    });
    await page.goto(served.openUrl);
    await seen(page.getByRole("alert").getByText(/keeps no cookies/));
    await page.getByLabel("Token or API key").fill(served.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await seen(page.getByRole("alert").getByText(/keeps no cookies/));
  });

  test("a renewed token signs everybody out, and the page says what to open", async () => {
    const own = await serve(["--no-worker"]);
    const { page } = await newPage();
    await enter(page, own);
    own.running.child.kill("SIGTERM");
    await own.running.ended;
    await rm(own.project.path(".holdfast/server-token"));
    const again = await serve(["--no-worker", `--port=${new URL(own.url).port}`], own.project);
    await page.goto(own.openUrl);
    await page.reload();
    await seen(heading(page, "Sign in"));
    await page.goto(again.openUrl);
    await seen(page.getByRole("navigation", { name: "Main" }));
  });
});
