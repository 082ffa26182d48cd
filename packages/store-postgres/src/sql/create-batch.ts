/** Runs that are created to wait in the queue, as the calls of one function of the database. */
import { type AuditState, type CreateOutcome, eventCode, type RunCreate, START_TERMS } from "@holdfast/core";
import type { Batch } from "../batch.js";
import type { NameCache } from "../context.js";
import { createdBody } from "./create-runs.js";
import { definitionName, workflowName } from "./names.js";

export interface CreateCall {
  readonly create: RunCreate;
  readonly workflowK: number;
  readonly definitionK: number;
}

/** Null for what takes more than inserts, or whose workflow or definition this process has not met. */
export function createCall(create: RunCreate, names: NameCache): CreateCall | null {
  if (create.claim !== null || create.forkedFrom !== null || startOf(create).tags.length > 0) return null;
  if (create.dedupe !== undefined && create.dedupe !== null) return null;
  const workflowK = names.committed.get(workflowName(create.workflow));
  if (workflowK === undefined) return null;
  const { version, stages, policy } = create;
  const definitionK = names.committed.get(
    definitionName(workflowK, { version, stages, policyJson: JSON.stringify(policy) }),
  );
  return definitionK === undefined ? null : { create, workflowK, definitionK };
}

const startOf = ({ start = START_TERMS }: RunCreate) => start;

/** A duration, or an instant; null for the other. */
function dueOf(create: RunCreate, kind: "after" | "at"): number | null {
  const { due } = startOf(create);
  if (due === null || due.kind !== kind) return null;
  return due.kind === "after" ? due.ms : due.atMs;
}

const AFTER = JSON.stringify({
  ...{ status: "queued", generation: 1, recoveries: 0, retries: 0, wish: null },
} satisfies AuditState);

const SQL = `SELECT place FROM creates_v8($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
  $19, $20, $21, $22, $23)`;

export const CREATES: Batch<CreateCall, CreateOutcome> = {
  async send(client, calls) {
    const of = <T>(column: (create: RunCreate) => T) => calls.map(({ create }) => column(create));
    const { rows } = await client.query<{ place: number }>(SQL, [
      of(({ id }) => id),
      calls.map(({ workflowK }) => workflowK),
      calls.map(({ definitionK }) => definitionK),
      of(({ owner }) => owner),
      of(({ idempotencyKey }) => idempotencyKey),
      of(({ idempotencyHash }) => idempotencyHash ?? null),
      of(({ inputJson }) => inputJson),
      of(({ givenJson }) => givenJson),
      of(({ secretsJson }) => secretsJson ?? null),
      of(({ policy }) => policy.stallAfterMs),
      of(({ through }) => through),
      of(createdBody),
      of(({ workflow }) => workflow),
      of(({ audit }) => audit?.actor.id ?? null),
      of(({ audit }) => audit?.actor.via ?? null),
      of(({ audit }) => audit?.actor.requestId ?? null),
      of(({ audit }) => audit?.action ?? null),
      of(({ audit }) => audit?.reason ?? null),
      of(() => AFTER),
      eventCode("run.created"),
      of((create) => startOf(create).priority),
      of((create) => dueOf(create, "after")),
      of((create) => dueOf(create, "at")),
    ]);
    const done = new Set(rows.map(({ place }) => place - 1));
    return calls.map((_, place) => (done.has(place) ? { kind: "created", claim: null } : undefined));
  },
};
