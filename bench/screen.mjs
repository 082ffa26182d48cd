/**
 * W9, the page in Chromium: 100,000 runs in the store and a run of 42,000 items under way. How soon the first rows are there,
 * whether anything blocks the page while one scrolls, what the first load takes.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { RECOVERY_DEFAULTS } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { openBrowsing } from "./browsing.mjs";
import { median, printTable, scratch, seconds, whole } from "./measure.mjs";

const RUNS = 100_000;
const ITEMS = 42_000;
const TIMES = 9;
const SCROLL_MS = 8_000;
const GOAL = { rowsMs: 300, taskMs: 100, loadBytes: 280_000 };
/** As many writes as are under way at once; they share commits. */
const AT_ONCE = 512;

export async function screen() {
  const place = scratch("screen");
  try {
    const since = performance.now();
    await fill(join(place.folder, "holdfast.db"), RUNS);
    console.log(`\n${whole(RUNS)} runs written in ${(seconds(since) / 1_000).toFixed(0)} s`);
    const browsing = await openBrowsing(place.folder);
    if (browsing === undefined) return;
    try {
      await measure(browsing);
    } finally {
      await browsing.close();
    }
  } finally {
    place.remove();
  }
}

async function measure(browsing) {
  const { page, version } = browsing;
  const runId = await browsing.start({ workflow: "items", input: { count: ITEMS, callMs: 100 }, runId: "items-42k" });
  while ((await browsing.read(`/api/runs/${runId}`)).progress.done < 2_000) await page.waitForTimeout(250);
  const rows = [["", "median", "worst", "goal", ""]];
  const add = (name, values, goal, word) => {
    const [middle, worst] = [median(values), Math.max(...values)];
    rows.push([name, word(middle), word(worst), word(goal), middle <= goal ? "met" : "MISSED"]);
  };
  const ms = (value) => `${whole(value)} ms`;
  const kB = (value) => `${(value / 1_000).toFixed(1)} kB`;

  add("first load, gzip, without fonts", [await firstLoad(browsing)], GOAL.loadBytes, kB);
  const LIST = ["runs", "tbody .id"];
  const RUN = [`runs/${runId}/items`, "tbody .id"];
  for (const [name, place] of [
    ["first rows of 100,000 runs", LIST],
    ["first rows of 42,000 items", RUN],
  ]) {
    const { times, busy } = await firstRows(browsing, place);
    add(name, times, GOAL.rowsMs, ms);
    // On a machine that does other things, too, this is what can be compared.
    add("  processor time of the page's main thread", busy, GOAL.rowsMs, ms);
  }
  add("longest task, scrolling the runs", await longTasks(browsing, LIST), GOAL.taskMs, ms);
  add("longest task, scrolling the run", await longTasks(browsing, RUN), GOAL.taskMs, ms);
  const nodes = await page.evaluate("document.querySelectorAll('*').length");
  const [done] = await Promise.all([browsing.read(`/api/runs/${runId}`).then(({ progress }) => progress.done)]);
  const load = loadavg()[0].toFixed(1);
  printTable(`The page (W9) in Chromium ${version}: ${TIMES} loads each, load average ${load}`, rows);
  console.log(
    `  ${whole(done)} of ${whole(ITEMS)} items were done at the end; the run's page had ${whole(nodes)} elements.`,
  );
}

/** Runs of a year, most of them completed: through the store's contract, made and reported as a worker does. */
async function fill(file, count) {
  const store = await openSqliteStore({ file, durability: "normal" });
  const holder = { name: "bench", host: "bench", pid: 1, bootId: "bench", pidNamespace: "bench", processStart: "1" };
  const one = async (index) => {
    const created = await store.createRun({
      id: `run-${String(index).padStart(6, "0")}`,
      workflow: index % 3 === 0 ? "market-research" : "narrative-benchmark",
      version: "1",
      owner: `user-${index % 40}`,
      inputJson: JSON.stringify({ country: "Norway", industry: "energy services", index }),
      givenJson: null,
      stages: null,
      policy: RECOVERY_DEFAULTS,
      through: null,
      idempotencyKey: null,
      forkedFrom: null,
      claim: { holder, leaseMs: 60_000 },
    });
    const { run, token, nonce } = created.claim;
    const output = { kind: "inline", json: '{"verdict":"enter in the second year"}' };
    const error = { name: "Error", message: "The ledger has no closing balance" };
    await store.report(
      { runId: run.id, token, nonce },
      index % 20 === 0 ? { status: "failed", error, reason: null } : { status: "completed", output, stageCount: 0 },
    );
  };
  let next = 0;
  const lane = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await store.close();
}

/** Bytes on the line for the shell, its scripts and styles, with nothing kept from before. */
async function firstLoad({ context, url }) {
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.setCacheDisabled", { cacheDisabled: true });
  const kinds = new Map();
  let bytes = 0;
  line.on("Network.responseReceived", ({ requestId, type, response }) =>
    kinds.set(requestId, { type, url: response.url }),
  );
  line.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const { type } = kinds.get(requestId) ?? {};
    if (["Document", "Script", "Stylesheet"].includes(type)) bytes += encodedDataLength;
  });
  await page.goto(`${url}/runs`, { waitUntil: "load" });
  await page.locator("tbody .id").first().waitFor();
  await page.waitForTimeout(2_000);
  await page.close();
  return bytes;
}

/** From the navigation's start to the frame that has the first row, by the page's own clock; and the processor time it took. */
async function firstRows({ context, page, url }, [path, sign]) {
  const times = [];
  const busy = [];
  const line = await context.newCDPSession(page);
  await line.send("Performance.enable");
  const threadMs = async () => {
    const { metrics } = await line.send("Performance.getMetrics");
    return 1_000 * metrics.find(({ name }) => name === "ThreadTime").value;
  };
  for (let i = 0; i < TIMES; i++) {
    // The shell's own document, so that the process stays and its time can be told apart.
    await page.goto(`${url}/api/docs`);
    const before = await threadMs();
    await page.goto(`${url}/${path}`, { waitUntil: "commit" });
    times.push(
      await page.evaluate(
        (selector) =>
          new Promise((resolve) => {
            const look = () => {
              if (document.querySelector(selector)) resolve(performance.now());
              else requestAnimationFrame(look);
            };
            look();
          }),
        sign,
      ),
    );
    busy.push((await threadMs()) - before);
  }
  await line.detach();
  return { times, busy };
}

/** The longest task of each scroll; Chromium reports those over 50 ms. */
async function longTasks({ page, url }, [path, sign]) {
  const longest = [];
  for (let i = 0; i < 3; i++) {
    await page.goto(`${url}/${path}`);
    await page.locator(sign).first().waitFor();
    await page.waitForTimeout(1_000);
    await page.evaluate(() => {
      globalThis.tasks = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) globalThis.tasks.push(entry.duration);
      }).observe({ type: "longtask" });
    });
    await page.mouse.move(700, 600);
    const until = performance.now() + SCROLL_MS;
    for (let turn = 0; performance.now() < until; turn++) {
      await page.mouse.wheel(0, turn % 60 < 45 ? 700 : -900);
      await page.waitForTimeout(30);
    }
    longest.push(Math.max(0, ...(await page.evaluate(() => globalThis.tasks))));
  }
  return longest;
}
