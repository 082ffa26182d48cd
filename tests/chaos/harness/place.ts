/**
 * A folder of its own for each test, with a store, a journal and a gate in it, and real processes started there. What is
 * still running when a test file ends is killed; programs get everything by their arguments and environment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll } from "vitest";
import { Database } from "./database.js";
import { freeze } from "./freeze.js";
import { Journal, type JournalLine } from "./journal.js";
import { waitFor } from "./wait-for.js";

const COMMAND = fileURLToPath(new URL("../../../packages/holdfast/bin/holdfast.mjs", import.meta.url));
const FIXTURE = fileURLToPath(new URL("../fixture/", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly isAlive: () => boolean;
  /** Resolves when standard error has matched: for what a process tells its user and nobody else. */
  readonly says: (pattern: RegExp) => Promise<unknown>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Words before the node binary: `unshare`, `setpriv`, … */
  readonly under?: readonly string[] | undefined;
}

const folders: string[] = [];
const children = new Set<ChildProcess>();
const databases: Database[] = [];
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const database of databases) database.close();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Long enough for anything here on a crowded machine; only a hang reaches it. */
const SOON_MS = 120_000;

export class Place {
  readonly dataDir: string;
  readonly journal: Journal;
  private database: Database | null = null;
  private file: string;
  private env: Readonly<Record<string, string>> = {};

  constructor(readonly folder: string) {
    this.dataDir = join(folder, ".holdfast");
    this.file = join(this.dataDir, "holdfast.db");
    this.journal = new Journal(join(folder, "journal.jsonl"));
    mkdirSync(this.path("gate"), { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  get databaseFile(): string {
    return this.file;
  }

  /** The store is in another file. */
  useDatabase(file: string): void {
    this.file = file;
    this.useEnvironment({ HOLDFAST_URL: `sqlite:${file}` });
  }

  /** For every process that is started from here on. */
  useEnvironment(env: Readonly<Record<string, string>>): void {
    this.env = { ...this.env, ...env };
  }

  /** The second connection; null while there is no file yet. */
  get db(): Database {
    if (this.database === null) {
      this.database = new Database(this.databaseFile);
      databases.push(this.database);
    }
    return this.database;
  }

  /** The `holdfast` command over the fixture's workflows. */
  command(args: readonly string[], options: SpawnOptions = {}): Process {
    return this.node([COMMAND, ...args], options);
  }

  /** One of the fixture's programs. */
  program(name: string, args: readonly string[] = [], options: SpawnOptions = {}): Process {
    return this.node([join(FIXTURE, `${name}.mjs`), ...args], options);
  }

  /** The `--json` answer of a command that must end with `code`. */
  async json<T = Record<string, unknown>>(args: readonly string[], code = 0): Promise<T> {
    const ended = await this.command([...args, "--json"]).ended;
    if (ended.code !== code) throw new Error(`${args.join(" ")}: exit ${ended.code}, ${ended.stdout}\n${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  }

  /** Stops a process as SIGSTOP does, outside of its writes. */
  freeze(pid: number): Promise<void> {
    return freeze(pid, () => new DatabaseSync(this.databaseFile));
  }

  /** Let stages that wait at this gate go on. */
  openGate(name = "open"): void {
    writeFileSync(join(this.path("gate"), name), "");
  }

  /** The first line of the journal that fits, as soon as it is there. */
  untilJournal(what: JournalLine["what"], of: Partial<JournalLine> = {}, withinMs = SOON_MS): Promise<JournalLine> {
    return waitFor(() => this.journal.find(what, of), {
      withinMs,
      what: `the journal's line ${what} ${JSON.stringify(of)}`,
    });
  }

  /** Until the database says so: `condition` is asked with the second connection. */
  untilStore<T>(what: string, condition: (db: Database) => T, withinMs = SOON_MS) {
    return waitFor(() => (existsSync(this.databaseFile) ? condition(this.db) : null), { withinMs, what });
  }

  untilStatus(runId: string, status: string, withinMs = SOON_MS) {
    return this.untilStore(`run ${runId} being ${status}`, (db) => db.run(runId)?.status === status, withinMs);
  }

  private node(args: readonly string[], { env, cwd, under = [] }: SpawnOptions): Process {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(HOLDFAST|CHAOS|VITEST)|^(NO_COLOR|FORCE_COLOR|NODE_ENV)$/.test(name),
    );
    const [file = process.execPath, ...rest] = [...under, process.execPath, ...args];
    const child = spawn(file, rest, {
      cwd: cwd ?? this.folder,
      env: {
        ...Object.fromEntries(inherited),
        HOLDFAST_CONFIG: join(FIXTURE, "holdfast.config.mjs"),
        HOLDFAST_DATA_DIR: this.dataDir,
        CHAOS_JOURNAL: this.journal.file,
        CHAOS_GATE: this.path("gate"),
        ...this.env,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        children.delete(child);
        resolve({ code, signal, stdout, stderr });
      });
    });
    return {
      pid: child.pid ?? -1,
      ended,
      isAlive: () => child.exitCode === null && child.signalCode === null,
      says: (pattern) => waitFor(() => pattern.test(stderr), { withinMs: SOON_MS, what: `${pattern} in:\n${stderr}` }),
      kill: (signal) => void child.kill(signal),
    };
  }
}

export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-chaos-"));
  folders.push(folder);
  return new Place(folder);
}
