/**
 * Stops a process as SIGSTOP does, but in a moment in which none of its threads holds the store: stopped in the middle of a
 * write it keeps the lock, and whoever is to take its run over waits for as long as it sleeps.
 */
import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./wait-for.js";

/** What is used of a connection of `node:sqlite` or of the library that stands in for it. */
interface Connection {
  exec(sql: string): void;
  close(): void;
}

const FROZEN_WITHIN_MS = 60_000;

/** Go on with SIGCONT. `open` opens a connection to the store's file. */
export async function freeze(pid: number, open: () => Connection): Promise<void> {
  const isFrozen = async () => {
    process.kill(pid, "SIGSTOP");
    await waitFor(() => isStopped(pid), { withinMs: FROZEN_WITHIN_MS, what: `process ${pid} to stop` });
    if (canWrite(open)) return true;
    // It ends its write before the next look.
    process.kill(pid, "SIGCONT");
    return false;
  };
  await waitFor(isFrozen, { withinMs: FROZEN_WITHIN_MS, what: `process ${pid} to stop outside of a write` });
}

/** Every thread of it: the signal reaches them one by one. Elsewhere than on Linux there is no such sign. */
function isStopped(pid: number): boolean {
  if (process.platform !== "linux") return true;
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  });
}

function canWrite(open: () => Connection): boolean {
  const connection = open();
  try {
    connection.exec("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK");
    return true;
  } catch {
    return false;
  } finally {
    connection.close();
  }
}
