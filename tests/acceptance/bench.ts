/**
 * The narrative benchmark in real processes: the command, the model server with its journal as the provider's own account,
 * and the database read with plain SQL. Waiting is for what a process writes, by the test's deadline; nothing sleeps.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeNarratives } from "@holdfast/narrative-benchmark";
import { type FaultPlan, type JournalLine, readJournal } from "@holdfast/testkit";
import type { RunView } from "holdfast";
import { afterAll } from "vitest";
import { freeze } from "../chaos/harness/freeze.js";
import { type Ended, makeProject, type Project, type Running, type RunOptions } from "../cli/harness.js";

/** The library that Holdfast uses on this Node: a test that has a Holdfast open may not read its file with another. */
const builtIn: string = "node:sqlite";
const hasBuiltIn = Number(process.versions.node.split(".")[0]) >= 24;
const { DatabaseSync } = (await import(
  hasBuiltIn ? builtIn : "@photostructure/sqlite"
)) as typeof import("@photostructure/sqlite");

const ROOT_CONFIG = fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url));
const SERVER = fileURLToPath(new URL("../../packages/testkit/dist/model-server/main.js", import.meta.url));

/** Dollars per token of the tests' model: dear, so that a few hundred calls reach five dollars. */
export const PRICE = { inputUsd: 50, outputUsd: 100 };
/** Enough for the server's answers; with the prompt it bounds what a call may cost. */
const MAX_TOKENS = 120;

export interface ServerOptions {
  readonly faults?: FaultPlan | undefined;
  readonly latencyMs?: readonly [number, number] | undefined;
  readonly apiKey?: string | undefined;
}

export interface BenchOptions extends ServerOptions {
  readonly cases: number;
  readonly run?: Readonly<Record<string, unknown>> | undefined;
  readonly model?: Readonly<Record<string, unknown>> | undefined;
}

export interface Bench {
  readonly project: Project;
  readonly config: string;
  readonly data: string;
  readonly start: (runId: string, ...args: readonly string[]) => Running;
  readonly resume: (runId: string, ...args: readonly string[]) => Running;
  readonly command: (...args: readonly string[]) => Running;
  readonly show: (runId: string) => Promise<RunView>;
  /** Restarts the model server under other faults; its journal goes on. */
  readonly serve: (options: ServerOptions) => Promise<unknown>;
  readonly journal: () => readonly JournalLine[];
  /** Resolves once the journal has so many lines; rejects when the process ends before. */
  readonly journalHas: (lines: number, running: Running) => Promise<void>;
  /** Stops a process as SIGSTOP does, outside of its writes. */
  readonly freeze: (running: Running) => Promise<void>;
  readonly sql: <T>(query: string, ...values: readonly (string | number)[]) => T[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

const servers = new Set<ChildProcess>();
afterAll(() => {
  for (const server of servers) server.kill("SIGKILL");
});

export async function makeBench(options: BenchOptions): Promise<Bench> {
  const project = await makeProject();
  const data = project.path("cases.csv");
  await writeNarratives(data, { cases: options.cases, seed: 7 });
  const journalFile = project.path("journal.jsonl");
  const config = project.path("experiment.json");
  const databaseFile = join(project.folder, ".holdfast", "holdfast.db");
  const env: Record<string, string> = { HOLDFAST_CONFIG: ROOT_CONFIG, TEST_MODEL_KEY: "right" };
  let server: Server | null = null;
  const serve = async (next: ServerOptions): Promise<Server> => {
    const port = server?.port ?? 0;
    if (server !== null) await stopServer(server.child);
    const faults = await project.write("faults.json", JSON.stringify(next.faults ?? {}));
    server = await startServer(["--journal", journalFile, "--faults", faults, "--port", String(port), ...flags(next)]);
    return server;
  };
  const { port } = await serve(options);
  await project.write("experiment.json", JSON.stringify(experiment(options, data, `http://127.0.0.1:${port}/v1`)));
  const command = (args: readonly string[], more: RunOptions = {}) =>
    project.spawn(args, { ...more, env: { ...env, ...more.env } });
  return {
    project,
    config,
    data,
    env,
    serve,
    start: (runId, ...args) =>
      command(["start", "narrative-benchmark", "--config", config, "--run-id", runId, ...args]),
    resume: (runId, ...args) => command(["resume", runId, ...args]),
    command: (...args) => command(args),
    show: async (runId) => {
      const { code, stdout, stderr } = await project.run(["show", runId, "--json"], { env });
      if (code !== 0) throw new Error(`show ${runId}: exit ${code}\n${stdout}\n${stderr}`);
      return JSON.parse(stdout) as RunView;
    },
    journal: () => readJournal(journalFile),
    journalHas: (lines, running) => journalHas(journalFile, lines, running),
    freeze: ({ child }) => freeze(child.pid as number, () => new DatabaseSync(databaseFile)),
    sql: (query, ...values) => {
      const database = new DatabaseSync(databaseFile, { readOnly: true });
      try {
        return database.prepare(query).all(...values) as never;
      } finally {
        database.close();
      }
    },
  };
}

function experiment({ run, model }: BenchOptions, file: string, baseUrl: string) {
  return {
    experiment: { name: "acceptance" },
    model: {
      provider: "openai-compatible",
      name: "test-model",
      baseUrl,
      apiKeyEnv: "TEST_MODEL_KEY",
      temperature: 0,
      maxTokens: MAX_TOKENS,
      price: PRICE,
      ...model,
    },
    prompt: {
      version: "1",
      template: "Judge this {{narrative_type}} narrative.\n<narrative>\n{{narrative}}\n</narrative>",
    },
    data: { file },
    run: { concurrency: 8, batch_size: 25, ...run },
  };
}

function flags({ latencyMs, apiKey }: ServerOptions): string[] {
  return [
    ...(latencyMs === undefined ? [] : ["--latency", latencyMs.join(",")]),
    ...(apiKey === undefined ? [] : ["--api-key", apiKey]),
  ];
}

export async function startServer(args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [SERVER, "--seed", "1", "--stop-with-parent", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  servers.add(child);
  const line = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the model server ended (${code})`)));
    child.stdout.setEncoding("utf8").once("data", resolve);
  });
  return { child, port: (JSON.parse(line) as { port: number }).port };
}

function stopServer(child: ChildProcess): Promise<void> {
  servers.delete(child);
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** Woken by each line that the server writes, and by the end of the process. */
export async function journalHas(file: string, count: number, running: Running): Promise<void> {
  const lines = new LineCounter(file);
  await new Promise<void>((resolve, reject) => {
    // The server has made the file before it listens.
    const watcher = watch(file, check);
    const settle = (end: () => void) => {
      watcher.close();
      end();
    };
    function check() {
      if (lines.count() >= count) settle(resolve);
    }
    void running.ended.then(({ code, stderr }) =>
      settle(() => reject(new Error(`ended (${code}) before ${count} calls:\n${stderr}`))),
    );
    check();
  });
}

/** Reads what was appended since the last look: a journal of megabytes is looked at thousands of times. */
class LineCounter {
  private readBytes = 0;
  private lines = 0;
  constructor(private readonly file: string) {}

  count(): number {
    const descriptor = openSync(this.file, "r");
    const chunk = Buffer.alloc(64 * 1024);
    try {
      for (;;) {
        const length = readSync(descriptor, chunk, 0, chunk.length, this.readBytes);
        if (length === 0) return this.lines;
        this.readBytes += length;
        for (let at = 0; at < length; at++) if (chunk[at] === 10) this.lines++;
      }
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The end of a command that must have this code. */
export async function ok(running: Running, code = 0): Promise<Ended> {
  const ended = await running.ended;
  if (ended.code !== code) throw new Error(`exit ${ended.code} instead of ${code}\n${ended.stdout}\n${ended.stderr}`);
  return ended;
}

export async function killed(running: Running): Promise<void> {
  running.child.kill("SIGKILL");
  const { signal } = await running.ended;
  if (signal !== "SIGKILL") throw new Error(`it ended before it was killed (${signal})`);
}

export interface ItemRow {
  readonly key: string;
  readonly outcome: number;
  readonly category: string | null;
  readonly attempt: number;
  readonly cost_usd: number;
}

export const ITEMS = `SELECT i.key, i.outcome, i.category, i.attempt, i.cost_nanos / 1e9 AS cost_usd FROM item_result i JOIN map m USING (map_k)
  JOIN run r USING (run_k) WHERE r.run_id = ? AND m.stage = 'classify' ORDER BY i.key`;

/** Requests by item. */
export function byItem(journal: readonly JournalLine[], runId: string): Map<string, JournalLine[]> {
  const lines = new Map<string, JournalLine[]>();
  for (const line of journal) {
    const key = line.key.replace(`${runId}:g1:classify:`, "");
    lines.set(key, [...(lines.get(key) ?? []), line]);
  }
  return lines;
}

/** What the provider charges for all that it answered. */
export function chargedUsd(journal: readonly JournalLine[]): number {
  return journal.reduce(
    (sum, { paid, promptTokens, completionTokens }) =>
      paid ? sum + (promptTokens * PRICE.inputUsd + completionTokens * PRICE.outputUsd) / 1e6 : sum,
    0,
  );
}
