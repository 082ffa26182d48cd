/**
 * Errors about what a person gave: inputs, configuration, a call or command that cannot be meant.
 */
import { define, wordIssues } from "./define.js";

/** One place in an input that does not fit. */
export interface InputIssue {
  /** Dotted path within the input; empty for the whole. */
  readonly path: string;
  /** What is wrong there. */
  readonly message: string;
}

/** The input does not fit the workflow's schema. All issues are named, not the first. */
export class BadInputError extends define(
  "BAD_INPUT",
  (d: { subject: string; issues: readonly InputIssue[] }) => `${d.subject}: ${wordIssues(d.issues)}`,
) {}

/** A configuration file cannot be read or does not fit. */
export class ConfigInvalidError extends define(
  "CONFIG_INVALID",
  (d: { subject: string; problem: string }) => `${d.subject}: ${d.problem}`,
) {}

/** A call or command that cannot be meant; says what was expected. */
export class WrongUseError extends define("WRONG_USE", (d: { problem: string }) => d.problem) {}
