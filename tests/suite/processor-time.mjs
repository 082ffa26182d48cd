/**
 * What a process has taken of the processors: the same on a loaded machine as on a quiet one, which time on the clock is not.
 */
import { readFileSync } from "node:fs";

/** A clock tick of the kernel's accounting, the same on every Linux. */
const TICK_MS = 10;

/**
 * Milliseconds that this process took, with its threads and, on Linux, with the child processes that have ended. A child that
 * runs on counts with its end.
 */
export function processorMs({ withChildren = true } = {}) {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1_000) + (withChildren ? endedChildrenMs() : 0);
}

function endedChildrenMs() {
  if (process.platform !== "linux") return 0;
  const stat = readFileSync("/proc/self/stat", "latin1");
  // After the name in parentheses: state is field 3, and cutime and cstime are 16 and 17.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}
