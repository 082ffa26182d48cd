/**
 * Mistakes to plant in the model of the lease protocol, each of which engines of this kind have made. They prove that
 * the exploration can fail, and for the right reason: each is caught by the invariants listed with it and by no other.
 */
import { decideRecovery, leaseWindowMs } from "@holdfast/core";
import type { LeaseRules } from "./lease-rules.js";
import type { LeaseInvariant } from "./lease-store.js";

export interface PlantedLeaseBug {
  readonly name: string;
  readonly caughtBy: readonly LeaseInvariant[];
  /** Minimum number of faults that reveal it. */
  readonly faultsMax: number;
  /** Number of runs. Default 1. */
  readonly runs?: 1 | 2 | undefined;
  readonly rules: Partial<LeaseRules>;
}

export const PLANTED_LEASE_BUGS: readonly PlantedLeaseBug[] = [
  {
    name: "the fence has no nonce",
    caughtBy: ["fenced"],
    faultsMax: 1,
    rules: { isMine: (fence, held) => fence.token === held.token },
  },
  {
    name: "the report is not fenced",
    caughtBy: ["fenced"],
    faultsMax: 1,
    rules: { isReportFenceOf: () => true },
  },
  {
    name: "a beat revives a lease that was lost",
    caughtBy: ["fenced"],
    faultsMax: 1,
    rules: { isBeatFenceOf: () => true },
  },
  {
    name: "the report leaves the lease",
    caughtBy: ["once"],
    faultsMax: 0,
    rules: { endsLeaseWithReport: false },
  },
  {
    name: "a run is taken over when the trust of its holder ends, not after the window",
    caughtBy: ["spared"],
    faultsMax: 1,
    rules: { isSilentTooLong: (silentMs, lease) => silentMs > (leaseWindowMs(lease) * 2) / 3 },
  },
  {
    name: "a run is taken over in the last instant of the window",
    caughtBy: ["spared"],
    faultsMax: 1,
    rules: { isSilentTooLong: (silentMs, lease) => silentMs >= leaseWindowMs(lease) },
  },
  {
    name: "a recovery does not ask again before it writes",
    caughtBy: ["spared", "once"],
    faultsMax: 1,
    rules: { isStillStalled: () => true },
  },
  {
    name: "a recovery asks again for the silence and not for the token",
    caughtBy: ["spared"],
    faultsMax: 1,
    rules: { isStillStalled: (found, now) => now.status === "running" && (found.isHolderDead || now.isLeaseExpired) },
  },
  {
    name: "a claim takes a run that is running",
    caughtBy: ["spared"],
    faultsMax: 0,
    rules: { claimsQueuedOnly: false },
  },
  {
    name: "the margin is zero",
    caughtBy: ["alone"],
    faultsMax: 3,
    rules: { trustedUntilMs: (askedAtMs, lease) => askedAtMs + leaseWindowMs(lease) },
  },
  {
    name: "trust counts from the answer",
    caughtBy: ["alone"],
    faultsMax: 2,
    rules: { countsFrom: "answer" },
  },
  {
    name: "trust lasts as long as the time to live, though the stall limit is shorter",
    caughtBy: ["alone"],
    faultsMax: 3,
    rules: { trustedUntilMs: (askedAtMs, { leaseMs }) => askedAtMs + (leaseMs * 3) / 4 },
  },
  {
    name: "a worker that wakes begins without asking whether it is trusted",
    caughtBy: ["alone", "once"],
    faultsMax: 1,
    rules: { asksTrustBeforeBeginning: false },
  },
  {
    name: "a worker that wakes does not look at its leases",
    caughtBy: ["alone"],
    faultsMax: 1,
    rules: { looksOnWaking: false },
  },
  {
    name: "a beat is answered and not written",
    caughtBy: ["spared"],
    faultsMax: 0,
    rules: { writesBeats: false },
  },
  {
    name: "the history is read before the claim",
    caughtBy: ["once"],
    faultsMax: 1,
    rules: { readsHistory: "beforeTheClaim" },
  },
  {
    name: "a claim after a recovery has the token of the one before",
    caughtBy: ["rising"],
    faultsMax: 1,
    rules: { nextToken: (token, recoveries) => (recoveries > 0 ? token : token + 1) },
  },
  {
    name: "every run of a process that died is charged",
    caughtBy: ["just"],
    faultsMax: 1,
    runs: 2,
    rules: { asksForCompany: false },
  },
  {
    name: "the last run recovered of a process is taken for one that was alone in it",
    caughtBy: ["just"],
    faultsMax: 1,
    runs: 2,
    rules: { marksCompany: false },
  },
  {
    name: "recoveries are counted over a life, not in a row",
    caughtBy: ["just"],
    faultsMax: 2,
    rules: { outcomeClearsDeaths: false },
  },
  {
    name: "a recovery does not ask again for what it counted",
    caughtBy: ["just"],
    faultsMax: 2,
    rules: { asksDeathsAgain: false },
  },
  {
    name: "a run whose process died is executed beside others",
    caughtBy: ["solitary"],
    faultsMax: 1,
    runs: 2,
    rules: { keepsSuspectsAlone: false },
  },
  {
    name: "only a proven death is recovered",
    caughtBy: ["ending"],
    faultsMax: 1,
    rules: { decideRecovery: (facts, policy) => decideRecovery({ ...facts, isLeaseExpired: false }, policy) },
  },
];
