/**
 * Hints of changes between processes: each tells the others by NOTIFY which runs its commits have changed, after them and never
 * within them (in a write's transaction it would make all commits wait for each other), a few times a second and together.
 * Whoever watches looks at these runs then, and at all that it watches once a second: a hint may be lost, a row is not.
 */
import { CHANGE_HINT_MS, type ChangeListener, type ChangeTopic, type RunId, type Unsubscribe } from "@holdfast/core";
import type pg from "pg";
import type { Database } from "./database.js";
import { type ChangeState, listChangeStates } from "./sql/change-states.js";
import { after, every } from "./timers.js";

/** What gathers before it is told: a tenth of the bound, so that a busy process sends a few dozen a second. */
const TELL_AFTER_MS = CHANGE_HINT_MS / 10;
/** A message of NOTIFY holds 8,000 bytes. More runs than fit are told as any run. */
const MESSAGE_CHARS_MAX = 7_000;
const LOOK_EVERY_MS = 1_000;
const RECONNECT_MS = 500;

interface WatchedRun {
  readonly listeners: Set<ChangeListener>;
  /** As it looked last; undefined before the first look, null for a run that is not there. */
  seen: ChangeState | null | undefined;
}

export class ChangeFeed {
  private readonly runs = new Map<RunId, WatchedRun>();
  private readonly everything = new Set<ChangeListener>();
  private readonly untold = new Set<ChangeTopic>();
  private stopTeller: (() => void) | null = null;
  private telling: Promise<void> = Promise.resolve();
  private listening: { readonly stop: () => Promise<void> } | null = null;
  private looking: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly db: Database,
    /** Null where no connection is to the server itself: then a hint is what a look finds. */
    private readonly makeClient: (() => pg.Client) | null,
    private readonly channel: string,
  ) {}

  /** A commit of this process has changed the run. */
  tell(topic: ChangeTopic): void {
    if (this.isClosed) return;
    this.untold.add(topic);
    this.stopTeller ??= after(TELL_AFTER_MS, () => this.send());
  }

  subscribe(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe {
    if (this.isClosed || topics.length === 0) return () => {};
    // One set entry for each subscription, also where two of them share a function.
    const listener: ChangeListener = (change) => onChange(change);
    const added: RunId[] = [];
    for (const topic of topics) {
      if (topic === "*") this.everything.add(listener);
      else {
        const watched = this.runs.get(topic) ?? { listeners: new Set(), seen: undefined };
        if (watched.seen === undefined) added.push(topic);
        watched.listeners.add(listener);
        this.runs.set(topic, watched);
      }
    }
    this.listening ??= this.listen();
    this.look(added);
    return () => {
      this.everything.delete(listener);
      for (const topic of topics) {
        if (topic === "*") continue;
        const watched = this.runs.get(topic);
        watched?.listeners.delete(listener);
        if (watched?.listeners.size === 0) this.runs.delete(topic);
      }
      if (this.runs.size === 0 && this.everything.size === 0) this.stopListening();
    };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.send();
    this.isClosed = true;
    this.runs.clear();
    this.everything.clear();
    this.stopListening();
    await Promise.all([this.telling, this.looking]);
  }

  private send(): void {
    this.stopTeller?.();
    this.stopTeller = null;
    if (this.untold.size === 0) return;
    const list = [...this.untold].join(",");
    this.untold.clear();
    const message = list.length > MESSAGE_CHARS_MAX ? "*" : list;
    this.telling = this.db
      .readTimeless((ctx) => ctx.run("SELECT pg_notify(?, ?)", this.channel, message))
      // What is not told is seen at the next look.
      .then(
        () => {},
        () => {},
      );
  }

  private stopListening(): void {
    const { listening } = this;
    this.listening = null;
    if (listening !== null) void listening.stop();
  }

  /** One connection that hears; a lost one is made again, and then everything is looked at. */
  private listen(): { readonly stop: () => Promise<void> } {
    let client: pg.Client | null = null;
    let isStopped = false;
    let stopWaiting: (() => void) | null = null;
    const { makeClient } = this;
    const connect = async () => {
      if (makeClient === null) return;
      const made = makeClient();
      const lose = () => {
        if (client === made) client = null;
        void made.end().catch(() => {});
        if (isStopped || stopWaiting !== null) return;
        stopWaiting = after(RECONNECT_MS, () => {
          stopWaiting = null;
          void connect();
        });
      };
      made.on("error", lose);
      made.on("end", lose);
      made.on("notification", ({ payload }) => this.heard(payload ?? "*"));
      try {
        await made.connect();
        await made.query(`LISTEN "${this.channel.replaceAll('"', '""')}"`);
        client = made;
        if (isStopped) void made.end();
        // What was told before this connection listened was not heard.
        else this.heard("*");
      } catch {
        lose();
      }
    };
    void connect();
    const stopLooking = every(LOOK_EVERY_MS, () => this.look([...this.runs.keys()]));
    return {
      stop: async () => {
        isStopped = true;
        stopLooking();
        stopWaiting?.();
        await client?.end().catch(() => {});
      },
    };
  }

  private heard(message: string): void {
    const topics = new Set(message.split(","));
    const watched = [...this.runs.keys()];
    this.look(topics.has("*") ? watched : watched.filter((runId) => topics.has(runId)));
    for (const listener of [...this.everything]) listener({ runId: null, head: null });
  }

  /** Reads how these runs look, one read after the other, and gives a hint of those that look different. */
  private look(runIds: readonly RunId[]): void {
    if (runIds.length === 0) return;
    this.looking = this.looking.then(async () => {
      if (this.isClosed) return;
      let found: ReadonlyMap<string, ChangeState>;
      try {
        found = await this.db.readTimeless((ctx) => listChangeStates(ctx, runIds));
      } catch {
        // Looked at again in a moment; whoever reads the store hears why.
        return;
      }
      for (const runId of runIds) this.compare(runId, found.get(runId) ?? null);
    });
  }

  private compare(runId: RunId, state: ChangeState | null): void {
    const watched = this.runs.get(runId);
    if (watched === undefined) return;
    const { seen } = watched;
    watched.seen = state;
    // A commit between the subscription and the first look is in what that look sees: what is there is told, once too often.
    if (state?.head === seen?.head && state?.look === seen?.look) return;
    for (const listener of [...watched.listeners]) listener({ runId, head: state?.head ?? null });
  }
}
