/**
 * A command line within the test's process: the same code, from its arguments to its exit code, output and store, at a
 * tenth of the time that starting a process takes. Tests that need a process (for signals, kills, or user code that
 * ends it) start one.
 */
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Ended } from "./harness.js";

/** Loaded by Node itself, as for the command: the configurations it reads import the same modules. */
const { runCommandLine } = createRequire(import.meta.url)(
  fileURLToPath(new URL("../../packages/holdfast/bundle/cli/command-line/main.js", import.meta.url)),
) as { runCommandLine: (typed: readonly string[], host: unknown) => Promise<number> };

export interface Here {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: string;
}

/** Runs the command line to its end. */
export async function runHere(args: readonly string[], { cwd, env, stdin }: Here): Promise<Ended> {
  const out = new Pipe();
  const err = new Pipe();
  const host = { stdout: out, stderr: err, stdin: Readable.from(stdin === "" ? [] : [stdin]), env, cwd: () => cwd };
  const code = await runCommandLine(args, host);
  return { code, signal: null, stdout: out.text, stderr: err.text };
}

/** Behaves like standard output whose reader accepts everything. */
class Pipe {
  text = "";

  write(text: string, done?: (error?: Error | null) => void): boolean {
    this.text += text;
    if (done !== undefined) queueMicrotask(done);
    return true;
  }

  on(): void {}
}
