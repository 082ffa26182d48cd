/** Validates received runs with the protocol's schema, and with core's rules between the fields of a record. */
import { migrateRunRecord, RECOVERY_DEFAULTS } from "@holdfast/core";
import { run as runSchema } from "@holdfast/protocol";
import type { ClientRun } from "./reduce.js";

/**
 * Converts the answer of a server of this version or an older one to a run of the current schema.
 * @throws {RunRecordInvalidError} RUN_RECORD_INVALID — if the record contradicts itself, or has a newer version than this client supports.
 */
export function parseRun(value: unknown): ClientRun {
  const read = runSchema.parse(value);
  // A view's stages are not a record's declared stages, and the policy stays on the server.
  const { status, finishedAt, lease } = migrateRunRecord({ ...read, stages: null, policy: RECOVERY_DEFAULTS });
  return { ...read, status, finishedAt, lease: lease === null ? null : read.lease };
}
