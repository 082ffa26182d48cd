/**
 * The client in a desktop shell: pages of another origin, or opened from files, which the server allows to send
 * requests with a token. No real shell is started here: Chromium shows the pages, as it does in such a shell, and the
 * other origin is real.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { HoldfastClient } from "@holdfast/client";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { closePages, enter, hasChromium, inBrowser, newPage, type Served, serve, startRun } from "./page.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a bundler would bundle. */
const MODULES: Readonly<Record<string, string>> = {
  "@holdfast/client": "packages/client/dist/index.js",
  "@holdfast/protocol": "packages/protocol/dist/index.js",
  "@holdfast/core": "packages/core/dist/index.js",
  zod: "node_modules/zod/index.js",
  "socket.io-client": "node_modules/socket.io-client/dist/socket.io.esm.min.js",
};
const imports = Object.fromEntries(Object.entries(MODULES).map(([name, path]) => [name, `/${path}`]));
const SHELL = `<!doctype html><title>Shell</title><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">
  import { createHoldfastClient } from "@holdfast/client";
  globalThis.connect = (url, token) => { globalThis.client = createHoldfastClient({ url, token }); };
  globalThis.isLoaded = true;
</script>`;

declare global {
  // Set by the page above.
  var client: HoldfastClient;
  var connect: (url: string, token: string) => void;
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  let shell: string;
  let stranger: string;
  let served: Served;
  const servers: { close(): unknown; closeAllConnections(): void }[] = [];

  /** Another origin on this machine, which serves the modules as a shell's own protocol would. */
  async function origin(): Promise<string> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://x").pathname;
      if (path === "/") return response.setHeader("content-type", "text/html").end(SHELL);
      readFile(join(ROOT, path)).then(
        (bytes) => response.setHeader("content-type", "text/javascript").end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    [shell, stranger] = [await origin(), await origin()];
    served = await serve([], null, { HOLDFAST_SERVER_ALLOWED_ORIGINS: `${shell}, null, file://` });
  });
  afterAll(async () => {
    await closePages();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** The outcome of a request of this page: its status, or the browser's refusal. */
  const ask = (page: Page, path: string, init: RequestInit = {}) =>
    page.evaluate(
      ({ url, init }) =>
        fetch(url, init).then(
          ({ status }) => status as number | string,
          (error: Error) => error.message,
        ),
      { url: `${served.url}${path}`, init: init as object },
    );

  test("a page of an allowed origin watches a run live over a socket, and acts, with its token", async () => {
    const runId = await startRun(served, {
      workflow: "market-research",
      input: { country: "Norway", industry: "energy services", stageMs: 150 },
    });
    const { page, troubles } = await newPage();
    await page.goto(shell);
    await page.waitForFunction("globalThis.isLoaded === true");
    const seen = await page.evaluate(
      ({ url, token, runId }) =>
        new Promise<{ kind: string; numbers: number[]; status: string | undefined }>((resolve) => {
          globalThis.connect(url, token);
          const watch = globalThis.client.watchRun(runId, { after: 0 });
          const numbers: number[] = [];
          let kind = "";
          watch.onEvent(({ seq }) => numbers.push(seq));
          watch.subscribe(() => {
            kind = globalThis.client.connection.get().kind;
            const { run, last, head } = watch.get();
            if (run?.status === "completed" && last === head) resolve({ kind, numbers, status: run.status });
          });
        }),
      { url: served.url, token: served.token, runId },
    );
    expect(seen.kind).toBe("live");
    expect(seen.numbers).toEqual(Array.from({ length: seen.numbers.length }, (_, at) => at + 1));
    const made = (await page.evaluate(() =>
      globalThis.client.request("POST", "api/runs", { workflow: "quarterly-report", input: { quarter: "Q1" } }),
    )) as { workflow: string };
    expect(made.workflow).toBe("quarterly-report");
    expect(troubles).toEqual([]);
  });

  test("so does a page opened from a file; without a token, or with the session's cookie alone, a request is anonymous", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-shell-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "shell.html"), "<title>Shell</title>");
    const { page } = await newPage();
    await page.goto(pathToFileURL(join(folder, "shell.html")).href);
    const headers = { authorization: `Bearer ${served.token}`, "x-holdfast-request": "1" };
    expect(await ask(page, "/api/runs", { headers })).toBe(200);
    expect(await ask(page, "/api/runs")).toBe(401);
    // Signed in with the same browser: its cookie belongs to this site, and does not count for a page of another.
    const own = await page.context().newPage();
    await enter(own, served);
    await page.goto(shell);
    expect(await ask(page, "/api/runs", { headers })).toBe(200);
    expect(await ask(page, "/api/runs", { credentials: "include" })).toBe("Failed to fetch");
    const [cookie] = await page.context().cookies(served.url);
    const forged = { cookie: `${cookie?.name}=${cookie?.value}`, origin: shell, "x-holdfast-request": "1" };
    expect((await fetch(`${served.url}/api/runs`, { headers: forged })).status).toBe(403);
    expect((await fetch(`${served.url}/api/runs`, { headers: { ...forged, origin: served.url } })).status).toBe(200);
  });

  test("a page of an origin that is not allowed reads nothing, whatever its token", async () => {
    const { page } = await newPage();
    await page.goto(stranger);
    const headers = { authorization: `Bearer ${served.token}` };
    expect(await ask(page, "/api/runs", { headers })).toBe("Failed to fetch");
    const refused = await fetch(`${served.url}/api/runs`, { headers: { ...headers, origin: stranger } });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });
});
