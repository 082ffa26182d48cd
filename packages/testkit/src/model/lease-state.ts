/**
 * A state of the lease protocol: each run's row in the store, and each worker's knowledge and pending messages about
 * each run. `lease-model.ts` defines what may happen. Times are ages in ticks, so that a state does not depend on when
 * it was reached. Ages stop growing once nothing depends on them.
 */

/** State of a run's live row; `gone`: there is none, since the run has ended. */
export const PHASE = { queued: 0, running: 1, gone: 2 } as const;
export const ENDING = { none: 0, completed: 1, failed: 2 } as const;
/** What a worker has of a run: nothing, a claim on its way to the store, the answer on its way back, or the lease. */
export const HOLD = { none: 0, asked: 1, given: 2, held: 3 } as const;
/** Progress of the execution under a lease. The run has one stage; its recorded outcome is then reported. */
export const BODY = { notBegun: 0, announced: 1, inside: 2, outcomeSent: 3, recorded: 4, reportSent: 5 } as const;
export const BEAT = { none: 0, asked: 1, written: 2 } as const;
/** `waking`: continued in this very instant, with its timers still to fire. */
export const PROCESS = { awake: 0, stopped: 1, waking: 2 } as const;
/** Writes still on their way from a worker that has dropped the run. */
export const LATE = { nothing: 0, outcome: 1, report: 2 } as const;
/** Decision that a supervisor is about to write. */
export const ACTION = { none: 0, resume: 1, fail: 2 } as const;

/**
 * Claims that one run can see: the first, and one more after each fault in the longest history explored. If faults are
 * unbounded, the run's recoveries are the bound: a single run sees the first claim, one that was lost, and one after
 * each recovery.
 */
export const CLAIMS_MAX = 5;

/** One run. Claims are numbered from 1 as they are made. The number stands for the claim's nonce, since both are unique. */
export class Row {
  phase: number = PHASE.queued;
  ending: number = ENDING.none;
  claims = 0;
  nonce = 0;
  token = 0;
  /** Ticks since the last accepted sign of life. */
  silent = 0;
  /** The process of the current claim is dead, which others can prove. */
  isHolderGone = 0;
  recoveries = 0;
  /** Ends of its process in a row since an outcome was recorded; counts above 2 are kept as 2. */
  deaths = 0;
  /** The same process holds this run and the other. */
  together = 0;
  /** The other run was recovered from the process that holds this one (`in_company`). */
  marked = 0;
  /** The stage's outcome is recorded. */
  recorded = 0;
  /** Finding of a supervisor that is not written yet. */
  foundToken = 0;
  foundGone = 0;
  foundAction: number = ACTION.none;
  foundDeaths = 0;

  // The truth, whatever the row says. Kept separately, so that it can contradict the protocol.
  /** The claim to which the run was last given, until it was taken away or reported; 0 for none. */
  truthHeld = 0;
  /** Ticks since that claim's worker gave an answered sign of life. */
  truthSilent = 0;
  /** Highest token issued by a claim whose commit survived. */
  truthToken = 0;
  /** Another run was in its process when that was found dead or silent. */
  truthCompany = 0;
  /** Number of charges since an outcome was recorded. */
  truthCharged = 0;

  /** By claim: its token, and its writes still on their way. */
  readonly tokens: number[] = new Array(CLAIMS_MAX + 1).fill(0);
  readonly late: number[] = new Array(CLAIMS_MAX + 1).fill(0);
}

/** What one worker has of one run. */
export class Cell {
  hold: number = HOLD.none;
  claim = 0;
  /** Ticks since the request for the claim, or for the newest answered heartbeat. */
  age = 0;
  body: number = BODY.notBegun;
  /** Its history shows that the stage's outcome is recorded. */
  knows = 0;
  beat: number = BEAT.none;
  beatAge = 0;

  clear(): void {
    this.hold = HOLD.none;
    this.claim = 0;
    this.age = 0;
    this.body = BODY.notBegun;
    this.knows = 0;
    this.beat = BEAT.none;
    this.beatAge = 0;
  }
}

/** Counts this worker's messages about this run that are on their way. Answers that wait for a stopped process have arrived. */
export function countUnderWay({ hold, body, beat }: Cell, process: number): number {
  const isHearing = process !== PROCESS.stopped;
  if (hold === HOLD.none) return 0;
  if (hold !== HOLD.held) return hold === HOLD.asked || isHearing ? 1 : 0;
  const isWriting = body === BODY.notBegun || body === BODY.outcomeSent || body === BODY.reportSent;
  return (isWriting ? 1 : 0) + (beat === BEAT.asked || (beat === BEAT.written && isHearing) ? 1 : 0);
}

export class Worker {
  process: number = PROCESS.awake;
  readonly cells: Cell[];

  constructor(runCount: number) {
    this.cells = Array.from({ length: runCount }, () => new Cell());
  }
}

const ROW_BYTES = 21 + 2 * CLAIMS_MAX;
const CELL_BYTES = 7;

/** The whole state, read from bytes and written to bytes. */
export class LeaseState {
  readonly rows: Row[];
  readonly workers: Worker[];
  /** Remaining faults: processes stopped or killed, commits lost. */
  faultsLeft = 0;
  readonly byteCount: number;
  private readonly workerBytes: number;
  private readonly block: Uint8Array;
  private readonly other: Uint8Array;
  private readonly best: Uint8Array;

  constructor(
    readonly workerCount: number,
    readonly runCount: number,
  ) {
    this.rows = Array.from({ length: runCount }, () => new Row());
    this.workers = Array.from({ length: workerCount }, () => new Worker(runCount));
    this.workerBytes = 1 + runCount * CELL_BYTES;
    this.byteCount = Math.ceil((runCount * ROW_BYTES + workerCount * this.workerBytes + 1) / 4) * 4;
    this.block = new Uint8Array(this.workerBytes);
    this.other = new Uint8Array(this.byteCount);
    this.best = new Uint8Array(this.byteCount);
  }

  write(bytes: Uint8Array): void {
    let at = 0;
    for (const row of this.rows) {
      bytes[at++] = row.phase;
      bytes[at++] = row.ending;
      bytes[at++] = row.claims;
      bytes[at++] = row.nonce;
      bytes[at++] = row.token;
      bytes[at++] = row.silent;
      bytes[at++] = row.isHolderGone;
      bytes[at++] = row.recoveries;
      bytes[at++] = row.deaths;
      bytes[at++] = row.together;
      bytes[at++] = row.marked;
      bytes[at++] = row.recorded;
      bytes[at++] = row.foundToken;
      bytes[at++] = row.foundGone;
      bytes[at++] = row.foundAction;
      bytes[at++] = row.foundDeaths;
      bytes[at++] = row.truthHeld;
      bytes[at++] = row.truthSilent;
      bytes[at++] = row.truthToken;
      bytes[at++] = row.truthCompany;
      bytes[at++] = row.truthCharged;
      for (let claim = 1; claim <= CLAIMS_MAX; claim++) {
        bytes[at++] = row.tokens[claim] as number;
        bytes[at++] = row.late[claim] as number;
      }
    }
    for (const worker of this.workers) {
      bytes[at++] = worker.process;
      for (const cell of worker.cells) {
        bytes[at++] = cell.hold;
        bytes[at++] = cell.claim;
        bytes[at++] = cell.age;
        bytes[at++] = cell.body;
        bytes[at++] = cell.knows;
        bytes[at++] = cell.beat;
        bytes[at++] = cell.beatAge;
      }
    }
    bytes[at] = this.faultsLeft;
  }

  read(bytes: Uint8Array): void {
    let at = 0;
    for (const row of this.rows) {
      row.phase = bytes[at++] as number;
      row.ending = bytes[at++] as number;
      row.claims = bytes[at++] as number;
      row.nonce = bytes[at++] as number;
      row.token = bytes[at++] as number;
      row.silent = bytes[at++] as number;
      row.isHolderGone = bytes[at++] as number;
      row.recoveries = bytes[at++] as number;
      row.deaths = bytes[at++] as number;
      row.together = bytes[at++] as number;
      row.marked = bytes[at++] as number;
      row.recorded = bytes[at++] as number;
      row.foundToken = bytes[at++] as number;
      row.foundGone = bytes[at++] as number;
      row.foundAction = bytes[at++] as number;
      row.foundDeaths = bytes[at++] as number;
      row.truthHeld = bytes[at++] as number;
      row.truthSilent = bytes[at++] as number;
      row.truthToken = bytes[at++] as number;
      row.truthCompany = bytes[at++] as number;
      row.truthCharged = bytes[at++] as number;
      for (let claim = 1; claim <= CLAIMS_MAX; claim++) {
        row.tokens[claim] = bytes[at++] as number;
        row.late[claim] = bytes[at++] as number;
      }
    }
    for (const worker of this.workers) {
      worker.process = bytes[at++] as number;
      for (const cell of worker.cells) {
        cell.hold = bytes[at++] as number;
        cell.claim = bytes[at++] as number;
        cell.age = bytes[at++] as number;
        cell.body = bytes[at++] as number;
        cell.knows = bytes[at++] as number;
        cell.beat = bytes[at++] as number;
        cell.beatAge = bytes[at++] as number;
      }
    }
    this.faultsLeft = bytes[at++] as number;
  }

  /**
   * Picks one of all states that differ only in which worker is called A and which run is called 1. This is sound: no
   * rule depends on a worker's or run's name, so whatever can happen in one of them can happen in all. Runs are ordered
   * by their rows, then workers by what they have. If two rows are equal, the smaller result of both orders is used.
   */
  canonize(bytes: Uint8Array): void {
    if (this.runCount === 2) {
      const order = compareRange(bytes, 0, bytes, ROW_BYTES, ROW_BYTES);
      if (order > 0) {
        this.swapRuns(bytes, this.other);
        bytes.set(this.other);
      } else if (order === 0) {
        this.swapRuns(bytes, this.other);
        this.sortWorkers(this.other);
        this.best.set(this.other);
        this.sortWorkers(bytes);
        if (compareRange(this.best, 0, bytes, 0, this.byteCount) < 0) bytes.set(this.best);
        return;
      }
    }
    this.sortWorkers(bytes);
  }

  private swapRuns(from: Uint8Array, into: Uint8Array): void {
    into.set(from);
    into.copyWithin(0, ROW_BYTES, 2 * ROW_BYTES);
    into.set(from.subarray(0, ROW_BYTES), ROW_BYTES);
    for (let w = 0; w < this.workerCount; w++) {
      const first = 2 * ROW_BYTES + w * this.workerBytes + 1;
      for (let i = 0; i < CELL_BYTES; i++) {
        into[first + i] = from[first + CELL_BYTES + i] as number;
        into[first + CELL_BYTES + i] = from[first + i] as number;
      }
    }
  }

  private sortWorkers(bytes: Uint8Array): void {
    const { block, workerBytes, workerCount } = this;
    const start = this.runCount * ROW_BYTES;
    // Insertion sort: there are three or four blocks, usually in order already.
    for (let w = 1; w < workerCount; w++) {
      for (let at = w; at > 0; at--) {
        const here = start + at * workerBytes;
        const before = here - workerBytes;
        if (compareRange(bytes, before, bytes, here, workerBytes) <= 0) break;
        for (let i = 0; i < workerBytes; i++) block[i] = bytes[before + i] as number;
        bytes.copyWithin(before, here, here + workerBytes);
        bytes.set(block, here);
      }
    }
  }
}

function compareRange(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): number {
  for (let i = 0; i < length; i++) {
    const difference = (a[aFrom + i] as number) - (b[bFrom + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
