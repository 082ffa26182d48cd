/**
 * The order of one run's events: takes them as they come, gives each exactly once and in order. What is had already is dropped,
 * what is next is given, what is ahead waits until the gap before it is closed by asking the server.
 */
import type { EventFrame } from "@holdfast/protocol";

/** More than this ahead of a gap is not kept: the answer that closes the gap brings it again. */
const AHEAD_COUNT_MAX = 500;

export class EventOrder {
  private readonly ahead = new Map<number, EventFrame>();
  private newest: number;

  /** `last` is the number of the last event that is had; events after it are given to `onEvent`. */
  constructor(
    private lastSeq: number,
    private readonly onEvent: (event: EventFrame) => void,
  ) {
    this.newest = lastSeq;
  }

  /** Number of the last event that was given. */
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

  /** The run has this many events by now. */
  sees(head: number): void {
    this.newest = Math.max(this.newest, head);
  }

  /** Goes on after event `seq`, whatever was had: a snapshot has its state. Events that wait beyond it stay. */
  jump(seq: number): void {
    this.lastSeq = seq;
    this.newest = Math.max(this.newest, seq);
    for (const known of [...this.ahead.keys()]) if (known <= seq) this.ahead.delete(known);
    this.take([]);
  }

  /** The run was created anew, or its store restored: what was known is void. */
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
