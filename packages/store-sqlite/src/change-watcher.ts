/**
 * Hints of changes over one file. SQLite tells whether another connection has committed (`PRAGMA data_version`) and not
 * what; so a commit is followed by one read of the watched runs, and those that look different give a hint. While nobody
 * commits, a look costs some microseconds and reads no row.
 */
import { CHANGE_HINT_MS, type ChangeListener, type ChangeTopic, type RunId, type Unsubscribe } from "@holdfast/core";
import type { SqlContext } from "./context.js";
import { type ChangeState, listChangeStates } from "./sql/change-states.js";
import { lookEvery } from "./wait.js";

/** The rest of `CHANGE_HINT_MS` is for a timer that fires late. */
const LOOK_EVERY_MS = CHANGE_HINT_MS - 100;

interface WatchedRun {
  readonly listeners: Set<ChangeListener>;
  /** As it looked last; undefined before the first look, null for a run that is not there. */
  seen: ChangeState | null | undefined;
}

export class ChangeWatcher {
  private readonly runs = new Map<RunId, WatchedRun>();
  private readonly everything = new Set<ChangeListener>();
  private version: number | null = null;
  private stopLooking: (() => void) | null = null;
  private isClosed = false;

  constructor(private readonly ctx: SqlContext) {}

  subscribe(topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe {
    if (this.isClosed || topics.length === 0) return () => {};
    // One set entry for each subscription, also where two of them share a function.
    const listener: ChangeListener = (change) => onChange(change);
    if (this.stopLooking === null) {
      this.version = this.readVersion();
      this.stopLooking = lookEvery(LOOK_EVERY_MS, () => this.look());
    }
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
    this.readStates(added);
    return () => {
      this.everything.delete(listener);
      for (const topic of topics) {
        if (topic === "*") continue;
        const watched = this.runs.get(topic);
        watched?.listeners.delete(listener);
        if (watched?.listeners.size === 0) this.runs.delete(topic);
      }
      if (this.runs.size === 0 && this.everything.size === 0) this.stop();
    };
  }

  close(): void {
    this.isClosed = true;
    this.runs.clear();
    this.everything.clear();
    this.stop();
  }

  private stop(): void {
    this.stopLooking?.();
    this.stopLooking = null;
  }

  private look(): void {
    const version = this.readVersion();
    // A file that cannot be read now is looked at again in a moment; whoever reads it hears why.
    if (version === null || version === this.version) return;
    const changed = this.readStates([...this.runs.keys()]);
    if (changed === null) return;
    this.version = version;
    for (const [runId, head] of changed) {
      for (const listener of this.runs.get(runId)?.listeners ?? []) listener({ runId, head });
    }
    for (const listener of [...this.everything]) listener({ runId: null, head: null });
  }

  /** Which of these runs look different than before, and their heads; null where the file cannot be read now. */
  private readStates(runIds: readonly RunId[]): ReadonlyMap<RunId, number | null> | null {
    if (runIds.length === 0) return new Map();
    let found: ReadonlyMap<string, ChangeState>;
    try {
      found = listChangeStates(this.ctx, runIds);
    } catch {
      return null;
    }
    const changed = new Map<RunId, number | null>();
    for (const runId of runIds) {
      const watched = this.runs.get(runId);
      if (watched === undefined) continue;
      const state = found.get(runId) ?? null;
      const { seen } = watched;
      watched.seen = state;
      if (state?.head !== seen?.head || state?.look !== seen?.look) changed.set(runId, state?.head ?? null);
    }
    return changed;
  }

  private readVersion(): number | null {
    try {
      return this.ctx.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? null;
    } catch {
      return null;
    }
  }
}
