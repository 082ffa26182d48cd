// Handles the requests of a run in the database's process: one session, and kept results of earlier ones.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version as duckdbVersion } from "@duckdb/node-api";
import { openFolderCache } from "../cache/folder-cache.js";
import { ResultCache } from "../cache/result-cache.js";
import { generateCensus } from "../census/generate.js";
import { type CensusRow, censusDigest } from "../census/row.js";
import { quote, tablesOf } from "../database/database.js";
import { FACTS } from "../executor/facts.js";
import { sha256, yearKeys } from "../executor/identity.js";
import { Session } from "../executor/session.js";
import { loadModels } from "../models/load.js";
import type { AnswerOf, ArgumentOf, ExportRequest, OpenRequest, People, RequestName } from "./protocol.js";

export interface SimulatorEvents {
  readonly onNotice: (notice: string) => void;
  readonly onProgress: (year: number, done: number, total: number) => void;
}

type Handlers = { readonly [R in RequestName]: (argument: ArgumentOf<R>) => Promise<AnswerOf<R>> };

export class Simulator {
  private opened: { readonly session: Session; readonly request: OpenRequest } | null = null;
  private people: readonly CensusRow[] = [];
  private readonly sent: CensusRow[] = [];
  private results: ResultCache | null = null;
  /** Key of the result from which the file was restored. */
  private restoredKey: string | null = null;
  private finalKey: string | null = null;

  constructor(private readonly events: SimulatorEvents) {}

  get file(): string {
    return this.opened?.request.file ?? "";
  }

  answer<R extends RequestName>(name: R, argument: ArgumentOf<R>): Promise<AnswerOf<R>> {
    return (this.handlers[name] as Handlers[R])(argument);
  }

  private readonly handlers: Handlers = {
    addPeople: async (rows) => {
      for (const row of rows) this.sent.push(row);
      return null;
    },
    look: (file) => tablesOf(file),
    open: (request) => this.open(request),
    setUp: async () => {
      const made = await this.session.setUp(this.people);
      const people = this.people.length;
      this.people = [];
      return { ...made, people };
    },
    begin: async (digest) => {
      await this.session.begin(digest);
      this.finalKey = this.keysOf(this.request, digest).at(-1) ?? null;
      return null;
    },
    stored: (year) => this.session.stored(year),
    compute: async (year) => {
      await this.session.compute(year);
      return null;
    },
    commit: (year) => this.session.commit(year),
    years: () => this.session.years(),
    rows: (sql) => this.session.rows(sql),
    exportTable: (request) => this.exportTable(request),
    report: async () => this.session.report(),
    interrupt: async () => {
      this.opened?.session.interrupt();
      return null;
    },
    finish: () => this.finish(),
    close: async () => {
      const closing = this.opened;
      this.opened = null;
      await closing?.session.close();
      await this.results?.discard();
      return null;
    },
  };

  private get session(): Session {
    if (this.opened === null) throw new Error("the database is not open");
    return this.opened.session;
  }

  private get request(): OpenRequest {
    if (this.opened === null) throw new Error("the database is not open");
    return this.opened.request;
  }

  private async open(request: OpenRequest): Promise<{ engine: string }> {
    const { models } = await loadModels(request.overlay);
    const { cache, file } = request;
    if (cache !== null) this.results = new ResultCache(join(cache.folder, "results"));
    if (request.people !== null) {
      this.people = this.take(request, request.people);
      await this.restore(request, censusDigest(this.people));
    }
    const session = await Session.open({
      ...request,
      models,
      checked: cache === null ? null : checkedIn(cache.folder, request),
      openCache:
        cache === null
          ? null
          : () => openFolderCache(join(cache.folder, "models"), cache.limitBytes / 2, duckdbVersion()),
      nowMs: () => performance.now(),
      onNotice: this.events.onNotice,
      onProgress: this.events.onProgress,
    });
    this.opened = { session, request: { ...request, file } };
    return { engine: duckdbVersion() };
  }

  private take({ identity }: OpenRequest, people: People): readonly CensusRow[] {
    if (people.kind === "sent") return this.sent.splice(0);
    const { firstYear, assumptions } = identity.scenario;
    const { employees, seed } = people;
    return [...generateCensus({ employees, seed, firstYear, levels: assumptions.levels })];
  }

  /** Restores a kept result that begins like this run, if the file does not exist yet. */
  private async restore(request: OpenRequest, digest: string): Promise<void> {
    const { file } = request;
    if (this.results === null || (await stat(file).catch(() => null)) !== null) return;
    const key = await this.results.find(this.keysOf(request, digest).reverse());
    if (key === null) return;
    await mkdir(join(file, ".."), { recursive: true });
    await this.results.restore(key, file);
    this.restoredKey = key;
  }

  private keysOf({ identity, years }: OpenRequest, digest: string): string[] {
    const { scenario, modelsHash } = identity;
    return [
      ...yearKeys({ scenario, modelsHash, censusDigest: digest, censusCount: 0 }, duckdbVersion(), years).values(),
    ];
  }

  private async exportTable({ table, format, path }: ExportRequest): Promise<null> {
    const name = `${table}.${format}`;
    if (this.results !== null && this.restoredKey !== null && this.restoredKey === this.finalKey) {
      if (await this.results.restoreExport(this.restoredKey, name, path)) return null;
    }
    if (!FACTS.some((one) => one.table === table)) throw new Error(`there is no table ${table}`);
    const options = format === "csv" ? "(FORMAT csv, HEADER true)" : "(FORMAT parquet, COMPRESSION zstd)";
    // In the order of the file: year after year, each in its own order. Sorting millions of rows again would be the one
    // step of a run that exceeds its memory limit.
    await this.session.run(`COPY (SELECT * FROM sim.${table}) TO ${quote(path)} ${options}`);
    if (this.restoredKey !== this.finalKey) await this.results?.keepExport(name, path);
    return null;
  }

  private async finish(): Promise<null> {
    const { file, cache } = this.request;
    const { session } = this;
    const isNew = this.finalKey !== null && this.restoredKey !== this.finalKey;
    await session.pruneCache();
    this.opened = null;
    await session.close();
    // Closed: nothing in this process has the file open any more, so it may be copied.
    if (this.results !== null && cache !== null) {
      if (isNew) await this.results.keep(this.finalKey as string, file);
      await this.results.prune(cache.limitBytes / 2);
    }
    return null;
  }
}

/** Models that were found valid once stay valid: the check is skipped if a mark says so. */
function checkedIn(
  folder: string,
  { identity }: OpenRequest,
): { isChecked(): Promise<boolean>; mark(): Promise<void> } {
  const { modelsHash, scenario } = identity;
  const path = join(folder, "checked", sha256(JSON.stringify([duckdbVersion(), modelsHash, scenario])));
  return {
    isChecked: async () => (await stat(path).catch(() => null)) !== null,
    mark: async () => {
      await mkdir(join(folder, "checked"), { recursive: true });
      await writeFile(path, "");
    },
  };
}
