/**
 * The one table of problems: code → HTTP status, exit code, whether trying again may help, a title and what to do. The
 * server, the command line, the dashboard and docs/errors.md read it; nobody switches on messages. Its rows stand beside
 * this file by the nouns of `errors/`, where the classes of the codes are.
 */
import { DATASET_SPECS } from "./dataset.js";
import { HTTP_SPECS } from "./http.js";
import { INPUT_SPECS } from "./input.js";
import { LEASE_SPECS } from "./lease.js";
import type { ErrorSpec } from "./row.js";
import { RUN_SPECS } from "./run.js";
import { STAGE_SPECS } from "./stage.js";
import { STORE_SPECS } from "./store.js";

/** Every code with its row. */
export const ERROR_SPECS = {
  ...RUN_SPECS,
  ...STAGE_SPECS,
  ...LEASE_SPECS,
  ...DATASET_SPECS,
  ...STORE_SPECS,
  ...INPUT_SPECS,
  ...HTTP_SPECS,
} as const satisfies Record<string, ErrorSpec>;

/** The code of an error that Holdfast throws: a key of the table. */
export type ErrorCode = keyof typeof ERROR_SPECS;
