/**
 * W1, W2 and W5 of the peers beside ours: in one run, on the same machine, disk and servers, each program in a process of its own with
 * the settings that its documentation recommends. Versions are the newest of today and printed. What cannot be had is named.
 *
 * Durability: PostgreSQL syncs each commit, Redis each write, SQLite each commit. graphile-worker, pg-boss and BullMQ have no stages.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median, percentile, perSecond, printTable, scratch, whole } from "../measure.mjs";
import { installPeers } from "./install.mjs";
import { startDurablePostgres, startDurableRedis } from "./servers.mjs";

const CHILD_MS = 600_000;
const STAGES = 50;

/** Runs of W1, and of W2 at a time. The slow ones get fewer: a rate says the same, and nobody waits for an hour. */
const RUNS = { fast: 20_000, slow: 1_000 };
const SLOW = new Set(["dbos", "openworkflow"]);

class Bench {
  skipped = new Map();

  constructor(postgres, redis, folder, programs) {
    this.postgres = postgres;
    this.redis = redis;
    this.folder = folder;
    this.programs = programs;
  }

  /** Null where the peer has no such thing, or failed; then it says so. */
  async measure(name, store, what, terms) {
    const problem = store === "redis" ? this.redis.problem : store === "postgres" ? this.postgres.problem : undefined;
    if (problem !== undefined) return this.skip(name, problem);
    const { folder, remove } = scratch("peers");
    const url = store === "sqlite" ? `sqlite:${join(folder, "bench.db")}` : null;
    const where = {
      folder,
      redisPort: this.redis.port,
      url: url ?? (store === "postgres" ? await this.postgres.databaseFor(name) : null),
    };
    const words = [join(this.programs, "child.mjs"), name, what, JSON.stringify({ ...where, ...terms })];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, words, {
      encoding: "utf8",
      timeout: CHILD_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    remove();
    if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1));
    const said = stderr.split("\n").find((line) => /error/i.test(line)) ?? `it ended with ${signal ?? status}`;
    return this.skip(name, said.trim());
  }

  skip(name, why) {
    this.skipped.set(name, why);
    return null;
  }
}

async function repeat(times, once) {
  const all = [];
  for (let at = 0; at < times; at++) {
    const one = await once();
    if (one === null) return null;
    all.push(one);
  }
  return all;
}

export async function peers({ times = 3, scale = 1, starts = 200 } = {}) {
  const { peers: found, programs } = installPeers();
  const { folder, remove } = scratch("peers-redis");
  const [postgres, redis] = [await startDurablePostgres(), await startDurableRedis(folder)];
  const bench = new Bench(postgres, redis, folder, programs);
  for (const { program, problem } of found) if (problem !== undefined) bench.skip(program, problem);
  const rows = [
    ["Holdfast, SQLite", "holdfast", "sqlite"],
    ["Holdfast, PostgreSQL", "holdfast", "postgres"],
    ...found
      .filter(({ problem }) => problem === undefined)
      .map(({ program, version }) => [
        `${program} ${version}, ${program === "bullmq" ? "Redis" : "PostgreSQL"}`,
        program,
        program === "bullmq" ? "redis" : "postgres",
      ]),
  ];

  const w1 = [["", "runs", "queued/s", "drained/s", "whole/s"]];
  for (const [title, name, store] of rows) {
    const runs = Math.ceil((SLOW.has(name) ? RUNS.slow : RUNS.fast) * scale);
    const all = await repeat(times, () => bench.measure(name, store, "w1", { runs }));
    if (all === null) continue;
    const [enqueueMs, drainMs] = [median(all.map((one) => one.enqueueMs)), median(all.map((one) => one.drainMs))];
    const rate = (ms) => whole(perSecond(runs, ms));
    w1.push([title, whole(runs), rate(enqueueMs), rate(drainMs), rate(enqueueMs + drainMs)]);
  }
  printTable(`W1 beside peers: runs without stages, 64 at a time, medians of ${times}`, w1);

  const w2 = [["", "stages/s at 64", "at 1"]];
  for (const [title, name, store] of rows) {
    if (!["holdfast", ...SLOW].includes(name)) continue;
    const rates = [];
    for (const atATime of [64, 1]) {
      const runs = Math.ceil((atATime === 1 ? 10 : SLOW.has(name) ? 64 : 200) * scale);
      const all = await repeat(times, () => bench.measure(name, store, "w2", { runs, stages: STAGES, atATime }));
      rates.push(all === null ? "–" : whole(perSecond(runs * STAGES, median(all))));
    }
    w2.push([title, ...rates]);
  }
  printTable(`W2 beside peers: runs of ${STAGES} stages, each recorded before the next, medians of ${times}`, w2);

  const w5 = [["", "p50 ms", "p99 ms"]];
  for (const [title, name, store] of rows) {
    const took = await bench.measure(name, store, "w5", { starts });
    if (took !== null) w5.push([title, percentile(took, 0.5).toFixed(2), percentile(took, 0.99).toFixed(2)]);
  }
  printTable(`W5 beside peers: from the start to the first line of user code, an idle worker, ${starts} starts`, w5);

  for (const [name, why] of bench.skipped) console.log(`  NOT MEASURED: ${name}: ${why}`);
  await postgres.stop?.();
  await redis.stop?.();
  remove();
}
if (import.meta.filename === process.argv[1]) {
  const [times = 3, scale = 1, starts = 200] = process.argv.slice(2).map(Number);
  await peers({ times, scale, starts });
}
