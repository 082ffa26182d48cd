/**
 * What live updates leave behind in the page: a run that writes 50 events a second, its page and the list of runs open, and what
 * the heap of each holds after collection, once a minute. `npm run bench -- heap` looks for 12 minutes, `--minutes=60` for
 * an hour.
 */
import { loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { openBrowsing } from "./browsing.mjs";
import { printTable, scratch, whole } from "./measure.mjs";

const MINUTES = 12;
const PER_SECOND = 50;
/** Until then the lists of the page fill up to what they keep. */
const WARM_MINUTES = 2;
const GOAL_BYTES = 1_000_000;

export async function heap() {
  const asked = process.argv.find((word) => word.startsWith("--minutes="));
  const minutes = asked === undefined ? MINUTES : Number(asked.split("=")[1]);
  if (!(minutes > WARM_MINUTES + 1)) throw new Error(`--minutes: more than ${WARM_MINUTES + 1} are expected`);
  const place = scratch("heap");
  try {
    const browsing = await openBrowsing(place.folder);
    if (browsing === undefined) return;
    try {
      await look(browsing, minutes);
    } finally {
      await browsing.close();
    }
  } finally {
    place.remove();
  }
}

async function look(browsing, minutes) {
  const { context, url } = browsing;
  const runId = await browsing.start({
    workflow: "talks",
    input: { perSecond: PER_SECOND, forMs: (minutes + 2) * 60_000 },
    runId: "talks-1",
  });
  const pages = [];
  for (const [name, path] of [
    ["the run's page", `runs/${runId}`],
    ["its events", `runs/${runId}/events`],
    ["the list of runs", "runs"],
  ]) {
    const page = await context.newPage();
    await page.goto(`${url}/${path}`);
    await page.locator("main").waitFor();
    const line = await context.newCDPSession(page);
    await line.send("HeapProfiler.enable");
    await line.send("Performance.enable");
    pages.push({ name, page, line, samples: [] });
  }
  for (let minute = 0; minute <= minutes; minute++) {
    const due = Date.now() + 60_000;
    for (const one of pages) one.samples.push({ minute, ...(await collect(one.line)) });
    console.log(
      `  minute ${String(minute).padStart(2)}: ${pages.map(({ samples }) => MB(samples.at(-1).bytes)).join(", ")}`,
    );
    if (minute < minutes) await wait(Math.max(0, due - Date.now()));
  }
  const { head } = await browsing.read(`/api/runs/${runId}/events?limit=1`);
  const rows = [
    ["after collection", "at first", "at last", "in ten minutes", "elements", "listeners", `goal ${MB(GOAL_BYTES)}`],
  ];
  for (const { name, samples } of pages) {
    const steady = samples.filter(({ minute }) => minute >= WARM_MINUTES);
    const grows = 10 * slope(steady.map(({ minute, bytes }) => [minute, bytes]));
    const last = steady.at(-1);
    rows.push([
      name,
      MB(steady[0].bytes),
      MB(last.bytes),
      MB(grows),
      `${whole(steady[0].nodes)} to ${whole(last.nodes)}`,
      `${whole(steady[0].listeners)} to ${whole(last.listeners)}`,
      grows < GOAL_BYTES ? "met" : "MISSED",
    ]);
  }
  const load = loadavg()[0].toFixed(1);
  printTable(`Heap of the page: ${minutes} minutes, ${whole(head)} events, load average ${load}`, rows);
}

const MB = (bytes) => `${(bytes / 1_000_000).toFixed(2)} MB`;

async function collect(line) {
  // Twice: what the first frees may hold more.
  for (let i = 0; i < 2; i++) await line.send("HeapProfiler.collectGarbage");
  const { usedSize } = await line.send("Runtime.getHeapUsage");
  const { metrics } = await line.send("Performance.getMetrics");
  const value = (name) => metrics.find((one) => one.name === name)?.value ?? 0;
  return { bytes: usedSize, nodes: value("Nodes"), listeners: await countListeners(line) };
}

/**
 * Listeners of the document, its elements and the window. The browser's own counter also has those of ended requests (an abort
 * signal has one), which wait for a collection of another heap: it goes up and down by thousands and says nothing.
 */
async function countListeners(line) {
  let sum = 0;
  for (const expression of ["document", "window"]) {
    const { result } = await line.send("Runtime.evaluate", { expression });
    const { objectId } = result;
    const { listeners } = await line.send("DOMDebugger.getEventListeners", { objectId, depth: -1, pierce: true });
    await line.send("Runtime.releaseObject", { objectId });
    sum += listeners.length;
  }
  return sum;
}

/** Bytes a minute, by least squares: one odd sample decides nothing. */
function slope(points) {
  const mean = (at) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  const below = points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
