/**
 * `npm run run-manager -- --action …`: the words of a run manager's script, put as commands of `holdfast`. What is not
 * `--action` goes on as it stands, so every option of the command works here too.
 */
import { WrongUseError } from "@holdfast/core";
import { didYouMean } from "../../suggest.js";
import type { Console } from "../console.js";
import { main } from "./main.js";

const COMMAND_OF = {
  recover: "recover",
  checkTimeouts: "timeouts",
  cleanup: "cleanup",
  stats: "stats",
  health: "health",
} as const;
const ACTIONS = Object.keys(COMMAND_OF);
const ACTION_DEFAULT = "recover";

const HELP = [
  "npm run run-manager -- [--action ACTION] [options]",
  "",
  ...Object.entries(COMMAND_OF).map(([action, command]) => `  ${action.padEnd(15)}holdfast ${command}`),
  "",
  `Without --action: ${ACTION_DEFAULT}. The options of one: npx holdfast <command> --help; among them --check-only,`,
  "--verbose, --json, --timeout-minutes N, --max-retries N, and for cleanup --days N.",
];

/** @throws {WrongUseError} WRONG_USE — for an action that there is not. */
export function runManagerWords(typed: readonly string[], console: Pick<Console, "lines">): readonly string[] | null {
  const words: string[] = [];
  let action: string | undefined;
  for (let i = 0; i < typed.length; i++) {
    const token = typed[i] ?? "";
    if (token === "--action") action = typed[++i] ?? "";
    else if (token.startsWith("--action=")) action = token.slice("--action=".length);
    else words.push(token);
  }
  if (action === undefined && (words.includes("--help") || words.includes("-h"))) {
    console.lines(HELP);
    return null;
  }
  checkInterval(words);
  return [commandOf(action ?? ACTION_DEFAULT), ...words];
}

function commandOf(action: string): string {
  if (Object.hasOwn(COMMAND_OF, action)) return COMMAND_OF[action as keyof typeof COMMAND_OF];
  const hint = didYouMean(action, ACTIONS);
  throw new WrongUseError({ problem: `--action: "${action}" is not one of ${ACTIONS.join(", ")}.${hint}` });
}

/** This looks once; who looks again and again is a worker. */
function checkInterval(words: readonly string[]): void {
  if (!words.some((word) => /^--check-?interval-?minutes(=|$)/i.test(word))) return;
  const problem =
    "--check-interval-minutes: this looks once. Every worker looks by itself (npx holdfast worker), at idleness as often " +
    "as the workflow's recovery.idleCheckMs says.";
  throw new WrongUseError({ problem });
}

/** Called by `bin/run-manager.mjs`. */
export function runManager(): Promise<void> {
  return main(runManagerWords);
}
