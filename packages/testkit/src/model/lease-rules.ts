/**
 * The rules of the lease protocol as the model asks them. Where core has a rule as a pure function it is that function, the
 * one that engine and store call; what is left are choices of order that the engine's code makes, named where it makes them.
 * A planted bug is another set of rules.
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
  /** The same question where the write is the report. */
  readonly isReportFenceOf: (fence: Named, held: Held) => boolean;
  /** The same question where it is a beat. */
  readonly isBeatFenceOf: (fence: Named, held: Held) => boolean;
  readonly decideRecovery: (facts: RecoveryFacts, policy: RecoveryPolicy) => RecoveryDecision;
  readonly isStillStalled: typeof isStillStalled;
  /** Of a claim (`takeLease`), after `recoveries` of the run. */
  readonly nextToken: (token: number, recoveries: number) => number;
  /** From where trust counts: the instant of asking (`claimSome`, `beatDue`). */
  readonly countsFrom: "asking" | "answer";
  /** User code begins only under a lease that is trusted at that instant (`Execution.mayBegin`). */
  readonly asksTrustBeforeBeginning: boolean;
  /** A worker that was stopped ends what has run out before it does anything else (`distrustOverdue`, the overdue timer). */
  readonly looksOnWaking: boolean;
  /** When the history is read that an execution answers from (`executeRun`). */
  readonly readsHistory: "underTheLease" | "beforeTheClaim";
  /** The live row goes with the report (`finishRun`). */
  readonly endsLeaseWithReport: boolean;
  /** A beat that is answered is written (`beat`). */
  readonly writesBeats: boolean;
  /** A claim takes queued runs only (`claim`). */
  readonly claimsQueuedOnly: boolean;
  /** Of a dead or silent process it is asked which other runs it holds (`leaveCompany`). */
  readonly asksForCompany: boolean;
  /** Those that it holds are told, when one of them is recovered, that they were not alone. */
  readonly marksCompany: boolean;
  /** Before it is carried out, a decision is compared with the deaths that the run has by then (`recoverRun`). */
  readonly asksDeathsAgain: boolean;
  /** An outcome begins the count of recoveries anew (`noteOutcome`). */
  readonly outcomeClearsDeaths: boolean;
  /** A run whose process died shares its next one with no other until it has recorded an outcome (`Company`). */
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
 * A run's stall limit of three ticks under a longer time to live, so that it matters which of them is the window: trusted for
 * two ticks (the margin of so short a window is a third of it), taken over after more than three.
 */
export const LEASE_TIMES: LeaseTimes = { leaseMs: 4 * TICK_MS, stallAfterMs: 3 * TICK_MS };
/**
 * What the margin is for: a process that is not stopped learns within this that its trust has ended, and its stage heeds the
 * signal. A stage that does not is outside of what is promised.
 */
const REACTION_MS = 1_000;
/** One recovery and then the end: a second is the first over again. */
export const MAX_RECOVERIES = 1;

/** More ticks than any of these times has. */
const TICKS_MAX = 12;

/** The rules' answers for every age there is, asked once. */
export class LeaseTable {
  /** By the age of the asking: whether the worker may still act on the lease. */
  readonly isTrusted: readonly boolean[];
  /** The first age at which the reaction time is over, too. Nothing depends on a higher one. */
  readonly overdueAge: number;
  readonly isSilent: readonly boolean[];
  /** By the rules of core itself: whether the silence is long enough in truth. */
  readonly isTrulySilent: readonly boolean[];
  /** The first silence that is long enough, in truth and by the rules. */
  readonly silentMax: number;

  constructor(private readonly rules: LeaseRules) {
    const ages = Array.from({ length: TICKS_MAX }, (_, age) => age * TICK_MS);
    // Now is 0: what was asked for `age` ago was asked at -age.
    this.isTrusted = ages.map((ms) => 0 < rules.trustedUntilMs(-ms, LEASE_TIMES));
    this.overdueAge = ages.findIndex((ms) => 0 >= rules.trustedUntilMs(-ms, LEASE_TIMES) + REACTION_MS);
    this.isSilent = ages.map((ms) => rules.isSilentTooLong(ms, LEASE_TIMES));
    this.isTrulySilent = ages.map((ms) => isSilentTooLong(ms, LEASE_TIMES));
    this.silentMax = Math.max(this.isSilent.indexOf(true), this.isTrulySilent.indexOf(true));
  }

  /** What is decided about a running run. Waits before it may be claimed again are left out: any claim may come late. */
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
