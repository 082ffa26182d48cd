/**
 * One run, watched: its state as the newest snapshot with the events after it, and its events, each exactly once and in order.
 * Whatever is lost on the way is found by its number and asked for: after a gap, a reconnect, a head that is ahead.
 */
import type { EventFrame, ProgressFrame, SyncAnswer } from "@holdfast/protocol";
import { EventOrder } from "./event-order.js";
import type { Http, Problem } from "./http.js";
import { readEvents } from "./http-sync.js";
import type { SyncWish } from "./links.js";
import { applyProgress, type ClientRun, reduceEvents } from "./reduce.js";
import { Watched } from "./stores.js";

/** What is known of a run. */
export interface RunState {
  readonly runId: string;
  /** `gone`: deleted, or not this caller's to see. `refused`: see `problem`. What was known stays. */
  readonly kind: "loading" | "ready" | "gone" | "refused";
  /** As of the newest event that was seen; null while loading. Outputs are not pushed: ask for them over HTTP. */
  readonly run: ClientRun | null;
  /** The newest events that were seen, oldest first; at most `keepEvents`. */
  readonly events: readonly EventFrame[];
  /** Number of the newest event that the run is known to have. */
  readonly head: number;
  /** Number of the last event that was seen: below `head` while catching up. */
  readonly last: number;
  readonly problem: Problem | null;
}

/** Where a watch asks for what it lacks: the connection of its client. */
export interface Asks {
  readonly isUp: boolean;
  readonly isPaused: boolean;
  /** Rejects where the link is down. */
  sync(wish: SyncWish): Promise<SyncAnswer>;
}

export interface WatchOptions {
  /** Every event after this number is given to `onEvent`, however many there are. Default: those from now on, and the newest 50. */
  readonly after?: number | undefined;
  /** How many events `state` keeps. Default 200. */
  readonly keepEvents?: number | undefined;
}

/** A gap often closes by itself, by a frame that is on its way. */
const GAP_MS = 300;
/** Time for the event that a head tells of to arrive by itself. */
const HEAD_MS = 1_000;
const EARLY_COUNT_MAX = 500;
const KEEP_DEFAULT = 200;
const OLDER_COUNT = 200;

export const loadingRun = (runId: string, after = 0): RunState => ({
  runId,
  kind: "loading",
  run: null,
  events: [],
  head: 0,
  last: after,
  problem: null,
});

export class RunWatch {
  readonly state: Watched<RunState>;
  private readonly listeners = new Set<(event: EventFrame) => void>();
  /** The state that is shown next, and the events that are given with it. */
  private draft: RunState;
  private readonly given: EventFrame[] = [];
  private order: EventOrder | null = null;
  private epoch: number | null = null;
  /** Events up to here are in the snapshot that the state began with. */
  private stateSeq = 0;
  private readonly early: EventFrame[] = [];
  /** The newest frame of progress, while it is ahead of the events. */
  private progress: ProgressFrame | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isSyncing = false;
  private isAgain = false;
  private isClosed = false;
  private tries = 0;
  private isReadingOlder = false;

  constructor(
    private readonly connection: Asks,
    private readonly http: Http,
    private readonly runId: string,
    private readonly options: WatchOptions,
    private readonly random: () => number,
  ) {
    this.draft = loadingRun(runId, options.after);
    this.state = new Watched(this.draft);
  }

  /** Calls `listener` for each event, once and in order; returns the end of it. */
  readonly onEvent = (listener: (event: EventFrame) => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.listeners.clear();
  }

  /** Adds events before the first one that is kept, a page of them. They count for `keepEvents` like any other. */
  readonly loadOlder = async (): Promise<void> => {
    const first = this.draft.events[0]?.seq ?? this.draft.last + 1;
    if (first <= 1 || this.isReadingOlder) return;
    const { epoch } = this;
    this.isReadingOlder = true;
    try {
      const after = Math.max(0, first - 1 - OLDER_COUNT);
      const { rows } = await readEvents(this.http, this.runId, after, first - 1 - after);
      const { events } = this.draft;
      // Meanwhile the run was created anew, or a snapshot took the place of what was kept.
      if (epoch !== this.epoch || rows.at(-1)?.seq !== (events[0]?.seq ?? this.draft.last + 1) - 1) return;
      this.show({ events: [...rows, ...events] });
      this.publish();
    } catch {
      // The connection shows it; who wants them asks again.
    } finally {
      this.isReadingOlder = false;
    }
  };

  /** Asks for what is missing: the link is new, or said that it lost something. */
  async sync(): Promise<void> {
    if (this.isClosed || !(this.connection.isUp || (this.connection.isPaused && this.order === null))) return;
    if (this.isSyncing) {
      this.isAgain = true;
      return;
    }
    this.isSyncing = true;
    this.isAgain = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    try {
      // The state first; events from an older number on follow it page by page.
      const wantsEvery = this.options.after !== undefined && this.order !== null;
      const after = this.order?.last ?? null;
      const answer = await this.connection.sync({ runId: this.runId, after, epoch: this.epoch, wantsEvery });
      if (!this.isClosed) this.take(answer, after ?? 0);
      this.tries = 0;
    } catch {
      // The link was lost or does not answer: its successor syncs, or the next try does.
      this.tries += 1;
      this.syncSoon(HEAD_MS * Math.min(16, 2 ** this.tries));
    } finally {
      this.isSyncing = false;
    }
    if (this.isAgain) void this.sync();
  }

  takeEvents(epoch: number, head: number, events: readonly EventFrame[]): void {
    if (this.order === null) {
      if (this.early.length < EARLY_COUNT_MAX) this.early.push(...events);
      return;
    }
    if (epoch !== this.epoch) return void this.sync();
    this.order.sees(head);
    this.order.take(events);
    this.settle(GAP_MS);
  }

  takeProgress(frame: ProgressFrame): void {
    if (this.order === null || frame.epoch !== this.epoch) return;
    this.progress = frame;
    this.takeHead(frame.epoch, frame.head);
  }

  takeHead(epoch: number, head: number): void {
    if (this.order === null) return;
    if (epoch !== this.epoch) return void this.sync();
    this.order.sees(head);
    this.settle(HEAD_MS);
  }

  takeGone(): void {
    this.show({ kind: "gone" });
    this.publish();
  }

  /** `asked` is the number of the last event that was had when it was asked. */
  private take(answer: SyncAnswer, asked: number): void {
    if (answer.kind === "refused") {
      this.show({ kind: answer.problem.status === 404 ? "gone" : "refused", problem: answer.problem });
      this.publish();
      return;
    }
    // A store that was restored has fewer events than were had. An answer that pushes overtook on its way has not.
    const isVoid = this.order !== null && (answer.epoch !== this.epoch || answer.head < asked);
    if (this.order !== null && !isVoid && answer.head < this.order.last) {
      this.settle(HEAD_MS);
      return;
    }
    this.epoch = answer.epoch;
    if (answer.kind === "snapshot") this.takeSnapshot(answer, isVoid);
    else if (isVoid) {
      this.order = null;
      this.isAgain = true;
    } else {
      this.order?.sees(answer.head);
      this.order?.take(answer.events);
      // A page that brought something and not all: the next one at once.
      if (this.order?.isBehind && answer.events.length > 0) this.isAgain = true;
    }
    this.settle(HEAD_MS);
  }

  private takeSnapshot(answer: Extract<SyncAnswer, { kind: "snapshot" }>, isVoid: boolean): void {
    const { run, events, head } = answer;
    const { after } = this.options;
    this.stateSeq = head;
    this.show({ kind: "ready", run, problem: null });
    if (this.order === null || isVoid) {
      // A run that was created anew is given from its beginning to who wants every event.
      const from = after === undefined ? Math.max(0, (events[0]?.seq ?? head + 1) - 1) : isVoid ? 0 : after;
      this.show({ events: [], last: from });
      this.order = new EventOrder(from, (event) => this.given.push(event));
      this.order.sees(head);
      this.order.take(events);
      this.order.take(this.early.splice(0));
      if (this.order.isBehind) this.isAgain = true;
      return;
    }
    if (after !== undefined) {
      // Whoever wants every event skips none, whatever the server thinks of the distance.
      this.order.sees(head);
      this.order.take(events);
      return;
    }
    // Too far behind to be told all: the state is as of the head, and so are the events that are kept.
    const from = Math.max(this.order.last, (events[0]?.seq ?? head + 1) - 1);
    if (from > this.order.last) this.show({ events: [] });
    this.order.jump(from);
    this.order.sees(head);
    this.order.take(events);
  }

  /** Together with the events that it is ahead of: a run that is shown as ended has its end. */
  private applyProgress(): void {
    const { progress } = this;
    const { run } = this.draft;
    if (progress === null || run === null || progress.head > Math.max(run.head, this.order?.last ?? 0)) return;
    this.progress = null;
    this.show({ run: applyProgress(run, progress) });
  }

  /** Shows how far it is, and closes what gap is left in a moment. */
  private settle(ms: number): void {
    const { order } = this;
    if (order !== null) {
      this.show({ head: order.head, last: order.last });
      if (order.isBehind) this.syncSoon(Math.round(ms * (0.67 + 0.66 * this.random())));
    }
    this.publish();
  }

  private syncSoon(ms: number): void {
    if (this.timer !== null || this.isClosed) return;
    const last = this.order?.last;
    this.timer = setTimeout(() => {
      this.timer = null;
      const { order } = this;
      // They are coming: of a run that writes fast, the head is always ahead of what has arrived.
      if (order?.isBehind && order.last !== last && this.tries === 0) this.syncSoon(ms);
      else if (order === null || order.isBehind || this.tries > 0) void this.sync();
    }, ms);
  }

  private show(change: Partial<RunState>): void {
    const names = Object.keys(change) as (keyof RunState)[];
    if (names.some((name) => change[name] !== this.draft[name])) this.draft = { ...this.draft, ...change };
  }

  /** What one frame changed is seen at once: the state first, then its events. */
  private publish(): void {
    const given = this.given.splice(0);
    const last = given.at(-1);
    if (last !== undefined) {
      const kept = [...this.draft.events, ...given].slice(-(this.options.keepEvents ?? KEEP_DEFAULT));
      const { run } = this.draft;
      const isNew = ({ seq }: EventFrame) => seq > this.stateSeq;
      this.show({ events: kept, last: last.seq, run: run === null ? null : reduceEvents(run, given.filter(isNew)) });
    }
    this.applyProgress();
    this.state.set(this.draft);
    for (const event of given) for (const listener of [...this.listeners]) listener(event);
  }
}
