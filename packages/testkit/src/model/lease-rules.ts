/**
 * The rules of the lease protocol as the model uses them. Rules that core has as pure functions are those functions,
 * the same ones that engine and store call. The others are choices of order made in the engine's code, named with the
 * place where it makes them. A planted bug is a different set of rules.
 */
import {
  decideRecovery,
  type Fence,
  isMine,
  isSilentTooLong,
  isStillStalled,
  RECOVERY_DEFAULTS,
  type RecoveryDecision,
  type RecoveryFacts,
  type RecoveryPolicy,
  trustedUntilMs,
} from "@holdfast/core";

export interface LeaseTimes {
  readonly leaseMs: number;
  readonly stallAfterMs: number;
}

type Held = { readonly token: number; readonly nonce: string | null };
type Named = Pick<Fence, "token" | "nonce">;

export interface LeaseRules {
  readonly trustedUntilMs: (askedAtMs: number, lease: LeaseTimes) => number;
  readonly isSilentTooLong: (silentMs: number, lease: LeaseTimes) => boolean;
  readonly isMine: (fence: Named, held: Held) => boolean;
  /** The same question for the report. */
  readonly isReportFenceOf: (fence: Named, held: Held) => boolean;
  /** The same question for a heartbeat. */
  readonly isBeatFenceOf: (fence: Named, held: Held) => boolean;
  readonly decideRecovery: (facts: RecoveryFacts, policy: RecoveryPolicy) => RecoveryDecision;
  readonly isStillStalled: typeof isStillStalled;
  /** Token of a claim (`takeLease`), after `recoveries` of the run. */
  readonly nextToken: (token: number, recoveries: number) => number;
  /** Instant from which trust counts: that of the request (`claimSome`, `beatDue`), or of its answer. */
  readonly countsFrom: "asking" | "answer";
  /** User code begins only under a lease that is trusted at that instant (`Execution.mayBegin`). */
  readonly asksTrustBeforeBeginning: boolean;
  /** A worker that was stopped first ends what has expired (`distrustOverdue`, the overdue timer). */
  readonly looksOnWaking: boolean;
  /** When an execution reads the history that it answers from (`executeRun`). */
  readonly readsHistory: "underTheLease" | "beforeTheClaim";
  /** The live row is removed with the report (`finishRun`). */
  readonly endsLeaseWithReport: boolean;
  /** A heartbeat that is answered is written (`beat`). */
  readonly writesBeats: boolean;
  /** A claim takes queued runs only (`claim`). */
  readonly claimsQueuedOnly: boolean;
  /** Recovering a dead or silent process, the store checks which other runs it holds (`leaveCompany`). */
  readonly asksForCompany: boolean;
  /** When one of them is recovered, the others are marked as not having been alone. */
  readonly marksCompany: boolean;
  /** Before a decision is applied, it is compared with the run's deaths at that time (`recoverRun`). */
  readonly asksDeathsAgain: boolean;
  /** An outcome resets the count of recoveries (`noteOutcome`). */
  readonly outcomeClearsDeaths: boolean;
  /** A run whose process died shares its next one with no other run until it has recorded an outcome (`Company`). */
  readonly keepsSuspectsAlone: boolean;
}

export const LEASE_RULES: LeaseRules = {
  trustedUntilMs,
  isSilentTooLong,
  isMine,
  isReportFenceOf: isMine,
  isBeatFenceOf: isMine,
  decideRecovery,
  isStillStalled,
  nextToken: (token) => token + 1,
  countsFrom: "asking",
  asksTrustBeforeBeginning: true,
  looksOnWaking: true,
  readsHistory: "underTheLease",
  endsLeaseWithReport: true,
  writesBeats: true,
  claimsQueuedOnly: true,
  asksForCompany: true,
  marksCompany: true,
  asksDeathsAgain: true,
  outcomeClearsDeaths: true,
  keepsSuspectsAlone: true,
};

/** One tick. */
const TICK_MS = 1_000;
/**
 * A stall limit of three ticks below a longer time to live, so that it matters which of them is the window. The lease
 * is trusted for two ticks (a window this short has a margin of a third) and taken over after more than three.
 */
export const LEASE_TIMES: LeaseTimes = { leaseMs: 4 * TICK_MS, stallAfterMs: 3 * TICK_MS };
/**
 * Purpose of the margin: within this time, a process that is not stopped learns that its trust has ended, and its stage
 * reacts to the signal. A stage that does not is outside the guarantee.
 */
const REACTION_MS = 1_000;
/** One recovery and then the end: a second one would only repeat the first. */
export const MAX_RECOVERIES = 1;

/** More ticks than any of these times takes. */
const TICKS_MAX = 12;

/** The rules' answers for every age, computed once. */
export class LeaseTable {
  /** By the age of the request: whether the worker may still act on the lease. */
  readonly isTrusted: readonly boolean[];
  /** The first age at which the reaction time has passed too. Nothing depends on a higher one. */
  readonly overdueAge: number;
  readonly isSilent: readonly boolean[];
  /** By core's own rules: whether the silence is actually long enough. */
  readonly isTrulySilent: readonly boolean[];
  /** The first silence that is long enough, both actually and by the rules. */
  readonly silentMax: number;

  constructor(private readonly rules: LeaseRules) {
    const ages = Array.from({ length: TICKS_MAX }, (_, age) => age * TICK_MS);
    // Now is 0, so a request sent `age` ago was sent at -age.
    this.isTrusted = ages.map((ms) => 0 < rules.trustedUntilMs(-ms, LEASE_TIMES));
    this.overdueAge = ages.findIndex((ms) => 0 >= rules.trustedUntilMs(-ms, LEASE_TIMES) + REACTION_MS);
    this.isSilent = ages.map((ms) => rules.isSilentTooLong(ms, LEASE_TIMES));
    this.isTrulySilent = ages.map((ms) => isSilentTooLong(ms, LEASE_TIMES));
    this.silentMax = Math.max(this.isSilent.indexOf(true), this.isTrulySilent.indexOf(true));
  }

  /** Decides about a running run. Waits before its next claim are left out: any claim may come late. */
  decide(of: {
    readonly isHolderGone: boolean;
    readonly silent: number;
    readonly recoveries: number;
    readonly wasAlone: boolean;
    readonly hasRecord: boolean;
  }): { readonly action: "none" | "resume" | "fail"; readonly isCharged: boolean } {
    const { isHolderGone, silent, recoveries, wasAlone, hasRecord } = of;
    const facts: RecoveryFacts = {
      status: "running",
      isHolderDead: isHolderGone,
      isLeaseExpired: this.isSilent[silent] === true,
      idleForMs: 0,
      recoveries,
      retries: 0,
      wasAlone,
      hasRecord,
      hasProgressed: hasRecord,
      wish: null,
    };
    const decision = this.rules.decideRecovery(facts, { ...RECOVERY_DEFAULTS, maxRecoveries: MAX_RECOVERIES });
    const { action } = decision;
    const isCharged = decision.action !== "none" && decision.uses === "recovery";
    if (action === "none" || action === "resume" || action === "fail") return { action, isCharged };
    throw new Error(`the model knows nothing of a run that recovery decides to ${action}`);
  }
}
