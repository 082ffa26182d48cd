/**
 * The connection of one client: chooses a link and replaces a lost one. It tries a socket first. If that fails and the server
 * answers HTTP, it uses a stream instead and tries the socket again every minute.
 */
import type { SyncAnswer } from "@holdfast/protocol";
import { backoffMs } from "./backoff.js";
import { HoldfastRequestError, type Http } from "./http.js";
import { HttpLink } from "./http-link.js";
import { syncOverHttp } from "./http-sync.js";
import type { Link, LinkEvents, LinkKind, SyncWish } from "./links.js";
import { openSocketLink } from "./socket-link.js";
import { Watched } from "./stores.js";

/** How a client receives changes. */
export interface ConnectionState {
  /**
   * `live`: over a socket. `streaming`, `polling`: over HTTP, because no socket could be opened. `offline`: the server does not
   * answer; the client keeps trying. `refused`: the credential is invalid. `paused`: by `pause()`. `closed`: permanently.
   */
  readonly kind: "connecting" | "live" | "streaming" | "polling" | "offline" | "refused" | "paused" | "closed";
  /** Since when, in milliseconds UTC by this machine's clock. */
  readonly since: number;
  /** Time of the next attempt; null if none is scheduled. */
  readonly nextTryAt: number | null;
  /** When the server was last heard from before this began, in milliseconds UTC by this machine's clock; null if never. */
  readonly heardAt: number | null;
}

const SOCKET_AGAIN_MS = 60_000;
/** Retry interval for a refused credential, which may be renewed elsewhere, for example by a sign-in in another tab. */
const REFUSED_AGAIN_MS = 15_000;

export interface ConnectionSettings {
  readonly http: Http;
  readonly links: readonly LinkKind[];
  readonly random: () => number;
  /** Delay before the first request. */
  readonly now: () => number;
}

export class Connection {
  readonly state: Watched<ConnectionState>;
  private link: Link | null = null;
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private socketTimer: ReturnType<typeof setInterval> | null = null;
  /** Incremented by everything that ends an attempt in progress. */
  private round = 0;
  private user: string | null = null;
  private heardAt: number | null = null;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly events: Omit<LinkEvents, "onDown" | "onHeard">,
  ) {
    this.state = new Watched<ConnectionState>({
      kind: "paused",
      since: settings.now(),
      nextTryAt: null,
      heardAt: null,
    });
  }

  get isUp(): boolean {
    return this.link !== null;
  }

  get isPaused(): boolean {
    return this.state.get().kind === "paused";
  }

  /** Connects, at once if an attempt is scheduled for later, because the machine woke up or the network returned. */
  open(): void {
    const { kind } = this.state.get();
    if (kind === "closed" || kind === "connecting" || this.link !== null) return;
    void this.connect();
  }

  pause(): void {
    this.drop("paused");
  }

  close(): void {
    this.drop("closed");
  }

  /** Rejects while nothing is connected. While paused, it still sends this one request: somebody opened something that was never read. */
  sync(wish: SyncWish): Promise<SyncAnswer> {
    if (this.link !== null) return this.link.sync(wish);
    return this.isPaused ? syncOverHttp(this.settings.http, wish) : Promise.reject(new Error("not connected"));
  }

  leave(runId: string): void {
    this.link?.leave(runId);
  }

  watchRows(user: string | null): void {
    this.user = user;
    this.link?.watchRows(user);
  }

  private async connect(): Promise<void> {
    const round = ++this.round;
    this.clearTimers();
    this.show("connecting");
    const opened = await this.openLink(round).catch(() => ({ isRefused: false }));
    if (round !== this.round) {
      if ("link" in opened) opened.link.close();
      return;
    }
    if ("link" in opened) this.use(opened.link);
    else this.wait(opened.isRefused, null);
  }

  private async openLink(round: number): Promise<{ readonly link: Link } | { readonly isRefused: boolean }> {
    const { links, http } = this.settings;
    if (links.includes("socket")) {
      const opened = await openSocketLink(http, this.eventsOf(round));
      if ("link" in opened || opened.isRefused) return opened;
    }
    if (!links.includes("stream") && !links.includes("poll")) return { isRefused: false };
    try {
      await http.json("GET", "/session");
    } catch (error) {
      return { isRefused: error instanceof HoldfastRequestError && error.status === 401 };
    }
    const events = this.eventsOf(round);
    return { link: new HttpLink(http, events, () => this.showLink(), links.includes("stream")) };
  }

  private use(link: Link): void {
    this.link = link;
    this.tries = 0;
    this.heardAt = this.settings.now();
    this.showLink();
    link.watchRows(this.user);
    if (link.kind !== "socket" && this.settings.links.includes("socket")) {
      this.socketTimer = setInterval(() => void this.trySocket(), SOCKET_AGAIN_MS);
    }
    this.events.onUp();
  }

  private async trySocket(): Promise<void> {
    const round = this.round + 1;
    const opened = await openSocketLink(this.settings.http, this.eventsOf(round)).catch(() => null);
    if (opened === null || !("link" in opened)) return;
    if (this.round !== round - 1) return opened.link.close();
    this.round = round;
    this.clearTimers();
    this.link?.close();
    this.use(opened.link);
  }

  /** Ignores messages of links from earlier rounds. */
  private eventsOf(round: number): LinkEvents {
    const events = this.events;
    const guarded =
      <A extends unknown[]>(call: (...args: A) => void) =>
      (...args: A) => {
        if (round !== this.round) return;
        this.heardAt = this.settings.now();
        call(...args);
      };
    return {
      onEvents: guarded(events.onEvents),
      onProgress: guarded(events.onProgress),
      onHead: guarded(events.onHead),
      onLagging: guarded(events.onLagging),
      onGone: guarded(events.onGone),
      onRows: guarded(events.onRows),
      onUnknownRows: guarded(events.onUnknownRows),
      onUp: guarded(events.onUp),
      onHeard: guarded(() => {}),
      onDown: ({ isRefused, retryInMs }) => {
        if (round === this.round) this.wait(isRefused, retryInMs);
      },
    };
  }

  private wait(isRefused: boolean, retryInMs: number | null): void {
    this.round += 1;
    this.link = null;
    this.clearTimers();
    const ms = retryInMs ?? (isRefused ? REFUSED_AGAIN_MS : backoffMs(this.tries++, this.settings.random));
    this.timer = setTimeout(() => void this.connect(), ms);
    this.show(isRefused ? "refused" : "offline", ms);
  }

  private drop(kind: "paused" | "closed"): void {
    if (this.state.get().kind === "closed") return;
    this.round += 1;
    this.clearTimers();
    this.link?.close();
    this.link = null;
    this.show(kind);
  }

  private clearTimers(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.socketTimer !== null) clearInterval(this.socketTimer);
    this.timer = null;
    this.socketTimer = null;
  }

  private showLink(): void {
    const kinds = { socket: "live", stream: "streaming", poll: "polling" } as const;
    if (this.link !== null) this.show(kinds[this.link.kind]);
  }

  private show(kind: ConnectionState["kind"], nextTryInMs: number | null = null): void {
    const now = this.settings.now();
    const since = this.state.get().kind === kind ? this.state.get().since : now;
    const nextTryAt = nextTryInMs === null ? null : now + nextTryInMs;
    this.state.set({ kind, since, nextTryAt, heardAt: this.heardAt });
  }
}
