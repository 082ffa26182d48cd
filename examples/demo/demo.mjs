#!/usr/bin/env node
/**
 * The demonstration, `npm run demo`. Two runs in two processes share one SQLite file; one of them is killed halfway and
 * resumed. Then a map over e-mails is killed and resumed too (`mails.mjs`). Each time a journal outside the engine proves
 * that no finished work ran again.
 *
 * On a terminal the demo also serves the page (`serving.mjs`), which shows all of this live and stays until Ctrl-C.
 *
 * Needs no network and no services. Exits with 0 only if everything held, otherwise with 1 and a list of what did not, or with
 * 130 if Ctrl-C ended it. It reads through the library and acts through the `holdfast` command, as a user would.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { MAILS_FILE, tellMails } from "./mails.mjs";
import { askHoldfast, endAll, ROOT, startHoldfast } from "./processes.mjs";
import { check, readJournal, recordsOf } from "./proof.mjs";
import { Screen } from "./screen.mjs";
import { findOther, servePage, untilOpened } from "./serving.mjs";

const USAGE = `npm run demo -- [options]

  --data-dir=DIR  where the store and the decks go (default .holdfast/demo; emptied first)
  --no-serve      no page, and the end when the story is told: the default where this is no terminal, and with CI set
  --serve         the page all the same
  --port=N        where the page is served (default 4680, or the next free one)
  --help          this help

Exits with 0 when everything held, also when Ctrl-C then ended the page; with 1 when something did not hold; with 130 when
Ctrl-C ended it before its end. Under \`npm run\`, npm itself answers any Ctrl-C with 130.`;

/** Extra time for each stage, so that people can watch and the kill interrupts a stage. */
const PACE_MS = 400;
/** Minimum number of recorded stages at the kill: enough to show that none of them runs again. */
const RECORDED_MIN = 4;
/** Interval between reads of the store. */
const LOOK_MS = 100;
/** Far longer than needed: only a hang reaches it. */
const DEADLINE_MS = 120_000;
/** How long a stopped run is left alone while the page is open, so that it can be inspected and resumed there. */
const LOOK_AT_STOP_MS = 15_000;
/** Marker file: only a folder that has it is ever emptied. */
const MARKER = ".holdfast-demo";

const { values: options } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    "no-serve": { type: "boolean" },
    serve: { type: "boolean" },
    port: { type: "string" },
    help: { type: "boolean" },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Holdfast needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
const port = options.port === undefined ? undefined : Number(options.port);
if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
  console.error(`--port: 0 to 65535 is expected, "${options.port}" was given.`);
  process.exit(2);
}

const screen = new Screen(process.stdout);
const isServing =
  options["no-serve"] !== true && (options.serve === true || (process.stdout.isTTY === true && !process.env.CI));
/** Server of the page; null if there is none. */
let server = null;
/** The demonstration is over and only the page is still running: a signal then ends a complete demo. */
let isTold = false;
const dataDir = resolve(options["data-dir"] ?? join(ROOT, ".holdfast/demo"));
const journalFile = join(dataDir, "journal.jsonl");
const shown = (path) => relative(process.cwd(), path) || ".";
const runs = [
  { id: "run-energy-norway", name: "Norway / energy services", country: "Norway", industry: "energy services" },
  { id: "run-health-japan", name: "Japan / healthcare", country: "Japan", industry: "healthcare" },
];
const [norway] = runs;

let isEnding = false;
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
]) {
  // Already ending.
  process.on(signal, async () => {
    if (isEnding) return;
    isEnding = true;
    screen.release();
    if (isTold) {
      await server?.end();
      await endAll();
      screen.say("", `Stopped. The runs stay in ${shown(dataDir)}.`);
      process.exit();
    }
    await endAll();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    screen.say("", "Stopped: both processes ended, the demo's folder removed.");
    process.exit(code);
  });
}

try {
  const failures = await openAndTell();
  process.exitCode = failures.length === 0 ? 0 : 1;
  await stayUp();
} catch (thrown) {
  screen.release();
  screen.say(
    "",
    screen.red("The demo could not be finished."),
    `  ${thrown instanceof Error ? thrown.message : thrown}`,
  );
  process.exitCode = 1;
} finally {
  await endAll();
}

async function openAndTell() {
  await emptyFolder();
  // Loaded here, so that an unbuilt checkout gets a message instead of a stack.
  const { openHoldfast } = await import("holdfast").catch((cause) => {
    throw new Error("Holdfast is not built here. Run `npm ci` first.", { cause });
  });
  const holdfast = await openHoldfast({ dataDir, workflows: [] });
  try {
    return await tellStory(holdfast);
  } finally {
    await holdfast.close();
  }
}

async function tellStory(holdfast) {
  if (isServing) await openPage();
  const began = Date.now();
  const until = async (isReached) => {
    for (;;) {
      const now = await withViews(holdfast);
      const views = now.map(({ view }) => view);
      screen.progress(now);
      for (const run of runs) {
        const isOver = run.process.exit !== null && run.process.exit !== 0;
        if (isOver) throw new Error(`${run.name}: the command ended with ${run.process.exit}.\n${run.process.said()}`);
      }
      if (isReached(views)) return views;
      if (Date.now() - began > DEADLINE_MS) throw new Error(`Not finished after ${DEADLINE_MS / 1_000} s.`);
      await wait(LOOK_MS);
    }
  };

  screen.title("Two market-research runs, a process each, one SQLite file");
  for (const run of runs) {
    run.process = startHoldfast(dataDir, [
      ...["start", "market-research", `--run-id=${run.id}`, `--country=${run.country}`, `--industry=${run.industry}`],
      ...["--sources=examples/sources", `--journal=${journalFile}`, `--pace-ms=${PACE_MS}`],
    ]);
    run.pids = [run.process.child.pid];
  }
  await until(([view]) => isWorthKilling(view));

  const killedPid = norway.process.child.pid;
  norway.process.child.kill("SIGKILL");
  await norway.process.ended;
  const killedAtMs = Date.now();
  const atKill = await recordsOf(holdfast, norway.id);
  const underWay = (await viewOf(holdfast, norway.id)).stages.find((stage) => stage.status === "running");
  screen.release();
  screen.title(`kill -9 ${killedPid}`);
  screen.say(
    `  ${norway.name}: ${atKill.size} stages recorded${underWay ? `, ${underWay.name} ${underWay.title} was under way` : ""}.`,
  );

  screen.title("holdfast locks");
  screen.say(
    ...(await askHoldfast(dataDir, ["locks"]))
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`),
  );

  await untilLookedAt(holdfast, norway.id);
  screen.title(`holdfast resume ${norway.id}`);
  norway.process = startHoldfast(dataDir, ["resume", norway.id]);
  norway.pids.push(norway.process.child.pid);
  await until(() => runs.every((run) => run.process.exit !== null));
  screen.progress(await withViews(holdfast));
  screen.release();

  const journal = await readJournal(journalFile);
  const facts = [];
  for (const run of runs) {
    const events = [];
    const handle = await holdfast.handle(run.id);
    for await (const event of handle.events()) events.push(event);
    const view = await viewOf(holdfast, run.id);
    const records = await recordsOf(holdfast, run.id);
    const artifacts = await holdfast.runs.artifacts(run.id);
    facts.push({ ...run, view, events, records, artifacts, journal: journal.filter((line) => line.runId === run.id) });
  }

  screen.title("Who ran what, when");
  screen.timeline(facts, killedAtMs);

  screen.title("Proof, from the journal that the stages themselves wrote");
  const verdicts = await check({ facts, atKill, killedAtMs, killedPid, killedRun: norway.id });
  screen.verdicts(verdicts);

  screen.title("The decks");
  for (const { name, artifacts } of facts) {
    const deck = artifacts.find((artifact) => artifact.name === "final.pptx");
    screen.say(`  ${name.padEnd(26)}${deck ? shown(deck.path) : screen.red("missing")}`);
  }

  verdicts.push(...(await tellMails({ holdfast, dataDir, screen, viewOf, shown, untilLookedAt })));
  const failures = verdicts.filter(({ holds }) => !holds);
  screen.say(
    "",
    failures.length === 0
      ? `${screen.green("Everything held.")} Look around: npx holdfast show ${norway.id} --data-dir=${shown(dataDir)}`
      : screen.red(`${failures.length} of ${verdicts.length} did not hold.`),
  );
  return failures;
}

async function openPage() {
  server = await servePage(dataDir, port);
  screen.title("The page");
  if (!server.hasPage) screen.say("  It is not built here: `npm run build` builds it.");
  screen.say(`  ${screen.green(server.openUrl)}`);
  // Without a terminal there is nobody to wait for.
  if (process.stdin.isTTY !== true) return;
  screen.say("  Open it and watch. The story begins once it is open, or in 20 s; Enter begins it now, Ctrl-C ends it.");
  await untilOpened(server, process.stdin);
}

/**
 * With a page, waits until the server has found the dead process and paused its run. If somebody is watching, it also waits
 * for them to press Resume, for a limited time.
 */
async function untilLookedAt(holdfast, runId) {
  if (server === null) return;
  await server.supervise();
  const statusOf = async () => (await viewOf(holdfast, runId)).status;
  const deadline = Date.now() + DEADLINE_MS;
  while ((await statusOf()) === "running" && !server.hasEnded() && Date.now() < deadline) await wait(LOOK_MS);
  if (!server.isOpened()) return;
  screen.title("In the page");
  screen.say(
    `  ${runId} is paused, and says what a resume keeps. Press Resume there; else it is resumed here in 15 s.`,
  );
  const until = Date.now() + LOOK_AT_STOP_MS;
  while ((await statusOf()) === "paused" && Date.now() < until) await wait(LOOK_MS);
  if ((await statusOf()) === "queued") screen.say("  Resumed in the page: this process takes it up.");
}

/** With a page, waits for a signal or the end of the server. */
async function stayUp() {
  if (server === null || isEnding) return;
  isTold = true;
  screen.say(`The page stays: ${screen.green(server.openUrl)}`, "Ctrl-C ends it.");
  const code = await server.ended;
  if (isEnding) return new Promise(() => undefined);
  screen.say("", screen.red(`The page's server ended with ${code}.`), `  ${server.said()}`);
  process.exitCode = 1;
}

/** Waits until enough is recorded and a stage is in progress, so that the kill interrupts work. */
function isWorthKilling(view) {
  if (view === null) return false;
  const recorded = view.stages.filter((stage) => stage.status === "completed").length;
  const attempt = view.stages.find((stage) => stage.status === "running")?.attempts.at(-1);
  return recorded >= RECORDED_MIN && attempt !== undefined && Date.now() - attempt.startedAt >= PACE_MS / 2;
}

function withViews(holdfast) {
  return Promise.all(runs.map(async (run) => ({ ...run, view: await viewOf(holdfast, run.id) })));
}

/** Null until the run exists. */
async function viewOf(holdfast, runId) {
  try {
    return await holdfast.runs.get(runId);
  } catch (thrown) {
    if (thrown?.code === "RUN_NOT_FOUND") return null;
    throw thrown;
  }
}

async function emptyFolder() {
  const isForeign = existsSync(dataDir) && !existsSync(join(dataDir, MARKER)) && (await readdir(dataDir)).length > 0;
  if (isForeign) throw new Error(`${shown(dataDir)} is not empty and not a demo's: give another --data-dir.`);
  const other = await findOther(dataDir);
  if (other !== null) {
    throw new Error(
      `A demo of this folder is running, with its page at ${other}. End it with Ctrl-C in its terminal, or give another --data-dir.`,
    );
  }
  await mkdir(dataDir, { recursive: true });
  // The mails are the same each time, and to read them out of the corpus takes longest.
  const entries = (await readdir(dataDir)).filter((name) => name !== MAILS_FILE);
  await Promise.all(entries.map((name) => rm(join(dataDir, name), { recursive: true, force: true })));
  await writeFile(join(dataDir, MARKER), "Made by the demo, which empties this folder when it runs again.\n");
}
