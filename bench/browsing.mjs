/** A server over a folder and a browser that is signed in: what the measurements of the page share. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findChromium, launch } from "../tests/browser/chromium.mjs";

const BIN = join(import.meta.dirname, "../packages/holdfast/bin/holdfast.mjs");
const CONFIG = join(import.meta.dirname, "screen.config.mjs");
const START_MS = 120_000;

/** Undefined where there is no browser: said, and nothing is measured. */
export async function openBrowsing(dataDir) {
  if (findChromium() === null) {
    console.log("\nNo Chromium on the PATH, and none named by HOLDFAST_CHROMIUM: the page is not measured.");
    return undefined;
  }
  const server = await serve(dataDir);
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(server.openUrl);
  await page.getByRole("navigation", { name: "Main" }).waitFor({ timeout: START_MS });
  return {
    ...server,
    context,
    page,
    version: browser.version(),
    async close() {
      await browser.close();
      await server.end();
    },
  };
}

async function serve(dataDir) {
  const env = { ...process.env, HOLDFAST_CONFIG: CONFIG, HOLDFAST_DATA_DIR: dataDir };
  const args = [BIN, "serve", "--port=0", "--json", "--log-level=silent", "--concurrency=2", "--stop-grace-ms=500"];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const deadline = Date.now() + START_MS;
  while (!/\{[\s\S]*\}/.test(said)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`holdfast serve: ${child.exitCode}\n${said}`);
    await wait(20);
  }
  const { url, openUrl } = JSON.parse(said.match(/\{[\s\S]*\}/)[0]);
  const headers = { authorization: `Bearer ${openUrl.split("#t=")[1]}`, "content-type": "application/json" };
  return {
    url,
    openUrl,
    async start(body) {
      const answer = await fetch(`${url}/api/runs`, { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()).id;
    },
    read: async (path) => (await fetch(`${url}${path}`, { headers })).json(),
    async end() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
