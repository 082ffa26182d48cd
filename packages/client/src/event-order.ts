/**
 * Orders one run's events: accepts them as they arrive, and delivers each exactly once and in order. Known events are dropped,
 * the next one is delivered, and later ones wait until a request to the server has closed the gap before them.
 */
import type { EventFrame } from "@holdfast/protocol";

/** Maximum number of events kept ahead of a gap; the answer that closes the gap contains the others again. */
const AHEAD_COUNT_MAX = 500;

export class EventOrder {
  private readonly ahead = new Map<number, EventFrame>();
  private newest: number;

  /** `last` is the number of the last known event; events after it are passed to `onEvent`. */
  constructor(
    private lastSeq: number,
    private readonly onEvent: (event: EventFrame) => void,
  ) {
    this.newest = lastSeq;
  }

  /** Number of the last delivered event. */
  get last(): number {
    return this.lastSeq;
  }

  /** Newest event that is known to exist. */
  get head(): number {
    return this.newest;
  }

  get isBehind(): boolean {
    return this.newest > this.lastSeq;
  }

  take(events: readonly EventFrame[]): void {
    for (const event of events) {
      this.newest = Math.max(this.newest, event.seq);
      if (event.seq === this.lastSeq + 1) this.give(event);
      else if (event.seq > this.lastSeq && this.ahead.size < AHEAD_COUNT_MAX) this.ahead.set(event.seq, event);
    }
    for (let next = this.ahead.get(this.lastSeq + 1); next !== undefined; next = this.ahead.get(this.lastSeq + 1)) {
      this.give(next);
    }
  }

  /** Reports that the run now has this many events. */
  sees(head: number): void {
    this.newest = Math.max(this.newest, head);
  }

  /** Continues after event `seq`, since a snapshot has the state up to it. Later waiting events are kept. */
  jump(seq: number): void {
    this.lastSeq = seq;
    this.newest = Math.max(this.newest, seq);
    for (const known of [...this.ahead.keys()]) if (known <= seq) this.ahead.delete(known);
    this.take([]);
  }

  /** Forgets everything, because the run was created again or its store was restored. */
  reset(seq: number): void {
    this.ahead.clear();
    this.newest = seq;
    this.lastSeq = seq;
  }

  private give(event: EventFrame): void {
    this.lastSeq = event.seq;
    this.ahead.delete(event.seq);
    this.onEvent(event);
  }
}
