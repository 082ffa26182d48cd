/**
 * Whether the outside is out, and what waits for the answer: the breaker, the failures held back until it has decided, and the
 * probe by which it does. Calls nobody itself: it says which items are to be called again or recorded, and when a probe is due.
 */
import type { Clock, ItemResultWrite, Timer } from "@holdfast/core";
import { type Breaker, PROBE_WAIT_MS } from "./breaker.js";
import type { Commits } from "./commits.js";
import { type Held, HeldFailures } from "./held-failures.js";
import type { Ready } from "./ready.js";

export interface OutageOptions {
  readonly breaker: Breaker;
  readonly commits: Commits;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  readonly onProbeDue: () => void;
}

/** What an answer decides about the failures that were held back. */
export interface Decided {
  /** They are their items' results. */
  readonly settled: readonly Held[];
  /** They did not count: their items are called again. */
  readonly again: readonly Ready[];
}

export class Outage {
  private readonly breaker: Breaker;
  private readonly held: HeldFailures;
  private isProbeUnderWay = false;
  private probeTimer: Timer | null = null;

  constructor(private readonly options: OutageOptions) {
    this.breaker = options.breaker;
    this.held = new HeldFailures(options.commits);
  }

  /** Calls may begin as if there were none. */
  get isOff(): boolean {
    return this.breaker.state === "closed";
  }

  /** One call may begin, to look whether it is over. */
  get mayProbe(): boolean {
    return this.breaker.state === "probing" && !this.isProbeUnderWay;
  }

  /** A probe is due that will decide about what is held back. */
  get isDeciding(): boolean {
    return this.held.count > 0 && !this.isOff;
  }

  /** How often somebody was answered. */
  get answerCount(): number {
    return this.breaker.answerCount;
  }

  /** A call begins; what is returned is called when it has ended. */
  begin(): () => void {
    const isProbe = this.breaker.state === "probing";
    if (isProbe) this.isProbeUnderWay = true;
    return () => {
      if (isProbe) this.isProbeUnderWay = false;
    };
  }

  /** The outside answers: failures that were held back are the items' own, or, after an outage, did not count. */
  answered(): Decided {
    if (!this.breaker.answered()) return { settled: this.held.settle(), again: [] };
    this.probeTimer?.cancel();
    this.options.log("the outside answers again");
    return { settled: [], again: this.held.take() };
  }

  /** An attempt failed in a way that is a sign of an outage. True where it is one: the run pauses. */
  failed(sentAtMs: number, category: string): boolean {
    const found = this.breaker.failed(sentAtMs);
    if (found === "opened") this.open(category);
    return found === "outage";
  }

  /** Its attempts are used up, and whether it has failed is not decided yet. */
  hold(entry: Ready, result: ItemResultWrite): void {
    this.held.hold(entry, result);
  }

  /** Where no other item is there to be tried, one that has failed for good is. */
  takeForProbe(): readonly Ready[] {
    return this.mayProbe ? this.held.take(1) : [];
  }

  /** Nobody is left to be called: what was held back is what the items ended in. */
  settle(): readonly Held[] {
    return this.held.settle();
  }

  /** A result was recorded. True where more of the last ones are errors than is allowed: the run pauses. */
  resulted(isError: boolean): boolean {
    return this.breaker.resulted(isError);
  }

  /** The map ends here. What is held back stays missing, and is recorded as attempts that failed where that may be written. */
  end(isWritable: boolean): void {
    this.probeTimer?.cancel();
    if (isWritable) this.held.drop();
  }

  /** So many calls in a row failed of the outside: nobody calls any more until one has tried. */
  private open(category: string): void {
    const { clock, log, onProbeDue } = this.options;
    log(`many calls in a row failed (${category}): trying one in ${PROBE_WAIT_MS / 1_000} s`);
    this.probeTimer = clock.setTimer(PROBE_WAIT_MS, () => {
      this.breaker.probe(clock.monotonicMs());
      onProbeDue();
    });
  }
}
