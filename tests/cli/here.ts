/**
 * A command line within the test's process: the same code from its words to its exit code, output and store, for a tenth of
 * what a process costs to start. What a process is needed for (signals, kills, user code that ends it) starts one.
 */
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Ended } from "./harness.js";

/** Loaded by Node itself, as the command is: configurations that are read import the same modules. */
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

/** As standard output is to a command whose reader takes everything. */
class Pipe {
  text = "";

  write(text: string, done?: (error?: Error | null) => void): boolean {
    this.text += text;
    if (done !== undefined) queueMicrotask(done);
    return true;
  }

  on(): void {}
}
