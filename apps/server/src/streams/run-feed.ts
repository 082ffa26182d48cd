/**
 * Feed of one run, read once for all watchers: its events as they happen, with the newest in memory, and its latest progress.
 * Hints say when to read; all data comes from the store. The feed serves both sockets and streams.
 */
import { type EventText, isFinished, type RunEvent, RunNotFoundError, type Timer } from "@holdfast/core";
import { type Holdfast, type RunSummary, type Runs, systemClock } from "@holdfast/engine";
import { type EventFrame, type ProgressFrame, REPLAY_COUNT_MAX, SNAPSHOT_EVENT_COUNT } from "@holdfast/protocol";
import { RecentEvents } from "./recent-events.js";

/** After a few events: the next ones are told almost at once. */
const READ_EVERY_MS = 20;
/** After many: nobody reads so fast, and whoever watches must not slow down who works. */
const READ_BUSY_EVERY_MS = 200;
const BUSY_COUNT = 10;
/** Hundreds at a time are a picture of pace, not lines that somebody reads. */
const READ_FLOOD_EVERY_MS = 500;
const FLOOD_COUNT = 100;
/** Events of one read, which is one frame. Of a flood more, which the store may then read where nobody works. */
const READ_COUNT = 200;
const READ_FLOOD_COUNT = 1_000;
/** People see no more than four states a second; of a flood, as many as it is read. */
const PROGRESS_EVERY_MS = 250;
/** A store that cannot be read now: the next hint, or this, tries again. */
const AGAIN_MS = 1_000;

/** What a feed tells. Must not throw. */
export interface FeedListener {
  readonly onEvents?: (feed: RunFeed, page: EventText) => void;
  readonly onProgress?: (feed: RunFeed, frame: ProgressFrame) => void;
  /** The run was deleted. */
  readonly onGone?: (feed: RunFeed) => void;
}

type Reading = Pick<Runs, "summary" | "events" | "eventText">;

export class RunFeed {
  /** Number of the newest event that was read. */
  head: number;
  /** Another run of the same id has another one. */
  readonly epoch: number;
  /** Newest state that was told. */
  progress: ProgressFrame;
  /** The run has ended, and no event comes after `head` unless somebody opens it again. */
  hasEnded: boolean;
  /** The run was deleted. */
  isGone = false;
  private readonly recent = new RecentEvents(REPLAY_COUNT_MAX);
  private readonly listeners = new Set<FeedListener>();
  private readonly waiting = new Set<() => void>();
  private readonly stop: () => void;
  private isClosed = false;
  private isReading = false;
  /** How many events the last read found. */
  private lastCount = 0;
  private isAgain = false;
  private readTimer: Timer | null = null;
  private progressTimer: Timer | null = null;
  private progressAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    holdfast: Holdfast,
    private readonly runs: Reading,
    readonly run: RunSummary,
    private readonly onEmpty: () => void,
    private readonly onTrouble: (error: unknown, runId: string) => void,
  ) {
    this.head = run.head;
    this.epoch = run.createdAt;
    this.hasEnded = isFinished(run.status);
    this.progress = progressOf(run);
    this.stop = holdfast.subscribe([run.id], ({ head }) => {
      if (head === null || head > this.head) this.read();
      this.readProgressSoon();
    });
    // Between the caller's read of the run and the subscription it may have moved.
    this.read();
  }

  get runId(): string {
    return this.run.id;
  }

  join(listener: FeedListener): void {
    this.listeners.add(listener);
  }

  leave(listener: FeedListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.isClosed = true;
    this.stop();
    this.readTimer?.cancel();
    this.progressTimer?.cancel();
    this.onEmpty();
  }

  /** Another server says that there is more. */
  hint(head: number | null): void {
    if (head === null || head > this.head) this.read();
  }

  /** Reads the run whatever was heard: hints may be lost. */
  async look(): Promise<void> {
    await this.readProgress();
  }

  /** The events after `after` up to `head` at least, a page at most: from memory while they are there, else from the store. */
  async eventsAfter(after: number, head: number): Promise<readonly RunEvent[]> {
    if (this.head >= head) {
      if (after >= this.head) return [];
      const kept = this.recent.after(after, REPLAY_COUNT_MAX);
      if (kept !== null) return kept;
    }
    return this.runs.events(this.runId, { after, limit: REPLAY_COUNT_MAX });
  }

  /** The newest events up to number `head`, as a snapshot brings them along. */
  async eventsUpTo(head: number): Promise<readonly RunEvent[]> {
    const after = Math.max(0, head - SNAPSHOT_EVENT_COUNT);
    const rows = await this.runs.events(this.runId, { after, limit: SNAPSHOT_EVENT_COUNT });
    return rows.filter(({ seq }) => seq <= head);
  }

  /** Resolves once there is more than `last`, the run has ended or is gone, `withinMs` are over or `signal` aborts. */
  changed(last: number, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.head > last || this.hasEnded || this.isGone || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        signal.removeEventListener("abort", wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = systemClock.setTimer(withinMs, wake);
      signal.addEventListener("abort", wake);
      this.waiting.add(wake);
    });
  }

  /** One read at a time; hints that come during it, or soon after it, share the next one. */
  private read(): void {
    if (this.isClosed) return;
    if (this.isReading || this.readTimer !== null) {
      this.isAgain = true;
      return;
    }
    this.isReading = true;
    this.isAgain = false;
    // After the turn in which the hint came: of several, one read.
    setImmediate(() => {
      this.readEvents()
        .catch((error) => this.fail(error))
        .finally(() => {
          this.isReading = false;
          if (this.isClosed) return;
          this.readTimer = systemClock.setTimer(pauseAfter(this.lastCount), () => {
            this.readTimer = null;
            if (this.isAgain) this.read();
          });
        });
    });
  }

  private async readEvents(): Promise<void> {
    const before = this.lastCount;
    this.lastCount = 0;
    for (;;) {
      const after = this.head;
      const isFlood = this.lastCount >= READ_COUNT || before > FLOOD_COUNT;
      const page = await this.runs.eventText(this.runId, { after, limit: isFlood ? READ_FLOOD_COUNT : READ_COUNT });
      if (page.lastSeq === null || this.isClosed) return;
      this.head = page.lastSeq;
      this.lastCount += page.count;
      this.recent.add(after, page.lastSeq, page);
      this.hasEnded = false;
      for (const listener of [...this.listeners]) listener.onEvents?.(this, page);
      this.wakeAll();
      // Whether the run has ended is the run's to say, not the event's.
      if (page.isOfRun) await this.readProgress();
      if (page.isLast) return;
    }
  }

  private readProgressSoon(): void {
    if (this.progressTimer !== null || this.isClosed) return;
    const everyMs = Math.max(PROGRESS_EVERY_MS, pauseAfter(this.lastCount));
    const dueInMs = this.progressAtMs + everyMs - systemClock.monotonicMs();
    this.progressTimer = systemClock.setTimer(Math.max(0, dueInMs), () => {
      this.progressTimer = null;
      this.readProgress().catch((error) => this.fail(error));
    });
  }

  private async readProgress(): Promise<void> {
    this.progressAtMs = systemClock.monotonicMs();
    const run = await findSummary(this.runs, this.runId);
    if (this.isClosed) return;
    if (run === null || run.createdAt !== this.epoch) {
      this.isGone = true;
      for (const listener of [...this.listeners]) listener.onGone?.(this);
      this.wakeAll();
      return;
    }
    if (run.head > this.head) this.read();
    this.hasEnded = isFinished(run.status) && run.head === this.head;
    const frame = progressOf(run);
    if (!isSame(frame, this.progress)) {
      this.progress = frame;
      for (const listener of [...this.listeners]) listener.onProgress?.(this, frame);
    }
    this.wakeAll();
  }

  private fail(error: unknown): void {
    if (this.isClosed) return;
    this.onTrouble(error, this.runId);
    systemClock.setTimer(AGAIN_MS, () => this.read());
  }

  private wakeAll(): void {
    for (const wake of [...this.waiting]) wake();
  }
}

function pauseAfter(count: number): number {
  if (count > FLOOD_COUNT) return READ_FLOOD_EVERY_MS;
  return count > BUSY_COUNT ? READ_BUSY_EVERY_MS : READ_EVERY_MS;
}

/** Events as they are sent: the same objects, whose types the protocol leaves open for newer servers. */
export const toFrames = (events: readonly RunEvent[]): EventFrame[] => events as unknown as EventFrame[];

async function findSummary(runs: Reading, runId: string): Promise<RunSummary | null> {
  try {
    return await runs.summary(runId);
  } catch (error) {
    if (error instanceof RunNotFoundError) return null;
    throw error;
  }
}

export function progressOf(run: RunSummary): ProgressFrame {
  const { id, status, reason, wish, progress, published, revision, head, updatedAt } = run;
  const etaMs = progress.etaMs === null ? null : [...progress.etaMs];
  return {
    runId: id,
    epoch: run.createdAt,
    head,
    at: updatedAt,
    status,
    reason,
    wish: wish === null ? null : { ...wish },
    progress: { ...progress, etaMs },
    published: published?.map((one) => ({ ...one })),
    revision,
  };
}

/** Apart from the number of the newest event, which events tell, and times that pass by themselves. */
function isSame(a: ProgressFrame, b: ProgressFrame): boolean {
  return (
    a.revision === b.revision &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.wish?.kind === b.wish?.kind &&
    a.progress.done === b.progress.done &&
    a.progress.total === b.progress.total &&
    a.progress.failed === b.progress.failed &&
    a.progress.label === b.progress.label &&
    newestOf(a) === newestOf(b)
  );
}

/** When the newest value was published. */
const newestOf = ({ published = [] }: ProgressFrame) => Math.max(0, ...published.map(({ at }) => at));

/** The feeds of one server, by run. */
export class RunFeeds {
  private readonly feeds = new Map<string, RunFeed>();
  /** Hears of runs from other servers, where there is such a thing. */
  private bus: { readonly watch: (runId: string) => void; readonly unwatch: (runId: string) => void } | null = null;

  constructor(
    private readonly holdfast: Holdfast,
    private readonly onTrouble: (error: unknown, runId: string) => void = () => {},
  ) {}

  /** The run's feed, opened by the first who joins it and closed by the last who leaves. */
  join(run: RunSummary, listener: FeedListener): RunFeed {
    let feed = this.feeds.get(run.id);
    if (feed === undefined || feed.isGone || feed.epoch !== run.createdAt) {
      const made: RunFeed = new RunFeed(
        this.holdfast,
        this.holdfast.runs,
        run,
        () => {
          if (this.feeds.get(run.id) !== made) return;
          this.feeds.delete(run.id);
          this.bus?.unwatch(run.id);
        },
        this.onTrouble,
      );
      this.feeds.set(run.id, made);
      this.bus?.watch(run.id);
      feed = made;
    }
    feed.join(listener);
    feed.hint(run.head);
    return feed;
  }

  /** What others say of runs that are watched comes over this, and ends with null. */
  listenOn(bus: typeof this.bus): void {
    this.bus = bus;
    if (bus !== null) for (const runId of this.feeds.keys()) bus.watch(runId);
  }

  hint(runId: string, head: number | null): void {
    this.feeds.get(runId)?.hint(head);
  }

  /** Hints may have been missed. */
  hintAll(): void {
    for (const feed of this.feeds.values()) feed.hint(null);
  }
}
