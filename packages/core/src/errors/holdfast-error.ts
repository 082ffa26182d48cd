/**
 * The base of every error that Holdfast throws; a class per code stands in the files beside this one, by noun. A message
 * says subject, what happened, what was expected; the cure stands in the table of `error-specs/table.ts`. Expected outcomes
 * (a lease that another holds, a refused write) are returned as unions by the store and become errors only where a caller
 * must stop.
 */
import type { ErrorSpec } from "../error-specs/row.js";
import { ERROR_SPECS, type ErrorCode } from "../error-specs/table.js";

/** The base of every error thrown here: a code, plain details, and the code's row of the table. */
export abstract class HoldfastError extends Error {
  /** Code of the error: stable, documented in docs/errors.md, and what callers compare. */
  abstract readonly code: ErrorCode;
  /** Facts of the error, as JSON. */
  abstract readonly details: object;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The code's row in the table: HTTP status, exit code, advice. */
  get spec(): ErrorSpec {
    return ERROR_SPECS[this.code];
  }
}
