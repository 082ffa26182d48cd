/**
 * `doctor`: everything that could keep this project from working, looked at once. It makes nothing: a store that is not
 * there yet is reported so. Exits with 7 when the store cannot be used, else 0.
 */
import { existsSync } from "node:fs";
import {
  checkWorkerOptions,
  EXIT,
  formatCount,
  plural,
  recordError,
  UNNAMED_BOOT,
  WORKER_DEFAULTS,
} from "@holdfast/core";
import { currentHolder, fileSystemFacts, type Holdfast } from "@holdfast/engine";
import { MIN_FREE_BYTES_DEFAULT } from "../../config.js";
import { defaultUrl, withoutSecret } from "../../open.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { NO_WORKER, wordRetention, wordSupervision } from "../output/supervision.js";
import { formatBytes, oneLine, padEnd } from "../output/text.js";
import { formatDuration } from "../output/time.js";

type Level = "ok" | "note" | "problem";
interface Check {
  readonly name: string;
  readonly level: Level;
  readonly text: string;
}

/** Below a gigabyte a run with artifacts soon meets a full disk. */
const FREE_MIN_BYTES = 1024 ** 3;

export async function run(cli: Cli, _args: Args): Promise<number> {
  const checks: Check[] = [
    { name: "node", level: "ok", text: `${process.version} ${process.platform} ${process.arch}` },
  ];
  const examine = async (name: string, look: () => Promise<readonly Check[]>) => {
    try {
      checks.push(...(await look()));
    } catch (thrown) {
      checks.push({ name, level: "problem", text: recordError(thrown).message });
    }
  };
  await examine("config", () => checkConfig(cli));
  await examine("folder", () => checkFolder(cli));
  await examine("artifacts", () => checkArtifacts(cli));
  await examine("lease", () => checkLease(cli));
  await examine("retention", () => checkRetention(cli));
  await examine("store", () => checkStore(cli));
  const problems = checks.filter((check) => check.level === "problem");
  const { console } = cli;
  if (console.isJson) console.document({ isUsable: problems.length === 0, checks });
  else {
    const { colours } = console;
    const marks: Readonly<Record<Level, string>> = {
      ok: colours.green("✓"),
      note: colours.yellow("!"),
      problem: colours.red("✗"),
    };
    console.lines(checks.map(({ name, level, text }) => `${marks[level]} ${padEnd(name, 10)}  ${oneLine(text)}`));
    console.lines([
      problems.length === 0 ? "No problems found" : colours.red(`${plural(problems.length, "problem")} to fix`),
    ]);
  }
  return problems.length === 0 ? EXIT.done : EXIT.unreachable;
}

async function checkConfig(cli: Cli): Promise<readonly Check[]> {
  const { file } = await cli.config();
  const workflows = await cli.workflows();
  if (file === null)
    return [{ name: "config", level: "note", text: "no holdfast.config.ts in this folder: there is nothing to start" }];
  const names = workflows.map((workflow) => workflow.name).join(", ");
  return [{ name: "config", level: "ok", text: `${file}: ${names || "no workflows"}` }];
}

async function checkFolder(cli: Cli): Promise<readonly Check[]> {
  const { dataDir, minFreeBytes = MIN_FREE_BYTES_DEFAULT } = await cli.settings();
  const { freeBytes, network, isWritable } = await fileSystemFacts(dataDir);
  const checks: Check[] = [
    {
      name: "folder",
      level: isWritable ? "ok" : "problem",
      text: isWritable ? dataDir : `${dataDir}: this user may not write there`,
    },
    checkRoom(freeBytes, minFreeBytes),
  ];
  if (network !== null) {
    checks.push({
      name: "disk",
      level: "problem",
      text: `${dataDir} is on a network file system (${network}), whose locks are not reliable enough for SQLite: use a local disk`,
    });
  }
  return checks;
}

/** Below `minFreeBytes` a resume is refused, and with no room at all nothing can be recorded. */
function checkRoom(freeBytes: number, minFreeBytes: number): Check {
  const free = `${formatBytes(freeBytes)} free`;
  if (freeBytes === 0 || freeBytes < minFreeBytes) {
    return {
      name: "disk",
      level: "problem",
      text: `${free}, at least ${formatBytes(minFreeBytes)} are needed: free some space`,
    };
  }
  return { name: "disk", level: freeBytes < FREE_MIN_BYTES ? "note" : "ok", text: free };
}

/** Only where they are not in the data folder, which is looked at above. */
async function checkArtifacts(cli: Cli): Promise<readonly Check[]> {
  const { artifacts } = await cli.settings();
  if (artifacts === undefined) return [];
  const { openS3Artifacts } = await import("@holdfast/artifacts-s3");
  const { dataDir } = await cli.settings();
  const { location } = await (await openS3Artifacts({ url: artifacts, dataDir })).check();
  return [{ name: "artifacts", level: "ok", text: `${location}: takes, returns and removes files` }];
}

async function checkLease(cli: Cli): Promise<readonly Check[]> {
  const settings = await cli.settings();
  const options = {
    leaseMs: settings.leaseMs ?? WORKER_DEFAULTS.leaseMs,
    heartbeatMs: settings.heartbeatMs ?? WORKER_DEFAULTS.heartbeatMs,
    stopGraceMs: settings.stopGraceMs ?? WORKER_DEFAULTS.stopGraceMs,
    maxBlockedMs: settings.maxBlockedMs ?? WORKER_DEFAULTS.maxBlockedMs,
    concurrency: WORKER_DEFAULTS.concurrency,
  };
  checkWorkerOptions(options);
  const { bootId } = currentHolder();
  const isUnnamed = bootId === UNNAMED_BOOT;
  const clock = isUnnamed
    ? "this system does not identify its boots: after a reboot, a lease ends when its process is proven dead or has been silent"
    : `clock of boot ${bootId.slice(0, 8)}`;
  const text = `lease ${formatDuration(options.leaseMs)}, heartbeat ${formatDuration(options.heartbeatMs)}; ${clock}`;
  return [{ name: "lease", level: isUnnamed ? "note" : "ok", text }];
}

async function checkRetention(cli: Cli): Promise<readonly Check[]> {
  return [{ name: "retention", level: "ok", text: wordRetention((await cli.retention()) ?? null) }];
}

async function checkStore(cli: Cli): Promise<readonly Check[]> {
  const { url, dataDir } = await cli.settings();
  const place = url ?? defaultUrl(dataDir);
  const file = place.match(/^sqlite:(?:\/\/)?([^?]+)/)?.[1];
  if (file !== undefined && file !== ":memory:" && !existsSync(file)) {
    return [
      { name: "store", level: "ok", text: `${withoutSecret(place)}: does not exist yet; the first start creates it` },
    ];
  }
  const holdfast = await cli.open("store");
  const facts = await holdfast.storage.facts({ check: true });
  // A damaged store answers nothing else that could be relied on.
  if (facts.problems.length > 0) {
    const cure = "stop all workers and restore the newest backup of the file";
    return [...facts.problems, cure].map((text): Check => ({ name: "store", level: "problem", text }));
  }
  const runs = Object.entries(facts.runCounts).filter(([, count]) => count > 0);
  const counts = runs.map(([status, count]) => `${formatCount(count)} ${status}`).join(", ") || "no runs";
  return [
    {
      name: "store",
      level: "ok",
      text: `${facts.location} (${formatBytes(facts.sizeBytes)}, schema version ${facts.schemaVersion})`,
    },
    { name: facts.kind, level: "ok", text: `version ${facts.engineVersion}` },
    ...holdfast.storage.limitations().map(({ message }): Check => ({ name: "pooler", level: "note", text: message })),
    { name: "durability", level: "ok", text: facts.durability },
    { name: "runs", level: "ok", text: counts },
    await checkSupervision(cli, holdfast),
  ];
}

/** A note, no problem: a project may work in the foreground alone. */
async function checkSupervision(cli: Cli, holdfast: Holdfast): Promise<Check> {
  const { supervisor } = await holdfast.management.stats();
  const text = wordSupervision(supervisor, cli.nowMs());
  const isSupervised = supervisor.lastScanAt !== null;
  return { name: "workers", level: isSupervised ? "ok" : "note", text: text ?? NO_WORKER };
}
