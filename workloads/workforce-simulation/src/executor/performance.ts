// Where the time of a simulation went: for each year the critical path, idle connections, and the part that neither SQL
// nor waiting for it explains. Coordination overhead is wall time, from the first model's start to the last commit's
// end, minus the time in which at least one statement was running.
import type { SqlClock } from "../database/sql-clock.js";
import type { ComputedYear } from "./year.js";

export interface YearPerformance {
  readonly year: number;
  /** Milliseconds from the year's first model to its last. */
  readonly wallMs: number;
  /** Sum over all models: the time that a single connection would take. */
  readonly busyMs: number;
  /** The longest chain of models, a lower bound for any number of connections. */
  readonly criticalPathMs: number;
  /** Share of connection time in which nothing ran. */
  readonly idleShare: number;
  readonly hits: number;
  readonly misses: number;
}

export interface PerformanceReport {
  readonly wallMs: number;
  readonly sqlMs: number;
  /** wallMs − sqlMs. */
  readonly overheadMs: number;
  readonly years: readonly YearPerformance[];
  readonly cache: { readonly hits: number; readonly misses: number; readonly savedMs: number };
}

export class Performance {
  private readonly years = new Map<number, YearPerformance>();
  private readonly costs = new Map<string, number>();
  private hasBegun = false;
  private frozen: { wallMs: number; sqlMs: number } | null = null;
  private savedMs = 0;
  private reusedCount = 0;

  constructor(private readonly clock: SqlClock) {}

  /** Milliseconds of a model in the last measured year. Before any measurement 1, so that paths are measured in steps. */
  costOf(name: string): number {
    return this.costs.get(name) ?? 1;
  }

  /** Call before the first model of a session. */
  start(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.clock.reset();
  }

  add(computed: ComputedYear, connectionCount: number): void {
    const { year, timings, wallMs, criticalPathMs } = computed;
    for (const { name, ms, isHit } of timings) {
      if (!isHit) this.costs.set(name, ms);
    }
    this.savedMs += timings.reduce((sum, { savedMs }) => sum + savedMs, 0);
    const busyMs = timings.reduce((sum, { ms }) => sum + ms, 0);
    this.years.set(year, {
      year,
      wallMs,
      busyMs,
      criticalPathMs,
      idleShare: Math.max(0, 1 - busyMs / (connectionCount * Math.max(wallMs, 0.001))),
      hits: timings.filter(({ isHit }) => isHit).length,
      misses: timings.filter(({ isHit }) => !isHit).length,
    });
  }

  /** Call at the end of each commit. What comes after it, such as reports, is not part of the simulation. */
  committed(): void {
    const { wallMs, sqlMs } = this.clock.read();
    this.frozen = { wallMs, sqlMs };
  }

  /** Years that the file already had: all of their models count as reused. */
  reused(modelCount: number, savedMs: number): void {
    this.reusedCount += modelCount;
    this.savedMs += savedMs;
  }

  /** Returns how many connections the first year could have kept busy: its total work divided by its longest chain. */
  usefulConnections(): number {
    const [first] = this.years.values();
    return first === undefined
      ? 1
      : Math.max(1, Math.ceil(first.busyMs / Math.max(first.criticalPathMs, 0.001) - 0.05));
  }

  report(): PerformanceReport {
    const { wallMs, sqlMs } = this.frozen ?? { wallMs: 0, sqlMs: 0 };
    const years = [...this.years.values()].sort((a, b) => a.year - b.year);
    const sum = (of: "hits" | "misses") => years.reduce((total, year) => total + year[of], 0);
    return {
      wallMs,
      sqlMs,
      overheadMs: Math.max(0, wallMs - sqlMs),
      years,
      cache: { hits: sum("hits") + this.reusedCount, misses: sum("misses"), savedMs: this.savedMs },
    };
  }
}
