/** A claim in one call of a function of the database. */
import { type ClaimRequest, eventCode, SUSPECT_PATIENCE_MS } from "@holdfast/core";
import type { ClaimRow, RunRow } from "@holdfast/store-sql";
import type pg from "pg";
import type { NameCache } from "../context.js";
import { holderName, workflowName } from "./names.js";

export interface ClaimCall {
  readonly request: ClaimRequest;
  readonly workflowKs: readonly number[];
  readonly holderK: number;
  readonly nonce: string;
}

/** Null for workflows or a holder that this process has not met. */
export function claimCall(request: ClaimRequest, names: NameCache, nonce: string): ClaimCall | null {
  const holderK = names.committed.get(holderName(request.holder));
  const workflowKs = request.workflows.map((name) => names.committed.get(workflowName(name)));
  if (holderK === undefined || !workflowKs.every((key) => key !== undefined)) return null;
  return { request, workflowKs, holderK, nonce };
}

const SQL = "SELECT token, is_reopening, run FROM claim_v10($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

export async function claimOnce(
  client: pg.Client,
  { request, workflowKs, holderK, nonce }: ClaimCall,
): Promise<readonly ClaimRow[]> {
  const { holder, leaseMs, limit, suspects = "first", aloneAfter = 2, codes = {}, workflows } = request;
  // The function adds the token of each run and closes the text.
  const body = `${JSON.stringify({ holder: holder.name, host: holder.host, pid: holder.pid }).slice(0, -1)},"token":`;
  const coded = workflows.flatMap((name, place) =>
    Object.hasOwn(codes, name) ? [{ key: workflowKs[place] as number, code: codes[name] as string }] : [],
  );
  const { rows } = await client.query<{ token: number; is_reopening: number; run: string }>(SQL, [
    ...[workflowKs, limit, suspects, aloneAfter, SUSPECT_PATIENCE_MS, holderK, Math.round(leaseMs), nonce],
    ...[eventCode("run.claimed"), body, coded.map(({ key }) => key), coded.map(({ code }) => code)],
  ]);
  return rows.map(({ token, is_reopening, run }) => ({
    ...{ run: JSON.parse(run) as RunRow, token, nonce, isReopening: is_reopening === 1 },
  }));
}
