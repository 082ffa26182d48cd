/**
 * Leases on named things. A resource is held while its row names the live lease of a running run whose holder is not
 * silent; every other row is free to take. Names are locked in their order, after the run's row.
 */
import type { Fence } from "@holdfast/core";
import { isRowExpired, type Refusal } from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { isRefusal, noteAlive, passFence } from "./fence.js";
import { instantAt } from "./lease-rules.js";

export type AcquireResult =
  | { readonly kind: "acquired"; readonly token: number }
  | { readonly kind: "held"; readonly resource: string; readonly runId: string; readonly holder: string }
  | Refusal;

interface HeldRow {
  run_id: string;
  name: string;
  run_k: number;
  lease_ms: number;
  stall_ms: number;
  beat_at: number;
}

export async function acquireResources(
  ctx: SqlContext,
  fence: Fence,
  resources: readonly string[],
): Promise<AcquireResult> {
  const run = await passFence(ctx, fence);
  if (isRefusal(run)) return run;
  noteAlive(ctx, run, 0);
  const sorted = [...new Set(resources)].sort();
  for (const resource of sorted) {
    // A name that nobody ever held has no row to lock.
    await ctx.run("SELECT pg_advisory_xact_lock(hashtextextended(?, 11))", resource);
    const held = await ctx.get<HeldRow>(
      `SELECT r.run_id, h.name, l.run_k, l.lease_ms, l.stall_ms, l.beat_at
         FROM resource_lease s JOIN run_live l ON l.run_k = s.run_k AND l.token = s.token AND l.nonce = s.nonce
         JOIN run r ON r.run_k = l.run_k JOIN holder h USING (holder_k)
        WHERE s.name = ? AND l.phase = 1`,
      resource,
    );
    // What this very lease holds is granted again: its first answer may have been lost.
    if (held === undefined || held.run_k === run.runK || isRowExpired(held, instantAt(ctx.wallMs))) continue;
    return { kind: "held", resource, runId: held.run_id, holder: held.name };
  }
  const { token } = (await ctx.get<{ token: number }>("SELECT nextval('resource_token') AS token")) as {
    token: number;
  };
  for (const resource of sorted) {
    await ctx.run(
      `INSERT INTO resource_lease (name, run_k, token, nonce, resource_token) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET run_k = excluded.run_k, token = excluded.token, nonce = excluded.nonce,
         resource_token = excluded.resource_token`,
      ...[resource, run.runK, fence.token, fence.nonce, token],
    );
  }
  return { kind: "acquired", token };
}

/** Fenced by the row itself: only the lease that took a resource can give it back. */
export async function releaseResources(ctx: SqlContext, fence: Fence, resources: readonly string[]): Promise<null> {
  const runK = await ctx.runKey(fence.runId);
  if (runK === undefined) return null;
  await ctx.run(
    "DELETE FROM resource_lease WHERE name = ANY(?::text[]) AND run_k = ? AND token = ? AND nonce = ?",
    resources,
    runK,
    fence.token,
    fence.nonce,
  );
  return null;
}
