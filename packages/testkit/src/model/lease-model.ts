/**
 * The lease protocol as a model: given a state, everything that can happen next. A move is one event at one place: a
 * worker sends a request, a message arrives, a process is stopped, a tick passes. Messages may take up to two ticks or
 * be lost; what a worker sent before it died or gave up may arrive at any time.
 *
 * Left out: waits before a claim (a claim may come late anyway), wishes, restarts, and hosts (an observer may be able
 * to prove a death, or may have to wait for the silence).
 *
 * Invariants are checked where they can break, against the truth (`truth…` in the rows), never against what the rules
 * under test claim.
 */
import type { Model, Step } from "./explore.js";
import { besideOf, mayTake, otherOf } from "./lease-company.js";
import { type LeaseRules, LeaseTable } from "./lease-rules.js";
import {
  ACTION,
  BEAT,
  BODY,
  type Cell,
  CLAIMS_MAX,
  countUnderWay,
  ENDING,
  HOLD,
  LATE,
  LeaseState,
  PHASE,
  PROCESS,
  type Row,
  type Worker,
} from "./lease-state.js";
import { type LeaseInvariant, LeaseStore } from "./lease-store.js";
import { type MoveName, wayOf, wordsOf } from "./lease-words.js";

/** A message that takes longer counts as lost: nobody trusts a lease requested so long ago. */
const MESSAGE_AGE_MAX = 2;

export interface LeaseWorld {
  readonly workers: number;
  readonly runs: number;
  readonly rules: LeaseRules;
  /**
   * Maximum number of faults in one history: a process stopped or killed, a commit or a message lost, a message or a
   * supervisor late by a tick. Infinity does not count them; the run's recoveries then bound the history.
   */
  readonly faultsMax: number;
}

export class LeaseModel implements Model<LeaseInvariant> {
  readonly stateBytes: number;
  readonly liveness = "ending";
  private readonly state: LeaseState;
  private readonly next: Uint8Array;
  private readonly rules: LeaseRules;
  private readonly table: LeaseTable;
  private readonly store: LeaseStore;
  private from: Uint8Array;
  private visit: (step: Step<LeaseInvariant>) => void = () => {};

  constructor(private readonly world: LeaseWorld) {
    this.rules = world.rules;
    this.table = new LeaseTable(world.rules);
    this.store = new LeaseStore(world.rules, this.table);
    this.state = new LeaseState(world.workers, world.runs);
    this.stateBytes = this.state.byteCount;
    this.next = new Uint8Array(this.stateBytes);
    this.from = new Uint8Array(this.stateBytes);
    this.state.write(this.from);
  }

  start(): Uint8Array {
    const start = new LeaseState(this.world.workers, this.world.runs);
    start.faultsLeft = Number.isFinite(this.world.faultsMax) ? this.world.faultsMax : 0;
    const bytes = new Uint8Array(this.stateBytes);
    start.write(bytes);
    return bytes;
  }

  canonize(bytes: Uint8Array): void {
    this.state.canonize(bytes);
  }

  isAtEnd(bytes: Uint8Array): boolean {
    this.state.read(bytes);
    return this.state.rows.every(({ ending }) => ending !== ENDING.none);
  }

  steps(bytes: Uint8Array, visit: (step: Step<LeaseInvariant>) => void): void {
    this.from = bytes;
    this.visit = visit;
    this.state.read(bytes);
    const { rows, workers } = this.state;
    for (let w = 0; w < workers.length; w++) {
      this.processMoves(w, workers[w] as Worker);
      for (let r = 0; r < rows.length; r++) {
        const [worker, row] = [workers[w] as Worker, rows[r] as Row];
        this.claimMoves(w, r, worker, row, worker.cells[r] as Cell);
        this.workMoves(w, r, worker, row, worker.cells[r] as Cell);
        this.beatMoves(w, r, worker, row, worker.cells[r] as Cell);
      }
    }
    for (let r = 0; r < rows.length; r++) {
      this.lateMoves(r, rows[r] as Row);
      this.recoveryMoves(r, rows[r] as Row);
      this.commitLoss(r, rows[r] as Row);
    }
    this.tick();
  }

  /** Emits the changes since the state was read as a move, and restores the state. */
  private moved(name: MoveName, w: number, r: number): void {
    if (this.store.broken === null && !this.isEachAlone()) this.store.broken = "alone";
    this.state.write(this.next);
    const { next } = this;
    const { broken } = this.store;
    this.store.broken = null;
    this.visit({ next, broken, way: wayOf(name), words: () => wordsOf(name, w, r) });
    this.state.read(this.from);
  }

  // ── Time and processes

  private tick(): void {
    const { rows, workers } = this.state;
    const { overdueAge, silentMax } = this.table;
    let lateCount = 0;
    for (const { process, cells } of workers) {
      if (process === PROCESS.waking) return;
      for (const cell of cells) {
        if (process === PROCESS.awake && this.isUrgent(cell)) return;
        lateCount += countUnderWay(cell, process);
      }
    }
    for (const { late, foundAction } of rows) {
      for (const left of late) if (left !== LATE.nothing) lateCount++;
      if (foundAction !== ACTION.none) lateCount++;
    }
    if (!this.use(lateCount)) return;
    for (const row of rows) {
      if (row.phase === PHASE.running) row.silent = Math.min(row.silent + 1, silentMax);
      if (row.truthHeld !== 0) row.truthSilent = Math.min(row.truthSilent + 1, silentMax);
    }
    for (const { cells } of workers) {
      for (const cell of cells) {
        if (cell.hold === HOLD.none) continue;
        cell.age = Math.min(cell.age + 1, overdueAge);
        if (cell.hold !== HOLD.held && cell.age > MESSAGE_AGE_MAX) cell.clear();
        if (cell.beat !== BEAT.none && ++cell.beatAge > MESSAGE_AGE_MAX) {
          cell.beat = BEAT.none;
          cell.beatAge = 0;
        }
      }
    }
    this.moved("tick", 0, 0);
  }

  /** What a process that is not stopped does before a tick passes: it gives up what has expired, and sends heartbeats. */
  private isUrgent({ hold, age, beat }: Cell): boolean {
    return hold === HOLD.held && (age >= this.table.overdueAge || (beat === BEAT.none && age > 0));
  }

  /** Uses up faults. Returns `false`, leaving the state unchanged, if there would be too many. */
  private use(count: number): boolean {
    if (this.world.faultsMax === Number.POSITIVE_INFINITY) return true;
    if (this.state.faultsLeft < count) return false;
    this.state.faultsLeft -= count;
    return true;
  }

  private processMoves(w: number, worker: Worker): void {
    const isBusy = worker.cells.some(({ hold }) => hold !== HOLD.none);
    if (worker.process === PROCESS.stopped) {
      worker.process = PROCESS.waking;
      this.moved("proceed", w, 0);
    } else if (worker.process === PROCESS.waking) {
      worker.process = PROCESS.awake;
      if (this.rules.looksOnWaking) {
        worker.cells.forEach((cell, r) => {
          if (cell.hold === HOLD.held && !this.isTrusted(cell)) this.drop(this.state.rows[r] as Row, cell);
        });
      }
      this.moved("look", w, 0);
    }
    if (!isBusy) return;
    if (worker.process === PROCESS.awake && this.use(1)) {
      worker.process = PROCESS.stopped;
      this.moved("stop", w, 0);
    }
    if (!this.use(1)) return;
    // Another process starts in its place, without any knowledge.
    worker.process = PROCESS.awake;
    worker.cells.forEach((cell, r) => {
      const row = this.state.rows[r] as Row;
      if (cell.claim !== 0 && row.nonce === cell.claim) row.isHolderGone = 1;
      this.drop(row, cell);
    });
    this.moved("kill", w, 0);
  }

  /** The worker gives up or dies; what it has sent is still on its way. */
  private drop(row: Row, cell: Cell): void {
    if (cell.body === BODY.outcomeSent) row.late[cell.claim] = LATE.outcome;
    if (cell.body === BODY.reportSent) row.late[cell.claim] = LATE.report;
    cell.clear();
  }

  private isTrusted(cell: Cell): boolean {
    return this.table.isTrusted[cell.age] === true;
  }

  private ageAtAnswer(askedAge: number): number {
    return this.rules.countsFrom === "asking" ? askedAge : 0;
  }

  // ── Claims

  private claimMoves(w: number, r: number, worker: Worker, row: Row, cell: Cell): void {
    const isAwake = worker.process === PROCESS.awake;
    if (cell.hold === HOLD.none && isAwake) {
      if (row.phase === PHASE.queued && mayTake(this.rules, this.state, worker, r)) {
        cell.hold = HOLD.asked;
        cell.knows = row.recorded;
        this.moved("askClaim", w, r);
      }
      if (
        row.phase === PHASE.running &&
        this.store.isLost(row) &&
        this.store.decide(row).action === "resume" &&
        besideOf(this.state, worker, r) === null &&
        row.claims < CLAIMS_MAX
      ) {
        // A person's resume in the foreground, by a separate process, recovers and claims at once. In reality it resets
        // the count; here it is counted, which bounds the claims.
        this.store.recover(row, ACTION.resume, otherOf(this.state, r));
        this.store.give(row, cell, besideOf(this.state, worker, r));
        this.moved("takeOver", w, r);
      }
    } else if (cell.hold === HOLD.asked) {
      const isFree = row.phase === PHASE.queued || (!this.rules.claimsQueuedOnly && row.phase === PHASE.running);
      if (isFree && row.claims < CLAIMS_MAX && mayTake(this.rules, this.state, worker, r)) {
        if (row.phase === PHASE.running) this.store.endLease(row, otherOf(this.state, r));
        this.store.give(row, cell, besideOf(this.state, worker, r));
      } else cell.clear();
      this.moved("claimArrives", w, r);
      if (!this.use(1)) return;
      cell.clear();
      this.moved("claimLost", w, r);
    } else if (cell.hold === HOLD.given) {
      if (worker.process !== PROCESS.stopped) {
        cell.hold = HOLD.held;
        cell.age = this.ageAtAnswer(cell.age);
        if (this.rules.readsHistory === "underTheLease") cell.knows = row.recorded;
        if (cell.knows === 1) cell.body = BODY.recorded;
        this.moved("claimAnswered", w, r);
      }
      if (!this.use(1)) return;
      cell.clear();
      this.moved("claimAnswerLost", w, r);
    }
  }

  // ── Work under a lease

  private workMoves(w: number, r: number, worker: Worker, row: Row, cell: Cell): void {
    if (cell.hold !== HOLD.held) return;
    if (worker.process !== PROCESS.stopped) {
      if (cell.body === BODY.announced && (this.isTrusted(cell) || !this.rules.asksTrustBeforeBeginning)) {
        if (row.recorded === 1) this.store.break("once");
        if (this.countInside(r) > 0) this.store.break("alone");
        cell.body = BODY.inside;
        this.moved("begin", w, r);
      } else if (cell.body === BODY.inside) {
        cell.body = BODY.outcomeSent;
        this.moved("finish", w, r);
      } else if (cell.body === BODY.recorded) {
        cell.body = BODY.reportSent;
        this.moved("report", w, r);
      }
      if (!this.isTrusted(cell)) {
        this.drop(row, cell);
        this.moved("giveUp", w, r);
      }
    }
    if (cell.body === BODY.notBegun) {
      if (this.store.acceptStart(row, cell.claim)) cell.body = BODY.announced;
      else cell.clear();
      this.moved("announce", w, r);
    } else if (cell.body === BODY.outcomeSent) {
      const isWritten = this.store.acceptOutcome(row, cell.claim);
      if (isWritten) {
        cell.body = BODY.recorded;
        this.moved("outcomeArrives", w, r);
        if (!this.use(1)) return;
        this.store.acceptOutcome(row, cell.claim);
      }
      // Refused, or its answer was lost: the worker can no longer write and drops the run.
      cell.clear();
      this.moved(isWritten ? "outcomeAnswerLost" : "outcomeArrives", w, r);
    } else if (cell.body === BODY.reportSent) {
      this.store.acceptReport(row, cell.claim, otherOf(this.state, r));
      cell.clear();
      this.moved("reportArrives", w, r);
    }
  }

  private lateMoves(r: number, row: Row): void {
    for (let claim = 1; claim <= row.claims; claim++) {
      const late = row.late[claim];
      if (late === LATE.nothing) continue;
      row.late[claim] = LATE.nothing;
      if (late === LATE.outcome) this.store.acceptOutcome(row, claim);
      else this.store.acceptReport(row, claim, otherOf(this.state, r));
      this.moved(late === LATE.outcome ? "lateOutcome" : "lateReport", 0, r);
      if (!this.use(1)) continue;
      row.late[claim] = LATE.nothing;
      this.moved("lateLost", 0, r);
    }
  }

  // ── Beats

  private beatMoves(w: number, r: number, worker: Worker, row: Row, cell: Cell): void {
    if (cell.hold !== HOLD.held) return;
    const isRunning = worker.process !== PROCESS.stopped;
    if (cell.beat === BEAT.none) {
      // In the tick of the last request, a heartbeat says nothing new.
      if (!isRunning || cell.age === 0) return;
      cell.beat = BEAT.asked;
      this.moved("askBeat", w, r);
      return;
    }
    if (cell.beat === BEAT.asked) {
      if (this.store.acceptBeat(row, cell.claim)) {
        cell.beat = BEAT.written;
        this.moved("beatArrives", w, r);
      } else if (isRunning) {
        this.drop(row, cell);
        this.moved("beatRefused", w, r);
      }
    } else if (isRunning) {
      cell.age = Math.min(cell.age, this.ageAtAnswer(cell.beatAge));
      cell.beat = BEAT.none;
      cell.beatAge = 0;
      this.moved("beatAnswered", w, r);
    }
    if (!this.use(1)) return;
    cell.beat = BEAT.none;
    cell.beatAge = 0;
    this.moved("beatLost", w, r);
  }

  // ── Recovery

  private recoveryMoves(r: number, row: Row): void {
    if (row.phase === PHASE.running) {
      const { action } = this.store.decide(row);
      if (action !== "none") {
        if (row.foundAction === ACTION.none) {
          row.foundToken = row.token;
          row.foundGone = row.isHolderGone;
          row.foundAction = ACTION[action];
          row.foundDeaths = row.deaths;
          this.moved("find", 0, r);
        }
        this.store.recover(row, ACTION[action], otherOf(this.state, r));
        this.moved("recover", 0, r);
      }
    }
    if (row.foundAction === ACTION.none) return;
    this.store.carryOut(row, otherOf(this.state, r));
    this.moved("carryOut", 0, r);
  }

  /** Only for the first claim, since nothing before it needs to be restored. */
  private commitLoss(r: number, row: Row): void {
    const isFirst = row.nonce === 1 && row.phase === PHASE.running;
    if (!isFirst || row.recorded === 1) return;
    // What was accepted under it would be lost too, and its worker would learn of that; heartbeats would not.
    const isUsed = ({ cells }: Worker) => cells[r]?.claim === row.nonce && cells[r]?.body !== BODY.notBegun;
    if (this.state.workers.some(isUsed) || !this.use(1)) return;
    this.store.loseFirstClaim(row, otherOf(this.state, r));
    this.moved("loseCommit", 0, r);
  }

  // ── Alone

  private isEachAlone(): boolean {
    for (let r = 0; r < this.state.rows.length; r++) if (this.countInside(r) > 1) return false;
    return true;
  }

  /** Counts workers inside the stage of a run that could know better: not those that are stopped, or waking in this instant. */
  private countInside(r: number): number {
    let count = 0;
    for (const { process, cells } of this.state.workers) {
      const cell = cells[r] as Cell;
      if (cell.body === BODY.inside && process === PROCESS.awake) count++;
    }
    return count;
  }
}
