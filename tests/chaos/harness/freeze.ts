/**
 * Stops a process as SIGSTOP does, but at a moment when none of its threads holds the store's lock: a process stopped
 * in the middle of a write keeps the lock, and whichever process is to take over its run would wait until it wakes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { waitFor } from "./wait-for.js";

/** The part that is used of a connection of `node:sqlite`, or of the library that replaces it. */
interface Connection {
  exec(sql: string): void;
  close(): void;
}

const FROZEN_WITHIN_MS = 60_000;

/** The process continues on SIGCONT. `open` opens a connection to the store's file. */
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

/** Whether all of its threads are stopped: the signal reaches them one by one. Only Linux tells; elsewhere true is assumed. */
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
