/** Factory of the error classes. Not public. */
import type { ErrorCode } from "../error-specs/table.js";
import { HoldfastError } from "./holdfast-error.js";

/** An error of one code, with that code's details. */
export interface ErrorOfCode<C extends ErrorCode, D extends object> extends HoldfastError {
  readonly code: C;
  readonly details: D;
}

/** Class of the errors of one code. It has a name so that the declarations of derived classes keep their docstrings. */
export type ErrorClass<C extends ErrorCode, D extends object> = new (
  details: D,
  options?: ErrorOptions,
) => ErrorOfCode<C, D>;

/** Creates the error class of one code. The details come from where the error is thrown; `word` turns them into its message. */
export function define<const C extends ErrorCode, D extends object>(
  code: C,
  word: (details: D) => string,
): ErrorClass<C, D> {
  return class extends HoldfastError {
    readonly code = code;
    constructor(
      readonly details: D,
      options?: ErrorOptions,
    ) {
      super(word(details), options);
    }
  };
}

/** Joins names for a message. */
export const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));

/** Joins issues for a message: the path, if any, and the problem. */
export const wordIssues = (issues: readonly { readonly path: string; readonly message: string }[]) =>
  issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ");
