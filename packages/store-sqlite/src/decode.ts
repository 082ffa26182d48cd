/** What of the shared decoding depends on this store's clocks and texts. Runs on the caller's thread. */
import type { Claim, ClaimRunOutcome, RunningFacts, RunRecord, RunStatus } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import { readInstant } from "./sql/lease-rules.js";
import type { RequeueResult } from "./sql/moves.js";
import { parseRunRow, parseRunRows } from "./sql/run-row.js";
import type { ClaimRow, ClaimRows } from "./sql/take-leases.js";
import type { StoreTime } from "./store-time.js";

const parsed = ({ run, token, nonce, isReopening }: ClaimRow): shared.ClaimRow => ({
  run: parseRunRow(run),
  token,
  nonce,
  isReopening,
});

export const toCheckedRunRecord = (row: shared.RunRow, time: StoreTime): RunRecord =>
  shared.toCheckedRunRecord(row, readInstant(time));

export function toClaims({ runs, runKs, tokens, nonces, areReopening }: ClaimRows, time: StoreTime): Claim[] {
  const now = readInstant(time);
  const byNumber = parseRunRows(runs);
  return runKs.map((runK, place) =>
    shared.toClaim(
      {
        run: byNumber.get(runK) as shared.RunRow,
        token: tokens[place] as number,
        nonce: nonces[place] as string,
        isReopening: areReopening[place] as boolean,
      },
      now,
    ),
  );
}

export const toClaim = (row: ClaimRow, time: StoreTime): Claim => shared.toClaim(parsed(row), readInstant(time));

export const toRequeueOutcome = (
  result: RequeueResult,
  time: StoreTime,
): ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus } =>
  shared.toRequeueOutcome(
    result.kind === "claimed" ? { kind: "claimed", claim: parsed(result.claim) } : result,
    readInstant(time),
  );

export const toRunningFacts = (row: shared.FoundRunning, time: StoreTime): RunningFacts =>
  shared.toRunningFacts(row, readInstant(time));
