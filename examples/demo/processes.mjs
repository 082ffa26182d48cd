/**
 * Starts the real `holdfast` command in separate processes, each in its own group: Ctrl-C reaches only the demo, which
 * then ends them all.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const BIN = join(ROOT, "packages/holdfast/bin/holdfast.mjs");
/** The end of a command's output is enough to show why it failed. */
const SAID_MAX = 4_000;

const alive = new Set();

/** Starts a command. `exit` is null while it runs, then its exit code, or 0 after a signal, since the demo sent that itself. */
export function startHoldfast(dataDir, args, more = {}) {
  const child = spawn(process.execPath, [BIN, ...args, `--data-dir=${dataDir}`], {
    cwd: ROOT,
    env: { ...environment(), ...more },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  alive.add(child);
  let onMessage = () => undefined;
  const started = {
    child,
    exit: null,
    said: () => said.slice(-SAID_MAX),
    output: () => output,
    /** Called with its standard error output as it arrives. */
    onMessage: (listener) => {
      onMessage = listener;
    },
    ended: null,
  };
  let said = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-2 * SAID_MAX);
    onMessage(text);
  });
  started.ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      alive.delete(child);
      started.exit = code ?? 0;
      resolve(code);
    });
  });
  return started;
}

/** Returns a command's standard output. */
export async function askHoldfast(dataDir, args) {
  const command = startHoldfast(dataDir, args);
  const code = await command.ended;
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")} ended with ${code}.\n${command.said()}`);
  return command.output();
}

/** Kills all running commands and waits until they have exited. */
export async function endAll() {
  await Promise.all(
    [...alive].map(
      (child) =>
        new Promise((resolve) => {
          child.once("close", resolve);
          child.kill("SIGKILL");
        }),
    ),
  );
}

/** Settings of the caller's own projects must not lead the demo to their store. */
function environment() {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("HOLDFAST_"));
  return { ...Object.fromEntries(entries), NO_COLOR: "1", FORCE_COLOR: undefined };
}
