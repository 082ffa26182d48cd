/** The page mounted below /a/b/ in a user's own Express app, with that app's own sign-in: from a start to its result. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { createHoldfastHandler, toNodeHandler } from "holdfast/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { closePages, hasChromium, heading, inBrowser, newPage, seen, state } from "./page.js";

/** Waits in its second stage until the test has seen it there. */
const { promise: released, resolve: release } = Promise.withResolvers?.<void>() ?? withResolvers();
const letter = defineWorkflow({
  name: "letter",
  input: z.object({ to: z.string().min(1) }),
  stages: ["write", "send"],
  async run({ input, stage }) {
    const text = await stage("write", () => `Dear ${input.to}`);
    return stage("send", async () => {
      await released;
      return { text, isSent: true };
    });
  },
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let holdfast: Holdfast;
  let site: string;
  /** The same, mounted at a path other than the configured one. */
  let wrong: string;
  let elsewhere: string;
  const ends: (() => Promise<unknown>)[] = [];

  async function listening(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.unshift(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "holdfast-mounted-"));
    ends.push(() => rm(dataDir, { recursive: true, force: true }));
    holdfast = await openHoldfast({ dataDir, workflows: [letter] });
    ends.unshift(() => holdfast.close());
    const worker = await holdfast.startWorker({ concurrency: 2 });
    ends.unshift(() => worker.drain());
    const handler = createHoldfastHandler({
      holdfast,
      basePath: "/a/b",
      authorize: (request) => {
        const user = request.headers.get("cookie")?.match(/site_user=(\w+)/)?.[1];
        return user === undefined ? null : { user, role: "operator" };
      },
    });
    ends.unshift(async () => handler[Symbol.asyncDispose]());
    const app = express();
    app.get("/sign-in", (_, response) => {
      response.send(
        `<form method="post" action="/sign-in"><label>Name <input name="user"></label><button>Enter</button></form>`,
      );
    });
    app.post("/sign-in", express.urlencoded(), (request, response) => {
      response.cookie("site_user", request.body.user, { httpOnly: true, sameSite: "lax" });
      response.redirect("/a/b/");
    });
    app.use(express.json());
    app.use("/a/b", toNodeHandler(handler));
    site = await listening(createServer(app));
    wrong = await listening(createServer(express().use("/wrong", toNodeHandler(handler))));
    elsewhere = await listening(
      createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>Elsewhere</p>")),
    );
  });
  afterAll(async () => {
    release();
    await closePages();
    for (const end of ends) await end();
  });

  async function signIn(page: Page, user: string): Promise<void> {
    await page.goto(`${site}/sign-in`);
    await page.getByLabel("Name").fill(user);
    await page.getByRole("button", { name: "Enter" }).click();
    await seen(page.getByRole("navigation", { name: "Main" }));
  }

  test("signed in by the site, a user starts, watches and reads a run below /a/b/, and reopens a deep link", async () => {
    const { page, troubles } = await newPage();
    await page.goto(`${site}/a/b/`);
    await seen(heading(page, "Sign in"));
    // This page does not ask for tokens: the site signs users in.
    expect(await page.getByLabel("Token or API key").count()).toBe(0);
    await signIn(page, "ann");
    expect(new URL(page.url()).pathname).toBe("/a/b/runs");
    await page.evaluate("globalThis.isSame = true");
    await page.keyboard.press("n");
    await page.getByRole("link", { name: /letter/ }).click();
    await page.getByLabel(/^To/).fill("Ada");
    await page.getByRole("button", { name: /^Start/ }).click();
    await seen(heading(page, /^run-/));
    const runId = await page.locator(".head h1").innerText();
    expect(new URL(page.url()).pathname).toBe(`/a/b/runs/${runId}`);
    await seen(page.getByText("stage send began"));
    release();
    await seen(state(page).getByText("Completed"));
    await page.getByRole("link", { name: "Input and result" }).click();
    await seen(page.getByText('"Dear Ada"'));
    expect(await page.evaluate("globalThis.isSame")).toBe(true);
    const line = await page.context().newCDPSession(page);
    const manifest = await line.send("Page.getAppManifest");
    expect([manifest.url, manifest.errors]).toEqual([`${site}/a/b/app.webmanifest`, []]);
    await page.reload();
    await seen(page.getByText('"Dear Ada"'));
    expect(new URL(page.url()).pathname).toMatch(new RegExp(`^/a/b/runs/${runId}/`));
    expect(troubles).toEqual([]);
  });

  test("mounted at a path other than the configured one, the page says what is wrong", async () => {
    const { page } = await newPage();
    await page.goto(`${wrong}/wrong/`);
    await seen(page.getByText(/basePath must be the path/));
  });

  test("another user of the site does not see it", async () => {
    await holdfast.start(letter, { to: "Bo" }, { runId: "anns-own", owner: "ann" });
    const { page, troubles } = await newPage();
    await signIn(page, "bo");
    await page.goto(`${site}/a/b/runs/anns-own`);
    await seen(heading(page, "There is no run anns-own"));
    expect(troubles).toEqual([]);
  });

  test("a page of another origin changes nothing, though the browser sends the site's cookie", async () => {
    await holdfast.start(letter, { to: "Cy" }, { runId: "untouched", owner: "ann", through: "write" });
    const { page } = await newPage();
    await signIn(page, "ann");
    await page.goto(elsewhere);
    const act = (mode: "cors" | "no-cors") =>
      page.evaluate(
        async ({ url, mode }) => {
          try {
            const body = new Blob(['{"action":"cancel"}'], { type: "text/plain" });
            const answer = await fetch(url, { method: "POST", credentials: "include", mode, body });
            return `${answer.type} ${answer.status}`;
          } catch (error) {
            return (error as Error).message;
          }
        },
        { url: `${site}/a/b/api/runs/untouched/actions`, mode },
      );
    for (const mode of ["cors", "no-cors"] as const) expect(await act(mode)).toBe("Failed to fetch");
    const before = await holdfast.runs.summary("untouched");
    expect(before.status).not.toBe("cancelled");
    // The same request, sent as the site's own page would send it.
    const cookie = (await page.context().cookies(site)).map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, "content-type": "application/json", "x-holdfast-request": "1" };
    const send = (origin: string) =>
      fetch(`${site}/a/b/api/runs/untouched/actions`, {
        method: "POST",
        headers: { ...headers, origin },
        body: JSON.stringify({ action: "cancel" }),
      });
    expect((await send(elsewhere)).status).toBe(403);
    expect((await send(site)).status).toBeLessThan(300);
  });
});
