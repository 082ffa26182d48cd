/** Runs as they come in: checked by the protocol's schema, and by core's rules between the fields of a record. */
import { migrateRunRecord, RECOVERY_DEFAULTS } from "@holdfast/core";
import { run as runSchema } from "@holdfast/protocol";
import type { ClientRun } from "./reduce.js";

/**
 * A run of today's schema out of what a server of this version or an older one answered.
 * @throws {RunRecordInvalidError} RUN_RECORD_INVALID — it contradicts itself, or is of a newer version than this client knows.
 */
export function parseRun(value: unknown): ClientRun {
  const read = runSchema.parse(value);
  // What a view shows of stages is not what a record declares, and the policy stays on the server.
  const { status, finishedAt, lease } = migrateRunRecord({ ...read, stages: null, policy: RECOVERY_DEFAULTS });
  return { ...read, status, finishedAt, lease: lease === null ? null : read.lease };
}
