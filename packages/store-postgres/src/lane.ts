/**
 * A lane: one connection's worth of work, one call after the other, in the order in which they were asked for. A caller may
 * send a soft write and a strict one behind it without waiting: they are made in that order.
 */
export class Lane {
  private last: Promise<unknown> = Promise.resolve();

  do<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work, work);
    this.last = next.catch(() => {});
    return next;
  }

  /** All that was asked for so far is done. */
  whenIdle(): Promise<unknown> {
    return this.last;
  }
}
