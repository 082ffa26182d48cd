/**
 * What a fixture has to remove when the test file that used it has ended. Files share a process, and what they import is evaluated once: a
 * hook of its own would be the first file's alone. `announce.mjs` calls these after each file.
 */
type Cleanup = () => unknown;

const global = globalThis as { [key: symbol]: Cleanup[] | undefined };
const KEY = Symbol.for("holdfast.test.file-end");

/** Called once, when this file has ended. The last given is the first called. */
export function atFileEnd(cleanup: Cleanup): void {
  global[KEY] ??= [];
  (global[KEY] as Cleanup[]).push(cleanup);
}
