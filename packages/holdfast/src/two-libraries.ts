/** Says that a second SQLite library is loaded, where it can be seen. A library does not print: Node words the warning. */

let isTold = false;

/** Emits a Node warning with the code HOLDFAST_TWO_SQLITE, once in a process, when `others` has any. */
export function warnOfOtherLibraries(others: readonly string[], file: string): void {
  if (others.length === 0 || isTold) return;
  isTold = true;
  process.emitWarning(
    `Another SQLite library is loaded in this process: ${others.join(", ")}. The two libraries do not see each other's ` +
      `locks, and each drops the other's locks when it closes a file, so ${file} could be damaged. Do not open that file with it ` +
      "in this process: read it from another process, or through Holdfast.",
    { type: "HoldfastWarning", code: "HOLDFAST_TWO_SQLITE" },
  );
}
