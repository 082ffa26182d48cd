/**
 * Leases on named things. A resource is held while its row names the live lease of a running run whose holder is not
 * silent; every other row is free to take. Rows are locked in the order of their names, after the run's.
 */
import type { Fence } from "@holdfast/core";
import { isRowExpired, type Refusal } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { IS_OF_LEASE, instantOf, isSameLease } from "./lease-rules.js";

export type AcquireResult =
  | { readonly kind: "acquired"; readonly token: number }
  | { readonly kind: "held"; readonly resource: string; readonly runId: string; readonly holder: string }
  | Refusal;

interface HeldRow {
  run_id: string;
  name: string;
  run_k: number;
  boot_id: string;
  lease_ms: number;
  stall_ms: number;
  beat_at: number;
}

export function acquireResources(ctx: SqlContext, fence: Fence, resources: readonly string[]): AcquireResult {
  const run = passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const sorted = [...new Set(resources)].sort();
  for (const resource of sorted) {
    const held = ctx.get<HeldRow>(
      `SELECT r.run_id, h.name, l.run_k, b.boot_id, l.lease_ms, l.stall_ms, l.beat_at
         FROM resource_lease s JOIN run_live l ON l.run_k = s.run_k AND ${isSameLease("l", "s")}
         JOIN run r ON r.run_k = l.run_k JOIN holder h USING (holder_k) JOIN boot b USING (boot_k)
        WHERE s.name = ? AND l.phase = 1`,
      resource,
    );
    // What this very lease holds is granted again: its first answer may have been lost.
    if (held === undefined || held.run_k === run.runK || isRowExpired(held, instantOf(ctx))) continue;
    return { kind: "held", resource, runId: held.run_id, holder: held.name };
  }
  const next = ctx.get<{ last_token: number }>(
    "UPDATE resource_counter SET last_token = last_token + 1 WHERE id = 1 RETURNING last_token",
  ) as { last_token: number };
  for (const resource of sorted) {
    ctx.run(
      `INSERT INTO resource_lease (name, run_k, token, nonce, resource_token) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET run_k = excluded.run_k, token = excluded.token, nonce = excluded.nonce,
         resource_token = excluded.resource_token`,
      resource,
      run.runK,
      fence.token,
      fence.nonce,
      next.last_token,
    );
  }
  return { kind: "acquired", token: next.last_token };
}

/** Fenced by the row itself: only the lease that took a resource can give it back. */
export function releaseResources(ctx: SqlContext, fence: Fence, resources: readonly string[]): null {
  const { runId, token, nonce } = fence;
  const runK = ctx.runKey(runId);
  if (runK === undefined) return null;
  for (const resource of [...resources].sort()) {
    ctx.run(`DELETE FROM resource_lease WHERE name = ? AND run_k = ? AND ${IS_OF_LEASE}`, resource, runK, token, nonce);
  }
  return null;
}
