/** Errors about user input: workflow inputs, configuration, invalid calls and commands. */
import { define, wordIssues } from "./define.js";

/** One invalid place in an input. */
export interface InputIssue {
  /** Dotted path within the input; empty for the whole input. */
  readonly path: string;
  /** What is wrong there. */
  readonly message: string;
}

/** BAD_INPUT: the input does not match the workflow's schema. Lists all issues, not only the first. */
export class BadInputError extends define(
  "BAD_INPUT",
  (d: { subject: string; issues: readonly InputIssue[] }) => `${d.subject}: ${wordIssues(d.issues)}`,
) {}

/** CONFIG_INVALID: a configuration file cannot be read, or is invalid. */
export class ConfigInvalidError extends define(
  "CONFIG_INVALID",
  (d: { subject: string; problem: string }) => `${d.subject}: ${d.problem}`,
) {}

/** WRONG_USE: a call or command is invalid. The message says what was expected. */
export class WrongUseError extends define("WRONG_USE", (d: { problem: string }) => d.problem) {}
