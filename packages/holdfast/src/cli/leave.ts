/** Ending the process from inside a command: by the third signal, or because user code called `process.exit`. */
import { writeSync } from "node:fs";
import { EXIT } from "@holdfast/core";
import type { Holdfast } from "@holdfast/engine";

/** Time for the store to answer the writes that wait and to end its thread. A person who pressed Ctrl-C three times waits no longer. */
const THREADS_MS = 500;

/** Ends the process with `code` once the store's thread has ended, after 500 ms at the latest. */
export function leave(holdfast: Holdfast, code: number): void {
  const exit = () => process.exit(code);
  setTimeout(exit, THREADS_MS);
  holdfast.abandon().then(exit, exit);
}

/**
 * Watches for an exit that the command did not ask for while user code runs: a stage that calls `process.exit(0)` ended
 * nothing, so a script that goes on after code 0 must not. The code becomes 75 (paused); codes other than 0 stay.
 */
export function watchForExit(holdfast: Holdfast): { release(): void } {
  const onExit = (code: number) => {
    // What the stage logged last tells why.
    holdfast.writeLogsNow();
    if (code === EXIT.done) process.exitCode = EXIT.paused;
    // Synchronous: nothing else is written any more.
    tellLast(
      `User code called process.exit(${code}) while a run was in progress. The run is not finished: resume it.\n`,
    );
  };
  process.once("exit", onExit);
  return { release: () => void process.off("exit", onExit) };
}

function tellLast(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads standard error any more; the exit code tells it too.
  }
}
