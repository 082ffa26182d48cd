/**
 * The events of one run as they are here: the newest fifty first, older ones when asked for, new ones as they come. Each is taken
 * by its number, once and in order; a hole is closed by asking for what is missing, so that what is shown is the store's history.
 */
import { ask, query, runPath } from "../api/client.js";
import type { EventPage, RunEvent } from "../api/types.js";
import { catchUp, isPaused, watchConnection } from "./connection.js";

const FIRST_COUNT = 50;
const PAGE_COUNT = 200;
/** Long runs: what was scrolled by far is asked for again. */
const ROWS_MAX = 5_000;

interface Shown {
  readonly rows: readonly RunEvent[];
  readonly head: number;
  readonly isWhole: boolean;
}

export class EventLog {
  private shown: Shown = { rows: [], head: 0, isWhole: true };
  private readonly listeners = new Set<() => void>();
  private source: EventSource | null = null;
  private isFilling = false;
  private isOpen = false;
  private onNew: () => void = () => undefined;

  constructor(private readonly runId: string) {}

  readonly get = (): Shown => this.shown;
  readonly watch = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Reads the newest, then follows. What is returned ends it. */
  open(head: number, onNew: () => void): () => void {
    this.onNew = onNew;
    this.isOpen = true;
    if (this.shown.rows.length === 0) {
      const after = Math.max(0, head - FIRST_COUNT);
      void this.load(after, head).finally(() => this.follow());
    } else this.follow();
    const unwatch = watchConnection(() => (isPaused() ? this.unfollow() : this.follow()));
    return () => {
      this.isOpen = false;
      unwatch();
      this.unfollow();
    };
  }

  /** The run has so many by now: where the stream is behind or was lost, what is missing is asked for. */
  sees(head: number): void {
    if (head > this.shown.head) this.show({ ...this.shown, head });
    if (!this.isOpen || isPaused()) return;
    if (this.last() < head) void this.fill();
    if (this.source?.readyState === EventSource.CLOSED) this.unfollow();
    this.follow();
  }

  async loadOlder(): Promise<void> {
    const first = this.shown.rows[0]?.seq ?? 1;
    if (first <= 1) return;
    const after = Math.max(0, first - 1 - PAGE_COUNT);
    const { rows } = await ask<EventPage>(runPath(this.runId, `/events${query({ after, limit: first - 1 - after })}`));
    this.take(rows);
  }

  private last(): number {
    return this.shown.rows.at(-1)?.seq ?? 0;
  }

  private async load(after: number, head: number): Promise<void> {
    try {
      const page = await ask<EventPage>(runPath(this.runId, `/events${query({ after, limit: PAGE_COUNT })}`));
      this.show({ ...this.shown, head: Math.max(head, page.head, this.shown.head) });
      this.take(page.rows);
    } catch {
      // The next head that is seen asks again.
    }
  }

  /** Asks for what is missing at the end, page by page. */
  private async fill(): Promise<void> {
    if (this.isFilling) return;
    this.isFilling = true;
    try {
      while (this.isOpen && this.last() < this.shown.head) {
        const before = this.last();
        catchUp(this.shown.head - before > 5 ? this.shown.head - before : 0);
        await this.load(before, this.shown.head);
        if (this.last() === before) break;
      }
    } finally {
      this.isFilling = false;
      catchUp(0);
    }
  }

  private follow(): void {
    if (!this.isOpen || this.source !== null || isPaused()) return;
    const after = this.last();
    const source = new EventSource(runPath(this.runId, `/events${query({ after })}`));
    this.source = source;
    source.addEventListener("error", () => {
      // 204: the run has ended, and nothing more comes. Else the browser tries again by itself.
      if (source.readyState === EventSource.CLOSED && this.source === source) this.source = null;
    });
    for (const type of STREAMED) {
      source.addEventListener(type, (message) => {
        const event = JSON.parse((message as MessageEvent<string>).data) as RunEvent;
        this.take([event]);
        this.onNew();
      });
    }
  }

  private unfollow(): void {
    this.source?.close();
    this.source = null;
  }

  /** By number: what is here already changes nothing; what lies ahead of a hole waits until the hole is asked for. */
  private take(events: readonly RunEvent[]): void {
    const { rows } = this.shown;
    const first = rows[0]?.seq ?? null;
    const last = rows.at(-1)?.seq ?? null;
    const head = Math.max(this.shown.head, events.at(-1)?.seq ?? 0);
    const older = first === null ? [] : events.filter(({ seq }) => seq < first);
    const newer: RunEvent[] = [];
    let next = last === null ? (events[0]?.seq ?? 1) : last + 1;
    for (const event of events) {
      if (event.seq !== next) continue;
      newer.push(event);
      next++;
    }
    const isJoined = older.length === 0 || older.at(-1)?.seq === (first ?? 0) - 1;
    const joined = [...(isJoined ? older : []), ...rows, ...newer];
    const kept = older.length === 0 && joined.length > ROWS_MAX ? joined.slice(-ROWS_MAX) : joined;
    this.show({ rows: kept, head, isWhole: (kept.at(-1)?.seq ?? 0) >= head });
    if (head > this.last() && !this.isFilling) void this.fill();
  }

  private show(next: Shown): void {
    this.shown = next;
    for (const listener of this.listeners) listener();
  }
}

/** Named events of the stream: all there are. A type that is new to this page is found by its number. */
const STREAMED = [
  "run.created",
  "run.claimed",
  "run.paused",
  "run.resumed",
  "run.recovered",
  "run.completed",
  "run.failed",
  "run.cancelled",
  "run.restarted",
  "run.handed_back",
  "stage.started",
  "stage.completed",
  "stage.failed",
  "stage.retrying",
  "checkpoint.saved",
  "gate.checked",
  "artifact.written",
  "lease.lost",
  "map.committed",
  "budget.reached",
  "drift.accepted",
  "log",
] as const;
