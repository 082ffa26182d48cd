/**
 * Rows that are written once and referred to by number: workflows, boots, holders, definitions. Looked up through
 * the context's cache; a new one is inserted in the caller's transaction.
 */
import { type Holder, isPattern, type StageDeclaration } from "@holdfast/core";
import type { SqlContext } from "../context.js";
import { jsonOf } from "./json-of.js";

export function workflowKey(ctx: SqlContext, name: string): number {
  const cacheKey = `w ${name}`;
  let key = ctx.names.get(cacheKey);
  if (key !== undefined) return key;
  key =
    ctx.get<{ k: number }>("SELECT workflow_k AS k FROM workflow WHERE name = ?", name)?.k ??
    ctx.insert("INSERT INTO workflow (name) VALUES (?)", name);
  ctx.names.set(cacheKey, key);
  return key;
}

/** The boot of this host that the store's clock counts from. */
export function bootKey(ctx: SqlContext): number {
  const { bootId } = ctx.time;
  const cacheKey = `b ${bootId}`;
  let key = ctx.names.get(cacheKey);
  if (key !== undefined) return key;
  ctx.dueMs(); // makes the row
  key = ctx.get<{ k: number }>("SELECT boot_k AS k FROM boot WHERE boot_id = ?", bootId)?.k as number;
  ctx.names.set(cacheKey, key);
  return key;
}

export function holderKey(ctx: SqlContext, holder: Holder): number {
  const identity = [
    holder.name,
    holder.host,
    holder.pid,
    holder.bootId,
    holder.pidNamespace,
    holder.processStart,
  ] as const;
  const cacheKey = `h ${JSON.stringify(identity)}`;
  let key = ctx.names.get(cacheKey);
  if (key !== undefined) return key;
  key =
    ctx.get<{ k: number }>(
      `SELECT holder_k AS k FROM holder
        WHERE name = ? AND host = ? AND pid = ? AND boot_id = ? AND pid_namespace = ? AND process_start = ?`,
      ...identity,
    )?.k ??
    ctx.insert(
      "INSERT INTO holder (name, host, pid, boot_id, pid_namespace, process_start) VALUES (?, ?, ?, ?, ?, ?)",
      ...identity,
    );
  ctx.names.set(cacheKey, key);
  return key;
}

/** How many stages there are is known only without patterns. */
export function definitionKey(
  ctx: SqlContext,
  workflowK: number,
  version: string | null,
  stages: readonly StageDeclaration[] | null,
  policyJson: string,
): number {
  const stagesJson = jsonOf(stages);
  const cacheKey = `d ${workflowK} ${version} ${stagesJson} ${policyJson}`;
  let key = ctx.names.get(cacheKey);
  if (key !== undefined) return key;
  key =
    ctx.get<{ k: number }>(
      `SELECT definition_k AS k FROM definition
        WHERE workflow_k = ? AND version IS ? AND stages IS ? AND policy = ?`,
      workflowK,
      version,
      stagesJson,
      policyJson,
    )?.k ??
    ctx.insert(
      "INSERT INTO definition (workflow_k, version, stages, stage_count, policy) VALUES (?, ?, ?, ?, ?)",
      workflowK,
      version,
      stagesJson,
      stages === null || stages.some(isPattern) ? null : stages.length,
      policyJson,
    );
  ctx.names.set(cacheKey, key);
  return key;
}
