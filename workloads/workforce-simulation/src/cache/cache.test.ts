/** With a cache, only what depends on a change is recomputed, and the results equal those without a cache. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { version } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { digestsOf, makeFolder, openSession, runAll, type SessionWish, simulate } from "../executor/session.fixture.js";
import { loadModels } from "../models/load.js";
import { openFolderCache } from "./folder-cache.js";

const YEARS = "2025-2026";

async function runCached(folder: string, wish: SessionWish = {}) {
  const openCache = () => openFolderCache(folder, 1e9, version());
  const { session, years } = await openSession({ years: YEARS, ...wish, openCache });
  const records = await simulate(session, years);
  const { cache } = session.report();
  await session.close();
  return { cache, digests: digestsOf(records) };
}

test("a second run computes nothing and gives the same results", async () => {
  const folder = await makeFolder();
  const expected = digestsOf(await runAll({ years: YEARS }));
  const cold = await runCached(folder);
  const warm = await runCached(folder, { runId: "run-again" });
  expect(cold.digests).toEqual(expected);
  expect(warm.digests).toEqual(expected);
  expect(warm.cache).toMatchObject({ misses: 0, hits: cold.cache.hits + cold.cache.misses });
  expect(warm.cache.savedMs).toBeGreaterThan(0);
});

test("a changed parameter recomputes only the models that depend on it", async () => {
  const folder = await makeFolder();
  const all = await runCached(folder);
  const match = [{ upTo: 0.04, rate: 1 }];
  const changed = await runCached(folder, { assumptions: { match } });
  expect(changed.digests).toEqual(digestsOf(await runAll({ years: YEARS, assumptions: { match } })));
  // er_match, er_core, snapshot, cost_alloc, attribution, metrics and invariants of two years. `state` and what follows
  // from it come out equal, since the match changes nobody's pay.
  expect(changed.cache.misses).toBeLessThanOrEqual(20);
  expect(changed.cache.misses + changed.cache.hits).toBe(all.cache.misses + all.cache.hits);
});

test("a changed model is recomputed with what depends on it", async () => {
  const folder = await makeFolder();
  await runCached(folder);
  const { models } = await loadModels(null);
  const changed = models.map((model) =>
    model.name === "pyramid"
      ? { ...model, text: model.text.replace("count(*) FILTER (is_new)", "count(*) FILTER (is_new AND is_active)") }
      : model,
  );
  const run = await runCached(folder, { models: changed });
  // pyramid and invariants, in two years.
  expect(run.cache.misses).toBe(4);
});

test("a comment in a model recomputes nothing", async () => {
  const folder = await makeFolder();
  await runCached(folder);
  const { models } = await loadModels(null);
  const commented = models.map((model) => ({ ...model, text: `-- Read again.\n${model.text}` }));
  expect((await runCached(folder, { models: commented })).cache.misses).toBe(0);
});

test("the cache stays within its size by evicting the least recently used entries", async () => {
  const folder = await makeFolder();
  await runCached(folder);
  const limitBytes = 100_000;
  const cache = await openFolderCache(folder, limitBytes, version());
  await cache.prune();
  const names = (await readdir(folder)).filter((name) => name.endsWith(".parquet"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limitBytes);
  expect(names.length).toBeGreaterThan(0);
  expect((await runCached(folder, { runId: "after" })).digests).toEqual(digestsOf(await runAll({ years: YEARS })));
});
