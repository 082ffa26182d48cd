// Time during which at least one statement was running: the union of all intervals, relative to which coordination
// overhead is measured. Kept as a running count, which costs two additions per statement.
export interface SqlTimes {
  /** Milliseconds from the first statement's start to the last one's end. */
  readonly wallMs: number;
  /** Milliseconds of these in which at least one statement was running. */
  readonly sqlMs: number;
}

export class SqlClock {
  private running = 0;
  private sinceMs = 0;
  private unionMs = 0;
  private firstMs: number | null = null;
  private lastMs = 0;

  constructor(private readonly nowMs: () => number) {}

  begin(): void {
    const now = this.nowMs();
    this.firstMs ??= now;
    if (this.running === 0) this.sinceMs = now;
    this.running++;
  }

  end(): void {
    const now = this.nowMs();
    this.lastMs = now;
    this.running--;
    if (this.running === 0) this.unionMs += now - this.sinceMs;
  }

  /** Resets the measurement, which restarts with the next statement. */
  reset(): void {
    this.firstMs = null;
    this.unionMs = 0;
    this.sinceMs = this.nowMs();
  }

  read(): SqlTimes {
    const open = this.running > 0 ? this.nowMs() - this.sinceMs : 0;
    const last = this.running > 0 ? this.nowMs() : this.lastMs;
    return { wallMs: this.firstMs === null ? 0 : last - this.firstMs, sqlMs: this.unionMs + open };
  }
}
