/**
 * The low-water mark of a map: every position before it has a durable result, or no item. Pure.
 *
 * Only what is durable moves it. What is on its way to the store may fail, and a mark beyond it would hide the hole from
 * every later resume.
 */
export class LowWater {
  /** Durable positions behind a gap. */
  private readonly doneAhead = new Set<number>();
  /** Those of them that have no item: not counted once the mark has passed, so a resume can go on counting. */
  private readonly holes = new Set<number>();
  private passedHoles = 0;

  constructor(private position: number) {}

  get mark(): Mark {
    return { position: this.position, holeCount: this.passedHoles };
  }

  /** This position has a durable result, or is not to be done. */
  markDone(index: number): void {
    if (index < this.position) return;
    if (index > this.position) {
      this.doneAhead.add(index);
      return;
    }
    // In order, as most are: only what lies behind a gap is kept.
    this.pass();
    while (this.doneAhead.delete(this.position)) this.pass();
  }

  /** The source has no item at this position. */
  markHole(index: number): void {
    if (index < this.position) return;
    this.holes.add(index);
    this.markDone(index);
  }

  /** Where the mark will be once these positions are durable too. */
  markWith(indexes: readonly number[]): Mark {
    if (!indexes.includes(this.position)) return this.mark;
    const own = new Set(indexes);
    let { position, holeCount } = this.mark;
    for (; own.has(position) || this.doneAhead.has(position); position++) if (this.holes.has(position)) holeCount++;
    return { position, holeCount };
  }

  private pass(): void {
    if (this.holes.delete(this.position)) this.passedHoles++;
    this.position++;
  }
}

export interface Mark {
  readonly position: number;
  /** Positions without an item that it has passed in this execution. */
  readonly holeCount: number;
}
