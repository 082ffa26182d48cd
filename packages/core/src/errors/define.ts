/**
 * How the classes of errors are made. Not public.
 */
import type { ErrorCode } from "../error-specs/table.js";
import { HoldfastError } from "./holdfast-error.js";

/** An error of one code, with that code's details. */
export interface ErrorOfCode<C extends ErrorCode, D extends object> extends HoldfastError {
  readonly code: C;
  readonly details: D;
}

/** Class of the errors of one code. Named, so that declarations of the classes below it keep their docstrings. */
export type ErrorClass<C extends ErrorCode, D extends object> = new (
  details: D,
  options?: ErrorOptions,
) => ErrorOfCode<C, D>;

/** The error of problems that are plain use of a code: subject and message come from where it is thrown. */
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

/** Names for a message. */
export const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));

/** Issues for a message: the place where there is one, and what is wrong there. */
export const wordIssues = (issues: readonly { readonly path: string; readonly message: string }[]) =>
  issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ");
