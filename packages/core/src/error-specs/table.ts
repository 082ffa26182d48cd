/**
 * The error table: code → HTTP status, exit code, whether a retry may help, title and advice. The server, the command
 * line, the dashboard and docs/errors.md read it; no code switches on messages. The rows are in the files beside this
 * one, grouped like the error classes in `errors/`.
 */
import { DATASET_SPECS } from "./dataset.js";
import { HTTP_SPECS } from "./http.js";
import { INPUT_SPECS } from "./input.js";
import { LEASE_SPECS } from "./lease.js";
import type { ErrorSpec } from "./row.js";
import { RUN_SPECS } from "./run.js";
import { SCHEDULE_SPECS } from "./schedule.js";
import { STAGE_SPECS } from "./stage.js";
import { STORE_SPECS } from "./store.js";
import { WAIT_SPECS } from "./wait.js";

/** All rows, by code. */
export const ERROR_SPECS = {
  ...RUN_SPECS,
  ...SCHEDULE_SPECS,
  ...STAGE_SPECS,
  ...LEASE_SPECS,
  ...DATASET_SPECS,
  ...STORE_SPECS,
  ...WAIT_SPECS,
  ...INPUT_SPECS,
  ...HTTP_SPECS,
} as const satisfies Record<string, ErrorSpec>;

/** Code of an error that Holdfast throws: a key of the table. */
export type ErrorCode = keyof typeof ERROR_SPECS;
