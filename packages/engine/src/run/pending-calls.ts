/**
 * The `stage()`, `map()` and wait calls of one pass of the workflow function that are not answered yet. Tells when all that is
 * left of them waits: then the run may be parked.
 *
 * A call is busy from its begin until its promise settles, but for a wait while it is open and a stage that was put off until a
 * later resume: these two hold nothing up.
 */
import { type Clock, mayPark, type WaitKind } from "@holdfast/core";

/** A wait that is open in this execution. */
export interface OpenWait {
  readonly stage: string;
  readonly kind: WaitKind;
  /** When it ends by itself, on the monotonic clock; null where it does not. */
  readonly dueMs: number | null;
}

export class PendingCalls {
  private readonly open = new Map<string, OpenWait>();
  private busyCount = 0;
  private isOver = false;

  constructor(
    private readonly clock: Pick<Clock, "monotonicMs">,
    /** Called where a call ended or began to wait: the run may be at rest now. */
    private readonly onLess: () => void,
  ) {}

  /** The same function, whose calls are counted. */
  count<A extends unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return (...args) => {
      this.busyCount++;
      const answer = call(...args);
      const end = () => this.less();
      answer.then(end, end);
      return answer;
    };
  }

  /** The call never settles in this execution, and holds nothing up. */
  putOff(): void {
    this.less();
  }

  beginWait(wait: OpenWait): void {
    const isNew = !this.open.has(wait.stage);
    this.open.set(wait.stage, wait);
    if (isNew) this.less();
  }

  /** It has its outcome, and its call is about to be answered. */
  endWait(stage: string): void {
    if (this.open.delete(stage)) this.busyCount++;
  }

  /** In the order in which they began. */
  get waits(): readonly OpenWait[] {
    return [...this.open.values()];
  }

  /** Whether all that could be done waits. */
  mayPark(inFlightCount: number): boolean {
    const nowMs = this.clock.monotonicMs();
    const leftMs = this.waits.map(({ dueMs }) => (dueMs === null ? null : dueMs - nowMs));
    return mayPark({ busyCount: this.busyCount, inFlightCount, leftMs });
  }

  /** The function is called anew: what the last pass left behind counts no more. */
  close(): void {
    this.isOver = true;
  }

  private less(): void {
    this.busyCount--;
    if (!this.isOver && this.open.size > 0) this.onLess();
  }
}
