/**
 * Base class of every error that Holdfast throws. The classes for each code are in the files beside this one, by noun.
 * A message gives subject, what happened and what was expected; advice is in the error table (`error-specs/table.ts`).
 * The store returns expected outcomes (a lease held by another worker, a refused write) as unions. They become errors
 * only where a caller must stop.
 */
import type { ErrorSpec } from "../error-specs/row.js";
import { ERROR_SPECS, type ErrorCode } from "../error-specs/table.js";

/** Base of every error thrown here: a code, plain details, and the code's row in the error table. */
export abstract class HoldfastError extends Error {
  /** Code of the error: stable, documented in docs/errors.md, and the value for callers to compare. */
  abstract readonly code: ErrorCode;
  /** Facts about the error, as JSON. */
  abstract readonly details: object;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The code's row in the error table: HTTP status, exit code, advice. */
  get spec(): ErrorSpec {
    return ERROR_SPECS[this.code];
  }
}
