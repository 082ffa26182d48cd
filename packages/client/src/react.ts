/** React hooks over a client. `<HoldfastProvider client={client}>` gives it to all below. */
import { createContext, createElement, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import type { BulkState } from "./bulk-watch.js";
import type { HoldfastClient, Live } from "./client.js";
import type { ConnectionState } from "./connection.js";
import { loadingRun, type RunState, type WatchOptions } from "./run-watch.js";
import { LOADING_RUNS, type RunsQuery, type RunsState } from "./runs-watch.js";

const ClientContext = createContext<HoldfastClient | null>(null);

export function HoldfastProvider(props: { readonly client: HoldfastClient; readonly children?: ReactNode }) {
  return createElement(ClientContext.Provider, { value: props.client }, props.children);
}

/** The client of the nearest provider. @throws where there is none. */
export function useHoldfast(): HoldfastClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("useHoldfast needs a <HoldfastProvider client={…}> above it.");
  return client;
}

/** How the client is connected. */
export function useConnection(): ConnectionState {
  const { connection } = useHoldfast();
  return useLive(connection);
}

/** One run, live: its state and its newest events. */
export function useRun(runId: string, options: WatchOptions = {}): RunState & { readonly loadOlder: () => void } {
  const client = useHoldfast();
  const { after, keepEvents } = options;
  const held = useMemo(
    () => new Held(() => client.watchRun(runId, { after, keepEvents }), loadingRun(runId, after)),
    [client, runId, after, keepEvents],
  );
  const state = useLive(held);
  return useMemo(() => ({ ...state, loadOlder: () => void held.watch?.loadOlder() }), [state, held]);
}

/** What a list can be told to do. */
export interface RunsActs {
  /** Adds the next page. */
  readonly loadMore: () => void;
  /** Asks for the list from its beginning. */
  readonly refresh: () => void;
  /** Gives up the page that is asked for. */
  readonly stop: () => void;
  /** While it is held, new runs wait and are counted: somebody points at a row, or has chosen some. */
  readonly hold: (isHeld: boolean) => void;
  /** Puts the runs that wait on top. */
  readonly showNew: () => void;
}

/** A list of runs, live. */
export function useRuns(query: RunsQuery = {}): RunsState & RunsActs {
  const client = useHoldfast();
  const key = JSON.stringify(query);
  const held = useMemo(
    () => new Held(() => client.watchRuns(JSON.parse(key) as RunsQuery), LOADING_RUNS),
    [client, key],
  );
  const state = useLive(held);
  const acts = useMemo(
    (): RunsActs => ({
      loadMore: () => void held.watch?.loadMore(),
      refresh: () => void held.watch?.refresh(),
      stop: () => held.watch?.stop(),
      hold: (isHeld) => held.watch?.hold(isHeld),
      showNew: () => held.watch?.showNew(),
    }),
    [held],
  );
  return useMemo(() => ({ ...state, ...acts }), [state, acts]);
}

const NO_BULK: BulkState = { job: null, problem: null };

/** A job over many runs, followed to its end; null is none. */
export function useBulk(jobId: string | null): BulkState {
  const client = useHoldfast();
  const held = useMemo(
    () => (jobId === null ? NONE : new Held(() => client.watchBulk(jobId), NO_BULK)),
    [client, jobId],
  );
  return useLive<BulkState>(held);
}

const NONE: Live<BulkState> = { get: () => NO_BULK, subscribe: () => () => undefined };

/** What a progress bar needs of a run. */
export interface JobProgress {
  /** Null while loading. */
  readonly status: string | null;
  /** 0 to 100; null while the total is unknown. */
  readonly percent: number | null;
  readonly done: number;
  readonly total: number | null;
  readonly failed: number;
  /** What it is doing, in words. */
  readonly step: string | null;
  readonly etaMs: readonly [number, number] | null;
  readonly error: { readonly name: string; readonly message: string } | null;
}

/** How far a run is. */
export function useJobProgress(jobId: string): JobProgress {
  const { run } = useRun(jobId);
  if (run === null) {
    return { status: null, percent: null, done: 0, total: null, failed: 0, step: null, etaMs: null, error: null };
  }
  const { done, total, failed, label, etaMs } = run.progress;
  const share = total === null || total === 0 ? null : (100 * done) / total;
  const percent = run.status === "completed" ? 100 : share;
  const [low = 0, high = 0] = etaMs ?? [];
  return {
    status: run.status,
    percent,
    done,
    total,
    failed,
    step: label,
    etaMs: etaMs === null ? null : [low, high],
    error: run.error,
  };
}

function useLive<T>(live: Live<T>): T {
  return useSyncExternalStore(live.subscribe, live.get, live.get);
}

/**
 * A watch for as long as a component shows it: opened when React subscribes and closed when it unsubscribes, so that rendering
 * has no effects. Until then, and between the two mounts of strict mode, it shows what it had.
 */
class Held<T, W extends Live<T> & { close(): void }> implements Live<T> {
  watch: W | null = null;
  private users = 0;

  constructor(
    private readonly open: () => W,
    private last: T,
  ) {}

  readonly get = (): T => this.watch?.get() ?? this.last;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.watch ??= this.open();
    const { watch } = this;
    this.users += 1;
    const end = watch.subscribe(listener);
    return () => {
      end();
      if (--this.users > 0) return;
      this.last = watch.get();
      this.watch = null;
      watch.close();
    };
  };
}
