/** The client: one connection for all watches. Watches of the same thing share it. */

import type { EventFrame } from "@holdfast/protocol";
import { z } from "zod";
import { type ClientAsks, clientAsks } from "./asks.js";
import { type BulkState, BulkWatch } from "./bulk-watch.js";
import { Connection, type ConnectionState } from "./connection.js";
import { Http } from "./http.js";
import type { LinkKind } from "./links.js";
import { type RunState, RunWatch, type WatchOptions } from "./run-watch.js";
import { type RunsQuery, type RunsState, RunsWatch } from "./runs-watch.js";

export interface ClientOptions {
  /** Address at which the server is mounted: `https://host/base/`. Default in a browser: the base address of the page. */
  readonly url?: string | URL | undefined;
  /** Token for each request and connection; a function is called each time. Default: the browser's session. */
  readonly token?: string | (() => string | null | Promise<string | null>) | undefined;
  /** Allowed links, in order. Default: `socket`, then `stream`, then `poll`. */
  readonly links?: readonly LinkKind[] | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** Returns a number from 0 to below 1, for jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A value that can be read and watched; `get` returns the same object until it changes. */
export interface Live<T> {
  get(): T;
  subscribe(listener: () => void): () => void;
}

/** Watch of one run, until `close`. */
export interface WatchedRun extends Live<RunState> {
  /** Calls `listener` for each event, once and in order. Returns a function that unsubscribes. */
  onEvent(listener: (event: EventFrame) => void): () => void;
  /** Loads a page of events before the first one of the state. */
  loadOlder(): Promise<void>;
  close(): void;
}

/** Watch of a list, until `close`. */
export interface WatchedRuns extends Live<RunsState> {
  /** Loads the next page. */
  loadMore(): Promise<void>;
  /** Reloads the list from its beginning. */
  refresh(): Promise<void>;
  /** Cancels the request for a page. */
  stop(): void;
  /** While the list is held, new runs wait and are counted in `newCount`, and the shown rows keep their places. */
  hold(isHeld: boolean): void;
  /** Puts the waiting runs on top. */
  showNew(): void;
  close(): void;
}

/** Watch of a job over many runs, until the job or the watch ends. */
export interface WatchedBulk extends Live<BulkState> {
  close(): void;
}

export interface HoldfastClient extends ClientAsks {
  readonly connection: Live<ConnectionState>;
  /** Watches one run. Watches of one run with the same options share their state. */
  watchRun(runId: string, options?: WatchOptions): WatchedRun;
  /** Watches a list of runs. */
  watchRuns(query?: RunsQuery): WatchedRuns;
  /** Follows a job over many runs to its end, or until `close`. */
  watchBulk(jobId: string): WatchedBulk;
  /** Sends a request with Holdfast's header and the token, and returns the response's JSON. @throws {HoldfastRequestError} with the server's problem. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Stops all live updates, and every request for them, until `resume`. */
  pause(): void;
  resume(): void;
  close(): void;
}

const session = z.looseObject({ id: z.string(), role: z.string() });
/** If a timer fires this much too late, the machine was asleep. */
const SLEPT_MS = 30_000;
const WAKE_LOOK_MS = 10_000;

interface Shared<W> {
  readonly watch: W;
  users: number;
}

export function createHoldfastClient(options: ClientOptions = {}): HoldfastClient {
  const http = new Http({ base: baseOf(options.url), token: tokenOf(options.token), fetch: fetchOf(options.fetch) });
  const random = options.random ?? Math.random;
  const runs = new Map<string, Shared<RunWatch>>();
  const lists = new Map<string, Shared<RunsWatch>>();
  const ofRun = (runId: string) =>
    [...runs].filter(([key]) => key === runId || key.startsWith(`${runId} `)).map(([, { watch }]) => watch);
  const lookAtLists = () => {
    for (const { watch } of lists.values()) void watch.look();
  };

  const connection = new Connection(
    { http, random, now: () => Date.now(), links: options.links ?? ["socket", "stream", "poll"] },
    {
      onEvents: (runId, epoch, head, events) => {
        for (const watch of ofRun(runId)) watch.takeEvents(epoch, head, events);
      },
      onProgress: (frame) => {
        for (const watch of ofRun(frame.runId)) watch.takeProgress(frame);
      },
      onHead: (runId, epoch, head) => {
        for (const watch of ofRun(runId)) watch.takeHead(epoch, head);
      },
      onLagging: (runId) => {
        for (const watch of ofRun(runId)) void watch.sync();
      },
      onGone: (runId) => {
        for (const watch of ofRun(runId)) watch.takeGone();
      },
      onRows: (rows) => {
        for (const { watch } of lists.values()) watch.takeRows(rows);
      },
      onUnknownRows: () => {
        for (const { watch } of lists.values()) watch.lookSoon();
      },
      onUp: () => {
        for (const { watch } of runs.values()) void watch.sync();
        if (lists.size > 0) void watchRows();
        lookAtLists();
      },
    },
  );

  /** Room for this caller's lists: its own, or everybody's for an admin. */
  async function watchRows(): Promise<void> {
    const read = session.safeParse(await http.json("GET", "/session").catch(() => null));
    if (!read.success || lists.size === 0) return;
    connection.watchRows(read.data.role === "admin" ? "*" : read.data.id);
  }

  let isPaused = false;
  const begin = () => {
    if (!isPaused) connection.open();
  };
  const endWaking = onWake(() => {
    if (isPaused) return;
    connection.open();
    for (const { watch } of runs.values()) void watch.sync();
    lookAtLists();
  });

  return {
    connection: connection.state,
    watchRun(runId, how = {}) {
      const key = how.after === undefined && how.keepEvents === undefined ? runId : `${runId} ${JSON.stringify(how)}`;
      const shared = share(runs, key, () => new RunWatch(connection, http, runId, how, random));
      if (shared.users === 1) {
        begin();
        void shared.watch.sync();
      }
      const { watch } = shared;
      const close = leave(runs, key, shared, () => {
        watch.close();
        // Another watch of the run, with other options, still needs updates.
        if (ofRun(runId).length === 0) connection.leave(runId);
      });
      const { onEvent, loadOlder } = watch;
      return { get: watch.state.get, subscribe: watch.state.subscribe, onEvent, loadOlder, close };
    },
    watchRuns(query = {}) {
      const key = JSON.stringify(query);
      const shared = share(lists, key, () => new RunsWatch(http, query, () => !isPaused));
      const { watch } = shared;
      if (shared.users === 1) {
        begin();
        void watch.refresh();
        if (lists.size === 1 && connection.isUp) void watchRows();
      }
      const close = leave(lists, key, shared, () => {
        watch.close();
        if (lists.size === 0) connection.watchRows(null);
      });
      const { loadMore, refresh, stop, hold, showNew } = watch;
      return {
        get: watch.state.get,
        subscribe: watch.state.subscribe,
        loadMore,
        refresh,
        stop,
        hold,
        showNew,
        close,
      };
    },
    watchBulk(jobId) {
      const { state, close } = new BulkWatch(http, jobId, random);
      return { get: state.get, subscribe: state.subscribe, close };
    },
    ...clientAsks(http),
    request: (method, path, body) => http.json(method, path, { body }),
    pause() {
      isPaused = true;
      connection.pause();
    },
    resume() {
      isPaused = false;
      connection.open();
    },
    close() {
      endWaking();
      connection.close();
      for (const { watch } of [...runs.values(), ...lists.values()]) watch.close();
      runs.clear();
      lists.clear();
    },
  };
}

function share<W>(all: Map<string, Shared<W>>, key: string, make: () => W): Shared<W> {
  const shared = all.get(key) ?? { watch: make(), users: 0 };
  shared.users += 1;
  all.set(key, shared);
  return shared;
}

function leave<W>(all: Map<string, Shared<W>>, key: string, shared: Shared<W>, onLast: () => void): () => void {
  let isLeft = false;
  return () => {
    if (isLeft) return;
    isLeft = true;
    if (--shared.users > 0) return;
    if (all.get(key) === shared) all.delete(key);
    onLast();
  };
}

/** Catches up when the page becomes visible, the network returns or the machine wakes up. */
function onWake(wake: () => void): () => void {
  let lookedAt = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - lookedAt > WAKE_LOOK_MS + SLEPT_MS) wake();
    lookedAt = now;
  }, WAKE_LOOK_MS);
  // Unlike a page's timers, Node's keep a process alive.
  (timer as unknown as { unref?: () => void }).unref?.();
  if (typeof document === "undefined") return () => clearInterval(timer);
  const onVisible = () => {
    if (document.visibilityState === "visible") wake();
  };
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("online", wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("online", wake);
  };
}

function baseOf(url: string | URL | undefined): URL {
  if (url === undefined && typeof document === "undefined") {
    throw new TypeError("createHoldfastClient needs a url outside a browser: the address of the server.");
  }
  const base = new URL(url ?? document.baseURI);
  base.search = "";
  base.hash = "";
  // A page's own address ends with its name; a given base address is a folder.
  if (url !== undefined && !base.pathname.endsWith("/")) base.pathname += "/";
  return new URL("./", base);
}

function tokenOf(token: ClientOptions["token"]): () => Promise<string | null> {
  if (typeof token === "function") return async () => token();
  return async () => token ?? null;
}

/** Wraps `fetch`, because a browser's `fetch` must not be called as a method of another object. */
const fetchOf = (given: typeof fetch | undefined): typeof fetch => given ?? ((...call) => fetch(...call));
