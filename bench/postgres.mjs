/**
 * W1, W2 and W3 over PostgreSQL from npm on loopback, `fsync` and `synchronous_commit` on; beside each, in the same run on the
 * same server, what plain statements of the same driver reach: one row a commit, and rows by arrays.
 */
import { defineWorkflow, openHoldfast } from "holdfast";
import pg from "pg";
import { z } from "zod";
import { startPostgres } from "../tests/suite/postgres.mjs";
import { medians, perSecond, printTable, ratio, scratch, seconds, whole } from "./measure.mjs";
import { STAGES, steps } from "./steps.mjs";
import { runMap } from "./w3.mjs";

const noop = defineWorkflow({ name: "noop", input: z.object({}), stages: [], run: async () => null });

let schemas = 0;

async function withHoldfast(url, workflows, work) {
  const { folder, remove } = scratch("postgres");
  const schema = `bench_${++schemas}`;
  const holdfast = await openHoldfast({
    url: `${url}?schema=${schema}`,
    dataDir: folder,
    workflows,
    stageFiles: false,
  });
  try {
    return await work(holdfast);
  } finally {
    await holdfast.close();
    await ask(url, `DROP SCHEMA ${schema} CASCADE`);
    remove();
  }
}

async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** One small row, one commit, named statements on one connection: how often a second. */
async function singleCommits(url, ms = 2_000) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "CREATE TABLE raw_single (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stage text, output text)",
  );
  const since = performance.now();
  let count = 0;
  while (seconds(since) < ms) {
    const text = "INSERT INTO raw_single (stage, output) VALUES ($1, $2)";
    await client.query({ name: "single", text, values: ["stage-17", "1"] });
    count++;
  }
  const rate = perSecond(count, seconds(since));
  await client.query("DROP TABLE raw_single");
  await client.end();
  return rate;
}

/** The two rows of an item of a map, by arrays, `perCommit` items a commit: items a second. */
async function itemRows(url, perCommit, items = 42_000) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLE raw_attempt (map_k bigint, n bigint, idx bigint, key text COLLATE "C", attempt bigint,
      started_at bigint, PRIMARY KEY (map_k, n));
    CREATE TABLE raw_result (map_k bigint, key text COLLATE "C", idx bigint, outcome smallint, config_k bigint, attempt bigint,
      cost_nanos bigint, unpriced_calls bigint, unpriced_tokens bigint, started_at bigint, finished_at bigint, output text,
      PRIMARY KEY (map_k, key))`);
  const text = `WITH e AS (SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS u(n, key, output)),
    a AS (INSERT INTO raw_attempt SELECT 1, n, n, key, 1, $4 FROM e)
    INSERT INTO raw_result SELECT 1, key, n, 1, 1, 1, 0, 0, 0, $4, $4, output FROM e`;
  const since = performance.now();
  for (let at = 0; at < items; at += perCommit) {
    const places = Array.from({ length: perCommit }, (_, place) => at + place);
    const keys = places.map((n) => `item-${String(n).padStart(8, "0")}`);
    await client.query({ name: "items", text, values: [places, keys, places.map(() => "1"), Date.now()] });
  }
  const rate = perSecond(items, seconds(since));
  await client.query("DROP TABLE raw_attempt, raw_result");
  await client.end();
  return rate;
}

const drain = (url, runs) =>
  withHoldfast(url, [noop], async (holdfast) => {
    const startedAt = performance.now();
    for (let done = 0; done < runs; done += 1_000) {
      await Promise.all(Array.from({ length: Math.min(1_000, runs - done) }, () => holdfast.start(noop, {})));
    }
    const queuedAt = performance.now();
    await holdfast.work({ concurrency: 64, untilIdle: true });
    const drainMs = seconds(queuedAt);
    const { completed } = (await holdfast.management.stats({})).recent;
    if (completed !== runs) throw new Error(`${completed} of ${runs} runs completed`);
    return { enqueue: perSecond(runs, queuedAt - startedAt), drain: perSecond(runs, drainMs) };
  });

const stagesPerSecond = (url, atATime, runs) =>
  withHoldfast(url, [steps], async (holdfast) => {
    for (let i = 0; i < runs; i++) await holdfast.start(steps, {});
    const since = performance.now();
    await holdfast.work({ concurrency: atATime, untilIdle: true });
    const rate = perSecond(runs * STAGES, seconds(since));
    const left = await holdfast.runs.list({ status: "completed", limit: 500 });
    if (left.rows.length !== runs) throw new Error(`${left.rows.length} of ${runs} runs completed`);
    return rate;
  });

async function itemsPerSecond(url, items) {
  const { folder, remove } = scratch("postgres-map");
  const schema = `bench_${++schemas}`;
  const { status, done, ms } = runMap(folder, items, "plain", `${url}?schema=${schema}`);
  await ask(url, `DROP SCHEMA ${schema} CASCADE`);
  remove();
  if (status !== "completed" || done !== items) throw new Error(`${status} with ${done} of ${items}`);
  return perSecond(items, ms);
}

export async function postgres({ times = 3, runs = 10_000, steppedRuns = 100, items = 42_000 } = {}) {
  const server = await startPostgres({ isDurable: true });
  if ("problem" in server) {
    console.log(`\nPostgreSQL: not measured (${server.problem})`);
    return null;
  }
  const { url } = server;
  try {
    const version = (await ask(url, "SHOW server_version")).rows[0].server_version;
    const figures = await medians(times, async () => ({
      single: await singleCommits(url),
      items100: await itemRows(url, 100),
      items1000: await itemRows(url, 1_000),
      ...(await drain(url, runs)),
      one: await stagesPerSecond(url, 1, Math.min(steppedRuns, 20)),
      sixteen: await stagesPerSecond(url, 16, steppedRuns),
      sixtyFour: await stagesPerSecond(url, 64, steppedRuns),
      map: await itemsPerSecond(url, items),
    }));
    const of = (rate, limit) => [whole(rate), ratio(rate, limit)];
    const { single, items100, items1000 } = figures;
    printTable(`PostgreSQL ${version} on loopback, full durability, medians of ${times}`, [
      ["", "per second", "of raw"],
      ["raw: one row a commit", whole(single), ""],
      ["raw: intent and result by arrays, 100 items a commit", whole(items100), ""],
      ["raw: the same, 1,000 items a commit", whole(items1000), ""],
      [`W1: ${whole(runs)} runs queued`, ...of(figures.enqueue, single)],
      ["W1: runs claimed, executed and reported, 64 at a time", ...of(figures.drain, single)],
      ["W2: stages, 1 run at a time", ...of(figures.one, single)],
      ["W2: stages, 16 runs at a time", ...of(figures.sixteen, single)],
      ["W2: stages, 64 runs at a time", ...of(figures.sixtyFour, single)],
      [`W3: ${whole(items)} items of one map (of raw at 1,000 a commit)`, ...of(figures.map, items1000)],
    ]);
    return figures;
  } finally {
    await server.stop();
  }
}
if (import.meta.filename === process.argv[1]) await postgres(process.argv.includes("--once") ? { times: 1 } : {});
