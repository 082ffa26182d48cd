/**
 * The command, with a folder for each test: `spawn` starts a process, `run` and `json` run the command line within the
 * test's process (see `here.ts`). Tests wait for output that a process writes, until the test's own deadline; nothing
 * sleeps for a fixed time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunView } from "holdfast";
import { atFileEnd } from "../suite/file-end.js";
import { runHere } from "./here.js";

const BIN = fileURLToPath(new URL("../../node_modules/.bin/holdfast", import.meta.url));
const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
keepCompiled(CONFIG);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error or output has matched; rejects if the process ends first. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** The text of standard output that matched; waits as `says` does. */
  readonly said: (pattern: RegExp) => Promise<string>;
}

export interface Project {
  readonly folder: string;
  readonly path: (name: string) => string;
  readonly write: (name: string, text: string | Uint8Array) => Promise<string>;
  readonly spawn: (args: readonly string[], options?: RunOptions) => Running;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ended>;
  /** The `--json` output of a command, which must exit with `code`. */
  readonly json: <T = RunView>(args: readonly string[], code?: number) => Promise<T>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | undefined;
  /** Without the fixture's configuration: the one in the project's folder applies, if any. */
  readonly isBare?: boolean | undefined;
  /** In its own process, as with `spawn`: for user code that ends the process, and for tests of the process's own streams. */
  readonly isApart?: boolean | undefined;
  /** A program other than the command, by its path; in its own process. */
  readonly program?: string | undefined;
  /** In its own process group, which a test can signal as a terminal does. */
  readonly isDetached?: boolean | undefined;
}

/**
 * Gives a fixture's configuration the folder in which the command keeps compiled code, as in a user's project.
 * Compiling takes half of a start, and the suite starts the command hundreds of times.
 */
export function keepCompiled(config: string): void {
  mkdirSync(join(dirname(config), "node_modules"), { recursive: true });
}

const children = new Set<ChildProcess>();

async function removeProject(folder: string): Promise<void> {
  await Promise.all([...children].map(endChild));
  // What they started may still be making a file.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** A `gated` run whose process was killed while its stage `hold` was running. */
export async function killRun(project: Project, runId: string): Promise<void> {
  const running = project.spawn(["start", "gated", `--gate=${project.path("gate")}`, `--run-id=${runId}`]);
  await running.says(/stage hold started/);
  running.child.kill("SIGKILL");
  await running.ended;
}

export async function makeProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-cli-"));
  atFileEnd(() => removeProject(folder));
  const path = (name: string) => join(folder, name);
  const start = (args: readonly string[], options: RunOptions = {}) => spawnCommand(folder, args, options);
  return {
    folder,
    path,
    write: async (name, text) => {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), text);
      return path(name);
    },
    spawn: start,
    run: (args, options) => run(folder, args, options),
    json: async <T>(args: readonly string[], code = 0) => {
      const ended = await run(folder, [...args, "--json"]);
      if (ended.code !== code)
        throw new Error(`${args.join(" ")}: exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
      return JSON.parse(ended.stdout) as T;
    },
  };
}

function run(cwd: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  if (options.isApart === true || options.program !== undefined) return spawnCommand(cwd, args, options).ended;
  return runHere(args, { cwd, env: environmentOf(cwd, options), stdin: options.stdin ?? "" });
}

function environmentOf(cwd: string, options: RunOptions) {
  const {
    HOLDFAST_URL: _url,
    HOLDFAST_DATA_DIR: _dir,
    NO_COLOR: _plain,
    FORCE_COLOR: _colour,
    ...inherited
  } = process.env;
  const place = options.isBare ? {} : { HOLDFAST_CONFIG: CONFIG, HOLDFAST_DATA_DIR: join(cwd, ".holdfast") };
  return { ...inherited, ...place, ...options.env };
}

function spawnCommand(cwd: string, args: readonly string[], options: RunOptions): Running {
  const [file, words] = options.program?.endsWith(".mjs")
    ? [process.execPath, [options.program, ...args]]
    : [options.program ?? BIN, args];
  const child = spawn(file, words, {
    cwd,
    detached: options.isDetached ?? false,
    env: environmentOf(cwd, options),
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.add(child);
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    look();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      children.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  const until = (pattern: RegExp, isThere: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!isThere()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      void ended.then((end) =>
        reject(new Error(`ended (${end.code}) without ${pattern}:\n${end.stderr}\n${end.stdout}`)),
      );
    });
  const says = (pattern: RegExp) => until(pattern, () => pattern.test(stderr) || pattern.test(stdout));
  const said = async (pattern: RegExp) => {
    await until(pattern, () => pattern.test(stdout));
    return stdout.match(pattern)?.[0] ?? "";
  };
  return { child, ended, says, said };
}

/** The problem document that a failed command prints under --json. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly suggestions: readonly { readonly label: string }[];
}
