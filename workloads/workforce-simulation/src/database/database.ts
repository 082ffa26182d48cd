// The one DuckDB instance of a process: in memory, with the results file attached as `sim` and work tables beside it.
// Nothing in this process may open that file in any other way: closing any descriptor of it would drop DuckDB's lock,
// and another process could then write into it unnoticed. A second instance on the file in one process would do the
// same, so opening the file twice here is refused.
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { DatabaseError, failureOf } from "./failure.js";
import type { SqlClock } from "./sql-clock.js";

export interface DatabaseOptions {
  readonly file: string;
  /** Number of connections for models; there is one more for commits. */
  readonly connectionCount: number;
  /** Number of DuckDB's own threads within a statement. */
  readonly threads: number;
  readonly memoryLimitBytes: number;
  /** Folder into which statements spill what memory cannot hold. */
  readonly spillFolder: string;
  readonly spillLimitBytes: number;
  readonly clock: SqlClock;
}

/** 512 MB: a checkpoint within a year would delay its commit by a quarter of a second; one at the end is enough. */
const CHECKPOINT_BYTES = 512 * 1024 * 1024;

/**
 * Freed memory is soon returned: by default DuckDB's allocator keeps 128 MB per thread, which no limit counts. Less than this, and
 * each statement asks the system for it anew.
 */
const ALLOCATOR_KEEPS = "4MB";

const openFiles = new Set<string>();

export type Row = Readonly<Record<string, unknown>>;

/** A connection that measures its statements and translates their errors. */
export class Connection {
  private isEnding = false;

  constructor(
    readonly raw: DuckDBConnection,
    private readonly file: string,
    private readonly clock: SqlClock,
  ) {}

  async run(sql: string): Promise<void> {
    await this.timed(() => this.raw.run(sql));
  }

  /**
   * Runs COMMIT or ROLLBACK, which `interrupt` does not touch: an interrupted COMMIT may have succeeded, and its caller
   * would then assume that a year is missing which is in the file.
   */
  async end(how: "COMMIT" | "ROLLBACK"): Promise<void> {
    this.isEnding = true;
    try {
      await this.run(how);
    } finally {
      this.isEnding = false;
    }
  }

  /** Returns rows as plain JSON. Whole numbers beyond 2^53 and decimals are texts. */
  async rows(sql: string): Promise<readonly Row[]> {
    const reader = await this.timed(() => this.raw.runAndReadAll(sql));
    return reader.getRowObjectsJson() as readonly Row[];
  }

  interrupt(): void {
    if (!this.isEnding) this.raw.interrupt();
  }

  private async timed<T>(work: () => Promise<T>): Promise<T> {
    this.clock.begin();
    try {
      return await work();
    } catch (cause) {
      // Without the statement: people are told the model and year, not our SQL.
      throw new DatabaseError(failureOf(cause, this.file), { cause });
    } finally {
      this.clock.end();
    }
  }
}

export class Database {
  private isClosed = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    /** Connections for models. */
    readonly connections: readonly Connection[],
    /** Connection for everything small: reading the file, freeing space, reports. */
    readonly main: Connection,
    /** Connection for the transactions of years, which overlap with everything else. */
    readonly writer: Connection,
    private readonly file: string,
  ) {}

  /** Opens the database. @throws {DatabaseError} held, corrupt, readonly, unreachable: nothing is open then. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { file } = options;
    if (openFiles.has(file)) {
      throw new DatabaseError({ kind: "wrongUse", problem: `${file} is open in this process already` });
    }
    openFiles.add(file);
    let instance: DuckDBInstance | null = null;
    try {
      instance = await DuckDBInstance.create(":memory:", {
        threads: String(options.threads),
        memory_limit: `${Math.floor(options.memoryLimitBytes / 1e6)}MB`,
        temp_directory: options.spillFolder,
        max_temp_directory_size: `${Math.max(1, Math.floor(options.spillLimitBytes / 1e6))}MB`,
        allocator_flush_threshold: ALLOCATOR_KEEPS,
        allocator_bulk_deallocation_flush_threshold: ALLOCATOR_KEEPS,
        autoinstall_known_extensions: "false",
        autoload_known_extensions: "false",
      });
      const connect = async (of: DuckDBInstance) => new Connection(await of.connect(), file, options.clock);
      const main = await connect(instance);
      // The type is stated because DuckDB would otherwise treat a text file, such as a .csv, as a database in memory
      // and discard it.
      await main.run(`ATTACH ${quote(file)} AS sim (TYPE duckdb)`);
      await main.run(`SET checkpoint_threshold = '${CHECKPOINT_BYTES} bytes'`);
      const connections: Connection[] = [];
      for (let i = 0; i < options.connectionCount; i++) connections.push(await connect(instance));
      return new Database(instance, connections, main, await connect(instance), file);
    } catch (thrown) {
      instance?.closeSync();
      openFiles.delete(file);
      throw thrown instanceof DatabaseError ? thrown : new DatabaseError(failureOf(thrown, file), { cause: thrown });
    }
  }

  private get all(): readonly Connection[] {
    return [...this.connections, this.main, this.writer];
  }

  interruptAll(): void {
    for (const connection of this.all) connection.interrupt();
  }

  /** Merges the log into the file and closes it. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      await this.main.run("CHECKPOINT sim");
      await this.main.run("DETACH sim");
    } finally {
      for (const { raw } of this.all) raw.closeSync();
      this.instance.closeSync();
      openFiles.delete(this.file);
    }
  }
}

/**
 * Returns the tables of a database file without changing it.
 * @throws {DatabaseError} held, corrupt and others.
 */
export async function tablesOf(file: string): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  try {
    const connection = await instance.connect();
    await connection.run(`ATTACH ${quote(file)} AS looked (TYPE duckdb, READ_ONLY)`);
    const found = await connection.runAndReadAll(
      "SELECT table_name FROM duckdb_tables() WHERE database_name = 'looked' " +
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE database_name = 'looked' AND NOT internal ORDER BY 1",
    );
    connection.closeSync();
    return found.getRows().map(([name]) => String(name));
  } catch (thrown) {
    throw new DatabaseError(failureOf(thrown, file), { cause: thrown });
  } finally {
    instance.closeSync();
  }
}

/** Quotes a text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
