// Finds out who holds a database file, in terms that a person can act on: DuckDB gives a pid, the system its command
// line, and the command line of a simulation's process its run.
import { readFile } from "node:fs/promises";

export interface FileHolder {
  readonly pid: number | null;
  /** The command line; null if the system does not tell. */
  readonly command: string | null;
  /** For a simulation: its run, and since when (ISO 8601). */
  readonly runId: string | null;
  readonly since: string | null;
}

const COMMAND_CHARS_MAX = 200;

export async function describeHolder(pid: number | null): Promise<FileHolder> {
  const words = pid === null ? [] : await commandOf(pid);
  const wordAfter = (flag: string) => words.find((word) => word.startsWith(flag))?.slice(flag.length) ?? null;
  const isOurs = words.some((word) => /workforce-simulation.*process[\\/]main\.js$/.test(word));
  return {
    pid,
    command: words.length === 0 ? null : words.join(" ").slice(0, COMMAND_CHARS_MAX),
    runId: isOurs ? wordAfter("--run=") : null,
    since: isOurs ? wordAfter("--since=") : null,
  };
}

/** Empty if there is no /proc, and for a process that has ended. */
async function commandOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0").filter((word) => word !== "");
}
