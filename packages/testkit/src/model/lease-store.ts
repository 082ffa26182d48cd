/**
 * The store's side of the lease protocol: how a transaction changes a run's row under the rules being tested. It also
 * writes the truth (`truth…`), and records the first invariant that the transaction broke.
 */
import { canMove, DEATHS_UNCHARGED_MAX, type RunStatus } from "@holdfast/core";
import { type LeaseRules, type LeaseTable, MAX_RECOVERIES } from "./lease-rules.js";
import { ACTION, type Cell, ENDING, HOLD, PHASE, type Row } from "./lease-state.js";

/**
 * The invariants, with the place where each is guaranteed (numbers refer to docs/guarantees.md):
 * - fenced: a write or a heartbeat is accepted only from the claim that holds the run at that moment (3).
 * - alone: no two workers are inside a stage of one run while either could know better, and none begins beside another
 *   (ADR 3).
 * - spared: a lease is taken only from a holder that is dead, or silent for longer than the window (the table of
 *   failures).
 * - once: an outcome and a run's end are recorded once, and no stage with a recorded outcome begins (1, 2).
 * - rising: a claim's token is higher than that of every earlier claim whose commit survived (ADR 3).
 * - just: a run is charged for the end of a process only if it was alone in it, or for the third time in a row. It
 *   fails only for charges since its last outcome (docs/operations.md).
 * - solitary: a run whose process died shares a process with no other until it has recorded an outcome.
 * - ending: from every state there is a way to the end of each run once faults have stopped (the state machine).
 */
export const LEASE_INVARIANTS = ["fenced", "alone", "spared", "once", "rising", "just", "solitary", "ending"] as const;
export type LeaseInvariant = (typeof LEASE_INVARIANTS)[number];

/** Nonces by claim; null for a run that nobody holds. */
const NONCES = [null, "n1", "n2", "n3", "n4", "n5"] as const;

/** The table of legal moves contains these. Without them, the protocol would be a different one. */
function requireMove(from: RunStatus, to: RunStatus): void {
  if (!canMove(from, to)) throw new Error(`no run may go from ${from} to ${to}: the model knows another protocol`);
}

export class LeaseStore {
  /** Invariant broken by the current move; read and cleared by the caller that emits the move. */
  broken: LeaseInvariant | null = null;

  constructor(
    private readonly rules: LeaseRules,
    private readonly table: LeaseTable,
  ) {}

  break(name: LeaseInvariant): void {
    this.broken ??= name;
  }

  /** Returns whether its holder is dead, or silent for so long that others may take the run. */
  isLost(row: Row): boolean {
    return row.isHolderGone === 1 || this.table.isSilent[row.silent] === true;
  }

  /** Gives a queued run to a process that may also hold `beside`. */
  give(row: Row, cell: Cell, beside: Row | null): void {
    row.marked = 0;
    row.truthCompany = 0;
    if (beside !== null) {
      row.together = 1;
      beside.together = 1;
      if (row.deaths > 0 || beside.deaths > 0) this.break("solitary");
    }
    requireMove("queued", "running");
    row.claims++;
    row.token = this.rules.nextToken(row.token, row.recoveries);
    if (row.token <= row.truthToken) this.break("rising");
    row.truthToken = Math.max(row.truthToken, row.token);
    row.tokens[row.claims] = row.token;
    row.nonce = row.claims;
    row.phase = PHASE.running;
    row.silent = 0;
    row.isHolderGone = 0;
    row.truthHeld = row.claims;
    row.truthSilent = 0;
    cell.hold = HOLD.given;
    cell.claim = row.claims;
  }

  /** Ends the lease, whoever holds it. `other` is the run that may be in the same process. */
  endLease(row: Row, other: Row | null): void {
    if (row.together === 1 && other !== null) {
      other.truthCompany = 1;
      if (this.rules.marksCompany) other.marked = 1;
      row.truthCompany = 1;
    }
    this.part(row, other);
    const isTrulyLost = row.isHolderGone === 1 || this.table.isTrulySilent[row.truthSilent] === true;
    if (row.truthHeld !== 0 && !isTrulyLost) this.break("spared");
    row.nonce = 0;
    row.silent = 0;
    row.isHolderGone = 0;
    row.truthHeld = 0;
    row.truthSilent = 0;
  }

  /** The two runs are no longer in one process. */
  private part(row: Row, other: Row | null): void {
    row.together = 0;
    if (other !== null) other.together = 0;
  }

  /** Returns whether the run is charged for its process, according to the store's rows. */
  wasAlone(row: Row): boolean {
    if (row.deaths >= DEATHS_UNCHARGED_MAX || !this.rules.asksForCompany) return true;
    return row.together === 0 && row.marked === 0;
  }

  /** Decides about a running run. */
  decide(row: Row): ReturnType<LeaseTable["decide"]> {
    return this.table.decide({
      isHolderGone: row.isHolderGone === 1,
      silent: row.silent,
      recoveries: row.deaths > 0 ? row.recoveries : 0,
      wasAlone: this.wasAlone(row),
      hasRecord: row.recorded === 1,
    });
  }

  private passes(rule: LeaseRules["isMine"], row: Row, claim: number): boolean {
    const fence = { token: row.tokens[claim] as number, nonce: NONCES[claim] as string };
    const isPassed = row.phase === PHASE.running && rule(fence, { token: row.token, nonce: NONCES[row.nonce] ?? null });
    if (isPassed && row.truthHeld !== claim) this.break("fenced");
    return isPassed;
  }

  private noteAlive(row: Row): void {
    row.silent = 0;
    row.truthSilent = 0;
  }

  acceptStart(row: Row, claim: number): boolean {
    if (!this.passes(this.rules.isMine, row, claim)) return false;
    this.noteAlive(row);
    return true;
  }

  acceptBeat(row: Row, claim: number): boolean {
    if (!this.passes(this.rules.isBeatFenceOf, row, claim)) return false;
    if (this.rules.writesBeats) row.silent = 0;
    row.truthSilent = 0;
    return true;
  }

  acceptOutcome(row: Row, claim: number): boolean {
    if (!this.passes(this.rules.isMine, row, claim)) return false;
    if (row.recorded === 1) this.break("once");
    row.recorded = 1;
    row.truthCharged = 0;
    if (this.rules.outcomeClearsDeaths) row.deaths = 0;
    this.noteAlive(row);
    return true;
  }

  acceptReport(row: Row, claim: number, other: Row | null): void {
    if (!this.passes(this.rules.isReportFenceOf, row, claim)) return;
    requireMove("running", "completed");
    if (row.ending !== ENDING.none) this.break("once");
    row.ending = ENDING.completed;
    row.truthHeld = 0;
    row.truthSilent = 0;
    if (this.rules.endsLeaseWithReport) this.removeLive(row);
    // It left its process normally: a later death there does not concern it.
    this.part(row, other);
  }

  private removeLive(row: Row): void {
    row.phase = PHASE.gone;
    row.nonce = 0;
    row.silent = 0;
    row.isHolderGone = 0;
  }

  /** Applies a supervisor's decision about the run if it still holds. */
  carryOut(row: Row, other: Row | null): void {
    const { foundToken: token, foundGone, foundAction, foundDeaths } = row;
    this.forgetFinding(row);
    const status = row.phase === PHASE.running ? "running" : row.phase === PHASE.queued ? "queued" : "completed";
    const now = { status, token: row.token, isLeaseExpired: this.table.isSilent[row.silent] === true } as const;
    if (this.rules.asksDeathsAgain && foundDeaths !== row.deaths) return;
    if (this.rules.isStillStalled({ token, isHolderDead: foundGone === 1 }, now)) {
      this.recover(row, foundAction, other);
    }
  }

  private forgetFinding(row: Row): void {
    row.foundToken = 0;
    row.foundGone = 0;
    row.foundAction = ACTION.none;
    row.foundDeaths = 0;
  }

  /** Loses the first claim's commit, of which its worker was told, and everything after it. */
  loseFirstClaim(row: Row, other: Row | null): void {
    this.part(row, other);
    row.phase = PHASE.queued;
    row.nonce = 0;
    row.token = 0;
    row.silent = 0;
    row.isHolderGone = 0;
    row.truthHeld = 0;
    row.truthSilent = 0;
    row.truthToken = 0;
    // Findings based on it are lost too: a recovery names its lease by the token only, and takes milliseconds.
    this.forgetFinding(row);
  }

  /** The store determines in the transaction, from the rows at that time, whether the run is charged. */
  recover(row: Row, action: number, other: Row | null): void {
    const isCharged = this.wasAlone(row);
    const wasInCompany = row.together === 1 || row.truthCompany === 1;
    const isTrulyAlone = !wasInCompany || row.deaths >= DEATHS_UNCHARGED_MAX;
    this.endLease(row, other);
    if (action === ACTION.fail) {
      if (row.truthCharged < MAX_RECOVERIES || !isTrulyAlone) this.break("just");
      requireMove("running", "failed");
      row.ending = ENDING.failed;
      this.removeLive(row);
      return;
    }
    requireMove("running", "queued");
    if (isCharged && !isTrulyAlone) this.break("just");
    row.recoveries = (row.deaths > 0 ? row.recoveries : 0) + (isCharged ? 1 : 0);
    if (isCharged) row.truthCharged = Math.min(row.truthCharged + 1, MAX_RECOVERIES + 1);
    row.deaths = Math.min(row.deaths + 1, DEATHS_UNCHARGED_MAX);
    row.phase = PHASE.queued;
  }
}
