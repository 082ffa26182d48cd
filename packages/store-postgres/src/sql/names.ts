/** Rows that are written once and referred to by number: workflows, holders, definitions, configurations of maps. */
import type { Holder, StageDeclaration } from "@holdfast/core";
import { isPattern } from "@holdfast/core";
import type { SqlContext, SqlValue } from "../context.js";

/** Found, or made; another transaction may make the same row meanwhile. */
async function findOrMake(
  ctx: SqlContext,
  cacheKey: string,
  find: string,
  insert: string,
  identity: readonly SqlValue[],
  rest: readonly SqlValue[] = [],
): Promise<number> {
  return ctx.nameOf(cacheKey, async () => {
    const found = await ctx.get<{ k: number }>(find, ...identity);
    if (found !== undefined) return found.k;
    const made = await ctx.get<{ k: number }>(insert, ...identity, ...rest);
    if (made !== undefined) return made.k;
    // The insert has waited for the other transaction's commit, and read committed sees it.
    return ((await ctx.get<{ k: number }>(find, ...identity)) as { k: number }).k;
  });
}

/** The names under which a process remembers numbers. */
export const workflowName = (name: string): string => `w ${name}`;

export function workflowKey(ctx: SqlContext, name: string): Promise<number> {
  return findOrMake(
    ctx,
    workflowName(name),
    "SELECT workflow_k AS k FROM workflow WHERE name = ?",
    "INSERT INTO workflow (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING workflow_k AS k",
    [name],
  );
}

const identityOf = ({ name, host, pid, bootId, pidNamespace, processStart }: Holder) => [
  ...[name, host, pid, bootId, pidNamespace, processStart],
];
export const holderName = (holder: Holder): string => `h ${JSON.stringify(identityOf(holder))}`;

export function holderKey(ctx: SqlContext, holder: Holder): Promise<number> {
  return findOrMake(
    ctx,
    holderName(holder),
    `SELECT holder_k AS k FROM holder
      WHERE name = ? AND host = ? AND pid = ? AND boot_id = ? AND pid_namespace = ? AND process_start = ?`,
    `INSERT INTO holder (name, host, pid, boot_id, pid_namespace, process_start) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING holder_k AS k`,
    identityOf(holder),
  );
}

/** What a run is a run of, beside its workflow's name. */
export interface DefinitionTexts {
  readonly version: string | null;
  readonly stages: readonly StageDeclaration[] | null;
  readonly policyJson: string;
}

const stagesTextOf = ({ stages }: DefinitionTexts) => (stages === null ? null : JSON.stringify(stages));

export const definitionName = (workflowK: number, texts: DefinitionTexts): string =>
  `d ${JSON.stringify([workflowK, texts.version, stagesTextOf(texts), texts.policyJson])}`;

export function definitionKey(ctx: SqlContext, workflowK: number, texts: DefinitionTexts): Promise<number> {
  const { version, stages, policyJson } = texts;
  const stagesJson = stagesTextOf(texts);
  // How many stages there are is known only without patterns.
  const count = stages === null || stages.some(isPattern) ? null : stages.length;
  return findOrMake(
    ctx,
    definitionName(workflowK, texts),
    `SELECT definition_k AS k FROM definition
      WHERE workflow_k = ? AND version IS NOT DISTINCT FROM ? AND stages IS NOT DISTINCT FROM ? AND policy = ?`,
    `INSERT INTO definition (workflow_k, version, stages, policy, stage_count) VALUES (?, ?, ?, ?, ?)
     RETURNING definition_k AS k`,
    [workflowK, version, stagesJson, policyJson],
    [count],
  );
}

export function configKey(ctx: SqlContext, hash: string, json: string | null): Promise<number> {
  return findOrMake(
    ctx,
    `c ${hash}`,
    "SELECT config_k AS k FROM map_config WHERE hash = ?",
    "INSERT INTO map_config (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING config_k AS k",
    [hash],
    [json],
  );
}
