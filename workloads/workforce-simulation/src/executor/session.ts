// A simulation on its file: set up once, then year after year. Computing a year may overlap with committing the
// previous one; years are computed and committed in order. One session owns the file. It runs in a separate process
// (`process/main.ts`), and in tests.
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { version as duckdbVersion } from "@duckdb/node-api";
import type { ModelCache, Rows } from "../cache/model-cache.js";
import { type CensusRow, censusDigest } from "../census/row.js";
import { Database } from "../database/database.js";
import { DatabaseError, failureOf, isConflict } from "../database/failure.js";
import { SqlClock } from "../database/sql-clock.js";
import { buildGraph, type Graph } from "../graph/graph.js";
import type { Model } from "../models/load.js";
import type { ResourcePlan } from "../resources/plan.js";
import { checkGraph } from "./check-graph.js";
import { commitYear, readYears, type YearRecord } from "./commit.js";
import { CARRIED, CARRIED_FROM_FILE, ROOT_MODELS, SOURCE_NAMES } from "./facts.js";
import { type RunIdentity, sha256, yearKeys } from "./identity.js";
import { Performance, type PerformanceReport } from "./performance.js";
import { adoptFile, readStoredRun, setUpFile } from "./schema.js";
import { type ComputedYear, computeYear } from "./year.js";

export interface SessionOptions {
  readonly file: string;
  readonly identity: Omit<RunIdentity, "censusDigest" | "censusCount">;
  readonly years: readonly number[];
  readonly models: readonly Model[];
  readonly resources: ResourcePlan;
  /** One model after another, and each year's commit before the next year. */
  readonly isSequential: boolean;
  /** Chooses the number of connections by measuring the first year. */
  readonly isAdapting: boolean;
  readonly openCache: (() => Promise<ModelCache>) | null;
  /** Remembers which models were checked; null checks them each time. */
  readonly checked?: { isChecked(): Promise<boolean>; mark(): Promise<void> } | null | undefined;
  readonly nowMs: () => number;
  readonly onProgress?: ((year: number, done: number, total: number) => void) | undefined;
  readonly onNotice?: ((message: string) => void) | undefined;
}

export class Session {
  private readonly performance: Performance;
  private carried: { readonly year: number; readonly rows: ReadonlyMap<string, Rows> } | null = null;
  private readonly computed = new Map<number, Promise<ComputedYear>>();
  private committing: Promise<unknown> = Promise.resolve();
  /** The last year of this simulation in the file. */
  private committedYear: number | null = null;
  private keys = new Map<number, string>();
  private censusDigest = "";
  private connectionCount: number;

  private constructor(
    private readonly options: SessionOptions,
    private readonly database: Database,
    private readonly graphs: { readonly first: Graph; readonly later: Graph },
    private readonly cache: ModelCache | null,
    clock: SqlClock,
  ) {
    this.connectionCount = options.isSequential ? 1 : options.resources.connectionCount;
    this.performance = new Performance(clock);
  }

  /** Opens a session. @throws {DatabaseError} {ModelError} if the file or a model is unusable; nothing is changed then. */
  static async open(options: SessionOptions): Promise<Session> {
    const { file, resources, nowMs, models } = options;
    const rules = { sources: SOURCE_NAMES, carried: CARRIED, roots: ROOT_MODELS };
    const graphs = { first: buildGraph(models, true, rules), later: buildGraph(models, false, rules) };
    await makeFolder(file);
    const clock = new SqlClock(nowMs);
    const database = await Database.open({
      file,
      connectionCount: options.isSequential ? 1 : resources.connectionCount,
      threads: options.isSequential ? 1 : resources.threads,
      memoryLimitBytes: resources.memoryLimitBytes,
      spillFolder: `${file}.spill`,
      spillLimitBytes: resources.spillLimitBytes,
      clock,
    });
    try {
      if (!(await options.checked?.isChecked())) {
        await checkGraph(database.main, graphs, options.identity.scenario);
        await options.checked?.mark();
      }
      const cache = options.openCache === null ? null : await options.openCache();
      return new Session(options, database, graphs, cache, clock);
    } catch (thrown) {
      await database.close();
      throw thrown;
    }
  }

  /**
   * Writes people and identity into the file, unless it already contains this very simulation: then its years are kept.
   * @throws {DatabaseError} wrongUse if the file contains something else.
   */
  async setUp(people: readonly CensusRow[]): Promise<{ readonly censusDigest: string; readonly keptYears: number }> {
    const { file, identity } = this.options;
    if (!people.some((person) => person.is_active)) {
      throw new DatabaseError({
        kind: "wrongUse",
        problem: "the census has nobody who is active; nothing was written",
      });
    }
    const digest = censusDigest(people);
    const of: RunIdentity = { ...identity, censusDigest: digest, censusCount: people.length };
    const stored = await readStoredRun(this.database, file);
    const keys = this.keysOf(digest);
    if (stored !== null && (stored.runId === identity.runId || this.cache !== null)) {
      const kept = await this.matchingYears(keys);
      if (kept > 0 || (stored.runId === identity.runId && stored.censusDigest === digest)) {
        await adoptFile(this.database, of);
        return { censusDigest: digest, keptYears: kept };
      }
    }
    if (stored !== null && stored.runId !== identity.runId) {
      this.options.onNotice?.(`${file} held the results of run ${stored.runId}; they are replaced`);
    }
    await setUpFile(this.database, of, duckdbVersion(), people);
    return { censusDigest: digest, keptYears: 0 };
  }

  /** Call after `setUp` in this process or an earlier one. Sets the people with whom the years start. */
  async begin(digest: string): Promise<void> {
    const { file, identity } = this.options;
    const stored = await readStoredRun(this.database, file);
    if (stored === null || stored.runId !== identity.runId || stored.censusDigest !== digest) {
      const holds = stored === null ? "nothing" : `run ${stored.runId}`;
      throw new DatabaseError({
        kind: "wrongUse",
        problem: `${file} holds ${holds}, and run ${identity.runId} has begun in it: its results were replaced or removed; start a new run`,
      });
    }
    this.censusDigest = digest;
    this.keys = this.keysOf(digest);
    const kept = await this.matchingYears(this.keys);
    this.committedYear = kept === 0 ? null : stored.firstYear + kept - 1;
  }

  /** Returns the file's record of a year from the same inputs; null if it must be computed. */
  async stored(year: number): Promise<YearRecord | null> {
    const found = (await readYears(this.database)).find((record) => record.year === year);
    if (found === undefined || found.key !== this.keys.get(year)) return null;
    const { scenario } = this.options.identity;
    const graph = year === scenario.firstYear ? this.graphs.first : this.graphs.later;
    // Without a cache it is a year of this very run, from before it was interrupted.
    if (this.cache !== null) this.performance.reused(graph.length, found.computedMs);
    return found;
  }

  /** Computes a year. The previous one must be computed or in the file; its commit may still be running. */
  async compute(year: number): Promise<void> {
    const computed = this.computeNow(year);
    this.computed.set(year, computed);
    await computed;
  }

  private async computeNow(year: number): Promise<ComputedYear> {
    const { scenario } = this.options.identity;
    const isFirst = year === scenario.firstYear;
    const carried = isFirst ? new Map<string, Rows>() : await this.carriedBefore(year);
    const run = (connectionCount: number) =>
      computeYear(this.database, {
        year,
        scenario,
        graph: isFirst ? this.graphs.first : this.graphs.later,
        carried,
        censusDigest: this.censusDigest,
        costOf: (name) => this.performance.costOf(name),
        connectionCount,
        cache: this.cache,
        nowMs: this.options.nowMs,
        onModel: (done, total) => this.options.onProgress?.(year, done, total),
      });
    this.performance.start();
    let computed: ComputedYear;
    try {
      computed = await run(this.connectionCount);
    } catch (thrown) {
      if (!isConflict(thrown) || this.connectionCount === 1) throw thrown;
      this.options.onNotice?.(`year ${year}: ${(thrown as Error).message}; once more, one model after the other`);
      computed = await run(1);
    }
    this.performance.add(computed, this.connectionCount);
    if (isFirst && this.options.isAdapting) this.adapt();
    const rows = new Map(CARRIED.map((name) => [name, computed.tables.get(name) as Rows]));
    this.carried = { year, rows };
    return computed;
  }

  /** Commits a year once it is computed, after the previous one. May be called while it is being computed. */
  async commit(year: number): Promise<YearRecord> {
    const before = this.committing;
    const committed = (async () => {
      await before.catch(() => undefined);
      const computed = await this.computed.get(year);
      const key = this.keys.get(year);
      if (computed === undefined || key === undefined) throw new Error(`year ${year} was not computed`);
      const isNext = year === this.options.identity.scenario.firstYear || this.committedYear === year - 1;
      if (!isNext) {
        const problem = `year ${year - 1} is not in the file, so year ${year} cannot be`;
        throw new DatabaseError({ kind: "early", file: this.options.file, problem });
      }
      const record = await commitYear(this.database, computed, key);
      this.committedYear = year;
      this.performance.committed();
      this.computed.delete(year);
      // Only the newest computed year is read again, and the last one never, so the others are deleted. The year stays
      // committed even if that fails.
      const done = year === this.options.years.at(-1) ? [year - 1, year] : [year - 1];
      for (const one of done) {
        await this.database.main.run(`DROP SCHEMA IF EXISTS memory.y${one} CASCADE`).catch(() => undefined);
      }
      return record;
    })();
    this.committing = committed;
    return committed;
  }

  async years(): Promise<readonly YearRecord[]> {
    return readYears(this.database);
  }

  /** Returns rows of the file, for reports. */
  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.database.main.rows(sql);
  }

  async run(sql: string): Promise<void> {
    await this.database.main.run(sql);
  }

  report(): PerformanceReport {
    return this.performance.report();
  }

  async pruneCache(): Promise<void> {
    await this.cache?.prune();
  }

  interrupt(): void {
    this.database.interruptAll();
  }

  async close(): Promise<void> {
    await this.committing.catch(() => undefined);
    await this.database.close();
    await rm(`${this.options.file}.spill`, { recursive: true, force: true });
  }

  private keysOf(digest: string): Map<number, string> {
    const { scenario, modelsHash } = this.options.identity;
    const of = { scenario, modelsHash, censusDigest: digest, censusCount: 0 };
    return yearKeys(of, duckdbVersion(), this.options.years);
  }

  /** Returns how many years of the file, starting with the first, equal what this simulation would compute. */
  private async matchingYears(keys: ReadonlyMap<number, string>): Promise<number> {
    let kept = 0;
    for (const record of await readYears(this.database)) {
      if (keys.get(record.year) !== record.key) break;
      kept++;
    }
    return kept;
  }

  private async carriedBefore(year: number): Promise<ReadonlyMap<string, Rows>> {
    const before = year - 1;
    if (this.carried?.year === before) return this.carried.rows;
    if (this.committedYear === null || this.committedYear < before) {
      const problem = `year ${year} cannot be computed before year ${before} is in the file`;
      throw new DatabaseError({ kind: "early", file: this.options.file, problem });
    }
    const { main } = this.database;
    await main.run(`DROP SCHEMA IF EXISTS memory.y${before} CASCADE`);
    await main.run(`CREATE SCHEMA memory.y${before}`);
    const key = this.keys.get(before) ?? "";
    const rows = new Map<string, Rows>();
    for (const name of CARRIED) {
      const table = `memory.y${before}.${name}`;
      await main.run(`CREATE TABLE ${table} AS ${CARRIED_FROM_FILE[name](before)}`);
      rows.set(name, { table, digest: this.cache === null ? null : sha256(`${key} ${name}`) });
    }
    return rows;
  }

  private adapt(): void {
    const wanted = this.performance.usefulConnections();
    this.connectionCount = Math.min(this.options.resources.connectionCount, Math.max(1, wanted));
    this.options.onNotice?.(`${this.connectionCount} connections, from the first year measured`);
  }
}

async function makeFolder(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new DatabaseError(failureOf(cause, file), { cause });
  });
}
