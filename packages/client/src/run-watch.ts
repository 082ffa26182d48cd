/**
 * Watch of one run: its state, which is the newest snapshot with the events after it, and its events, each exactly once and in
 * order. Lost events are detected by their numbers and requested: after a gap, a reconnect, or a head that is ahead.
 */
import type { EventFrame, ProgressFrame, SyncAnswer } from "@holdfast/protocol";
import { EventOrder } from "./event-order.js";
import type { Http, Problem } from "./http.js";
import { readEvents } from "./http-sync.js";
import type { SyncWish } from "./links.js";
import { applyProgress, type ClientRun, reduceEvents } from "./reduce.js";
import { Watched } from "./stores.js";

/** State of a watched run. */
export interface RunState {
  readonly runId: string;
  /** `gone`: deleted, or not visible to this caller. `refused`: see `problem`. The last known state is kept. */
  readonly kind: "loading" | "ready" | "gone" | "refused";
  /** The run as of the newest received event; null while loading. Outputs are not pushed: request them over HTTP. */
  readonly run: ClientRun | null;
  /** The newest received events, oldest first; at most `keepEvents`. */
  readonly events: readonly EventFrame[];
  /** Number of the newest event that the run is known to have. */
  readonly head: number;
  /** Number of the last received event: below `head` while catching up. */
  readonly last: number;
  readonly problem: Problem | null;
}

/** Source of missing events for a watch: the connection of its client. */
export interface Asks {
  readonly isUp: boolean;
  readonly isPaused: boolean;
  /** Rejects if the link is down. */
  sync(wish: SyncWish): Promise<SyncAnswer>;
}

export interface WatchOptions {
  /** Passes every event after this number to `onEvent`, however many there are. Default: new events, and the newest 50. */
  readonly after?: number | undefined;
  /** Number of events that `state` keeps. Default 200. */
  readonly keepEvents?: number | undefined;
}

/** Delay before a gap is requested: a frame that is on its way often closes it. */
const GAP_MS = 300;
/** Delay for an event to arrive by itself after a head announces it. */
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
  /** The next state to publish, and the events to deliver with it. */
  private draft: RunState;
  private readonly given: EventFrame[] = [];
  private order: EventOrder | null = null;
  private epoch: number | null = null;
  /** The initial snapshot contains the events up to this number. */
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

  /** Calls `listener` for each event, once and in order. Returns a function that unsubscribes. */
  readonly onEvent = (listener: (event: EventFrame) => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.listeners.clear();
  }

  /** Loads a page of events before the first one that is kept. They count towards `keepEvents` like all others. */
  readonly loadOlder = async (): Promise<void> => {
    const first = this.draft.events[0]?.seq ?? this.draft.last + 1;
    if (first <= 1 || this.isReadingOlder) return;
    const { epoch } = this;
    this.isReadingOlder = true;
    try {
      const after = Math.max(0, first - 1 - OLDER_COUNT);
      const { rows } = await readEvents(this.http, this.runId, after, first - 1 - after);
      const { events } = this.draft;
      // In the meantime the run was created again, or a snapshot replaced the kept events.
      if (epoch !== this.epoch || rows.at(-1)?.seq !== (events[0]?.seq ?? this.draft.last + 1) - 1) return;
      this.show({ events: [...rows, ...events] });
      this.publish();
    } catch {
      // The connection shows the failure; the caller can try again.
    } finally {
      this.isReadingOlder = false;
    }
  };

  /** Requests what is missing, because the link is new or reported a loss. */
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
      // First the state; earlier events follow page by page.
      const wantsEvery = this.options.after !== undefined && this.order !== null;
      const after = this.order?.last ?? null;
      const answer = await this.connection.sync({ runId: this.runId, after, epoch: this.epoch, wantsEvery });
      if (!this.isClosed) this.take(answer, after ?? 0);
      this.tries = 0;
    } catch {
      // The link was lost or does not answer; its successor or the next attempt syncs.
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

  /** `asked` is the number of the last known event at the time of the request. */
  private take(answer: SyncAnswer, asked: number): void {
    if (answer.kind === "refused") {
      this.show({ kind: answer.problem.status === 404 ? "gone" : "refused", problem: answer.problem });
      this.publish();
      return;
    }
    // A restored store has fewer events than the client knew. An answer that was overtaken by pushes does not.
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
      // The page had some of the events but not all: request the next one at once.
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
      // A run that was created again is delivered from its beginning to callers that want every event.
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
      // A caller that wants every event skips none, however far behind the server considers it.
      this.order.sees(head);
      this.order.take(events);
      return;
    }
    // Too far behind for all events: the state and the kept events are as of the head.
    const from = Math.max(this.order.last, (events[0]?.seq ?? head + 1) - 1);
    if (from > this.order.last) this.show({ events: [] });
    this.order.jump(from);
    this.order.sees(head);
    this.order.take(events);
  }

  /** Publishes the frame together with the events that it was ahead of, so that a run shown as ended has its final event. */
  private applyProgress(): void {
    const { progress } = this;
    const { run } = this.draft;
    if (progress === null || run === null || progress.head > Math.max(run.head, this.order?.last ?? 0)) return;
    this.progress = null;
    this.show({ run: applyProgress(run, progress) });
  }

  /** Publishes the progress, and closes a remaining gap after a delay. */
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
      // The events are on their way: for a run that writes fast, the head is always ahead of them.
      if (order?.isBehind && order.last !== last && this.tries === 0) this.syncSoon(ms);
      else if (order === null || order.isBehind || this.tries > 0) void this.sync();
    }, ms);
  }

  private show(change: Partial<RunState>): void {
    const names = Object.keys(change) as (keyof RunState)[];
    if (names.some((name) => change[name] !== this.draft[name])) this.draft = { ...this.draft, ...change };
  }

  /** Publishes the changes of one frame together: first the state, then its events. */
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
