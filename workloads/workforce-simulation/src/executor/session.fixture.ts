// A session on its own file, for tests: small, with any part of the scenario replaced.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { generateCensus } from "../census/generate.js";
import type { CensusRow } from "../census/row.js";
import { assumptionsOf, simulationInput } from "../input.js";
import { loadModels, type Model } from "../models/load.js";
import type { YearRecord } from "./commit.js";
import { Session, type SessionOptions } from "./session.js";

export interface SessionWish {
  readonly file?: string | undefined;
  readonly years?: string | undefined;
  readonly employees?: number | undefined;
  readonly people?: readonly CensusRow[] | undefined;
  readonly seed?: number | undefined;
  readonly censusSeed?: number | undefined;
  readonly isStochastic?: boolean | undefined;
  /** Assumptions, as in an input file. */
  readonly assumptions?: Readonly<Record<string, unknown>> | undefined;
  readonly connections?: number | undefined;
  readonly threads?: number | undefined;
  readonly memoryLimitBytes?: number | undefined;
  readonly isSequential?: boolean | undefined;
  readonly models?: readonly Model[] | undefined;
  readonly openCache?: SessionOptions["openCache"] | undefined;
  readonly runId?: string | undefined;
  /** Continues with these people instead of setting up. */
  readonly goOnWith?: string | undefined;
}

/** Models found valid once in this process are not checked again for each of many sessions. */
const checkedHashes = new Set<string>();

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "workforce-"));
  folders.push(folder);
  return folder;
}

export async function makeFile(): Promise<string> {
  return join(await makeFolder(), "sim.duckdb");
}

/** Opens a session that is set up. `years` are those of its scenario. */
export async function openSession(wish: SessionWish = {}) {
  const employees = wish.employees ?? 300;
  const input = simulationInput.parse({
    years: wish.years ?? "2025-2027",
    employees,
    seed: wish.seed ?? 7,
    ...wish.assumptions,
  });
  const { models, hash } = await loadModels(null);
  const assumptions = assumptionsOf(input);
  const firstYear = input.years[0] as number;
  const file = wish.file ?? (await makeFile());
  const modelsHash = wish.models === undefined ? hash : JSON.stringify(wish.models);
  const session = await Session.open({
    file,
    identity: {
      runId: wish.runId ?? "run-test",
      scenario: { firstYear, seed: input.seed, isStochastic: wish.isStochastic ?? false, assumptions },
      modelsHash,
    },
    years: input.years,
    models: wish.models ?? models,
    resources: {
      connectionCount: wish.connections ?? 2,
      threads: wish.threads ?? 1,
      memoryLimitBytes: wish.memoryLimitBytes ?? 500_000_000,
      spillLimitBytes: 500_000_000,
    },
    isSequential: wish.isSequential ?? false,
    isAdapting: false,
    openCache: wish.openCache ?? null,
    checked: {
      isChecked: async () => checkedHashes.has(modelsHash),
      mark: async () => void checkedHashes.add(modelsHash),
    },
    nowMs: () => performance.now(),
  });
  if (wish.goOnWith !== undefined) {
    await session.begin(wish.goOnWith).catch(async (thrown) => {
      await session.close();
      throw thrown;
    });
    return { session, file, years: input.years, censusDigest: wish.goOnWith, keptYears: 0 };
  }
  const people = wish.people ?? [
    ...generateCensus({ employees, seed: wish.censusSeed ?? input.seed, firstYear, levels: assumptions.levels }),
  ];
  const { censusDigest, keptYears } = await session.setUp(people).catch(async (thrown) => {
    await session.close();
    throw thrown;
  });
  await session.begin(censusDigest);
  return { session, file, years: input.years, censusDigest, keptYears };
}

/** Computes and commits years like a run: each commit beside the next year's computation, or one after the other. */
export async function simulate(
  session: Session,
  years: readonly number[],
  isSequential = false,
): Promise<YearRecord[]> {
  const records: Promise<YearRecord>[] = [];
  for (const year of years) {
    await session.compute(year);
    const record = session.commit(year);
    record.catch(() => undefined); // reported by `Promise.all` below
    records.push(record);
    if (isSequential) await record;
  }
  return Promise.all(records);
}

/** Runs a whole simulation in one call, and closes it. */
export async function runAll(wish: SessionWish = {}): Promise<readonly YearRecord[]> {
  const { session, years } = await openSession(wish);
  try {
    return await simulate(session, years, wish.isSequential);
  } finally {
    await session.close();
  }
}

export const digestsOf = (records: readonly YearRecord[]) => records.map(({ year, digests }) => ({ year, digests }));
