/**
 * A served store and a browser that shows it. Whatever the page's policy blocks, and whatever the page throws, fails
 * the test.
 */
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { makeProject, type Project, type Running } from "../cli/harness.js";
import { findChromium, launch, launchWith } from "./chromium.mjs";

export const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.mjs", import.meta.url));
export const hasChromium = findChromium() !== null;
/** Says what is missing, in the title of skipped tests. */
export const inBrowser = hasChromium
  ? "in Chromium"
  : "in Chromium (SKIPPED: chromium is not installed: apt-get install chromium)";
/** Longer than any wait of these tests on a busy machine. */
export const WAIT_MS = 90_000;

export interface Served {
  readonly project: Project;
  readonly running: Running;
  readonly url: string;
  readonly openUrl: string;
  readonly token: string;
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Response>;
}

export async function serve(
  args: readonly string[] = [],
  given: Project | null = null,
  env: Record<string, string> = {},
): Promise<Served> {
  const project = given ?? (await makeProject());
  const words = [
    "serve",
    "--log-level=warn",
    "--json",
    ...(args.some((arg) => arg.startsWith("--port")) ? [] : ["--port=0"]),
    ...args,
  ];
  const running = project.spawn(words, { env: { HOLDFAST_CONFIG: CONFIG, ...env } });
  const said = JSON.parse(await running.said(/\{[\s\S]*\}/)) as { url: string; openUrl: string | null };
  const token = said.openUrl?.split("#t=")[1] ?? "";
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`${said.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { project, running, url: said.url, openUrl: said.openUrl ?? said.url, token, ask };
}

export const worker = (project: Project): Running =>
  project.spawn(["worker", "--concurrency=2", "--json"], { env: { HOLDFAST_CONFIG: CONFIG }, isDetached: true });

/** Kills the process and all that it started, as a loss of power would. */
export async function killGroup({ child, ended }: Running): Promise<void> {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}

export async function startRun(served: Served, body: object): Promise<string> {
  const answer = await served.ask("POST", "/api/runs", body);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

export interface Watched {
  readonly page: Page;
  /** Reports of the policy, and errors that the page threw. */
  readonly troubles: string[];
}

/** One for all files of a process: to start it costs more than most tests. It ends with the process. */
let browser: Browser | null = null;
export async function newPage(
  more: Parameters<Browser["newContext"]>[0] = {},
): Promise<Watched & { readonly context: BrowserContext }> {
  if (browser?.isConnected() !== true) browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...more });
  return { context, ...watch(await context.newPage()) };
}

/** Closes the pages of this file, before the servers that they show are ended. */
export async function closePages(): Promise<void> {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
}

/** A browser over its own profile, which can be closed and opened again. */
export async function openProfile(folder: string): Promise<Watched & { readonly context: BrowserContext }> {
  const context = await launchWith(folder, { viewport: { width: 1440, height: 900 } });
  return { context, ...watch(context.pages()[0] ?? (await context.newPage())) };
}

function watch(page: Page): Watched {
  page.setDefaultTimeout(WAIT_MS);
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|violates/i.test(message.text())) troubles.push(message.text());
  });
  return { page, troubles };
}

export const heading = (page: Page, name: string | RegExp): Locator => page.getByRole("heading", { level: 1, name });
/** The state shown on the page of a run. */
export const state = (page: Page): Locator => page.locator(".head .pill");
export const seen = (locator: Locator, timeout = WAIT_MS): Promise<void> =>
  locator.first().waitFor({ state: "visible", timeout });

/** Opens the printed address and waits until it has signed in: leaving earlier would cancel the request. */
export async function enter(page: Page, { openUrl }: Pick<Served, "openUrl">): Promise<void> {
  await page.goto(openUrl);
  await seen(page.getByRole("navigation", { name: "Main" }));
}
