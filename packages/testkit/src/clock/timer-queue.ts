/**
 * Timers ordered by due instant, then by the order in which they were set: a binary heap. A cancelled timer stays until
 * it reaches the top.
 */

/** Receiver of a timer: the view of the process that set it. */
export interface FiresTimers {
  fire(timer: QueuedTimer): void;
}

export interface QueuedTimer {
  dueMs: number;
  readonly order: number;
  readonly view: FiresTimers;
  readonly fire: () => void;
  isCancelled: boolean;
}

export class TimerQueue {
  private readonly heap: QueuedTimer[] = [];
  private lastOrder = 0;

  nextOrder(): number {
    return ++this.lastOrder;
  }

  get count(): number {
    return this.heap.filter((timer) => !timer.isCancelled).length;
  }

  get nextDueMs(): number | null {
    this.dropCancelled();
    return this.heap[0]?.dueMs ?? null;
  }

  add(timer: QueuedTimer): void {
    const { heap } = this;
    heap.push(timer);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  /** Removes and returns the first timer due by `untilMs`; null if there is none. */
  takeDue(untilMs: number): QueuedTimer | null {
    this.dropCancelled();
    const first = this.heap[0];
    return first === undefined || first.dueMs > untilMs ? null : this.takeFirst();
  }

  private dropCancelled(): void {
    while (this.heap[0]?.isCancelled) this.takeFirst();
  }

  private takeFirst(): QueuedTimer {
    const { heap } = this;
    const first = heap[0] as QueuedTimer;
    const last = heap.pop() as QueuedTimer;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) return first;
      const child = left + 1 < heap.length && this.isBefore(left + 1, left) ? left + 1 : left;
      if (!this.isBefore(child, at)) return first;
      this.swap(at, child);
      at = child;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [x, y] = [this.heap[a] as QueuedTimer, this.heap[b] as QueuedTimer];
    return x.dueMs < y.dueMs || (x.dueMs === y.dueMs && x.order < y.order);
  }

  private swap(a: number, b: number): void {
    const { heap } = this;
    [heap[a], heap[b]] = [heap[b] as QueuedTimer, heap[a] as QueuedTimer];
  }
}
