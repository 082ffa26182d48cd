/**
 * The link for environments without sockets: a stream of events over HTTP for a few runs, and polling for the others, because a
 * browser opens only six connections to a server. A stream that stays silent, because a proxy buffers it, is given up.
 */
import { eventPage, progressFrame, type SyncAnswer } from "@holdfast/protocol";
import { z } from "zod";
import { HoldfastRequestError, type Http } from "./http.js";
import { pathOf, syncOverHttp } from "./http-sync.js";
import type { Link, LinkEvents, SyncWish } from "./links.js";
import { parseRun } from "./records.js";
import { readStream, type StreamFrame } from "./stream-frames.js";

/** Half of a browser's connections to one server; the page's own requests need the others. */
const STREAMS_MAX = 3;
/** The server sends something every 15 s. */
const SILENT_AFTER_MS = 35_000;
const POLL_MS = 2_000;
const POLL_ENDED_MS = 15_000;
const POLL_ROWS_MS = 5_000;

const headFrame = z.looseObject({ runId: z.string(), epoch: z.number(), head: z.number() });

interface Followed {
  readonly stopped: AbortController;
  /** Number of the last event before the start of the stream. */
  from: number;
  epoch: number;
}

export class HttpLink implements Link {
  private readonly followed = new Map<string, Followed>();
  private streamCount = 0;
  private isClosed = false;
  private areStreamsUsable = true;
  private rowTimer: ReturnType<typeof setInterval> | null = null;

  constructor(
    private readonly http: Http,
    private readonly events: LinkEvents,
    private readonly onKind: () => void,
    private readonly mayStream: boolean,
  ) {}

  get kind() {
    return this.mayStream && this.areStreamsUsable ? ("stream" as const) : ("poll" as const);
  }

  async sync(wish: SyncWish): Promise<SyncAnswer> {
    const { runId, after } = wish;
    const answer = await syncOverHttp(this.http, wish);
    if (answer.kind === "refused" || this.isClosed) return answer;
    const from = answer.kind === "snapshot" ? answer.head : (answer.events.at(-1)?.seq ?? after ?? 0);
    const known = this.followed.get(runId);
    if (known === undefined || known.epoch !== answer.epoch) {
      known?.stopped.abort();
      const followed = { stopped: new AbortController(), from, epoch: answer.epoch };
      this.followed.set(runId, followed);
      void this.follow(runId, followed);
    } else known.from = Math.max(known.from, from);
    return answer;
  }

  leave(runId: string): void {
    this.followed.get(runId)?.stopped.abort();
    this.followed.delete(runId);
  }

  watchRows(user: string | null): void {
    if (this.rowTimer !== null) clearInterval(this.rowTimer);
    this.rowTimer = user === null ? null : setInterval(() => this.events.onUnknownRows(), POLL_ROWS_MS);
  }

  close(): void {
    this.isClosed = true;
    this.watchRows(null);
    for (const { stopped } of this.followed.values()) stopped.abort();
    this.followed.clear();
  }

  /** Follows the run until it is left: by a stream while one is available and active, otherwise by polling. */
  private async follow(runId: string, followed: Followed): Promise<void> {
    const { signal } = followed.stopped;
    while (!signal.aborted) {
      try {
        const mayUse = this.mayStream && this.areStreamsUsable && this.streamCount < STREAMS_MAX;
        if (!mayUse || (await this.stream(runId, followed)) === "over") await this.poll(runId, followed);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof HoldfastRequestError && error.status === 404) {
          this.events.onGone(runId);
          return;
        }
        this.close();
        const isRefused = error instanceof HoldfastRequestError && (error.status === 401 || error.status === 403);
        this.events.onDown({ isRefused, retryInMs: null });
        return;
      }
    }
  }

  /** "over": the run has ended, or the stream is silent. */
  private async stream(runId: string, followed: Followed): Promise<"over" | "again"> {
    const ended = new AbortController();
    const end = () => ended.abort();
    followed.stopped.signal.addEventListener("abort", end);
    this.streamCount += 1;
    let isSilent = false;
    const wait = () =>
      setTimeout(() => {
        isSilent = true;
        ended.abort();
      }, SILENT_AFTER_MS);
    let silence = wait();
    try {
      const answer = await this.http.open("GET", `${pathOf(runId)}/events?after=${followed.from}&live=true`, {
        headers: { accept: "text/event-stream" },
        signal: ended.signal,
      });
      if (answer.status === 204 || answer.body === null) return "over";
      for await (const frame of readStream(answer.body)) {
        clearTimeout(silence);
        silence = wait();
        this.events.onHeard();
        this.take(runId, followed, frame);
      }
      return "over";
    } catch (error) {
      if (!isSilent) throw error;
      this.areStreamsUsable = false;
      this.onKind();
      return "over";
    } finally {
      clearTimeout(silence);
      this.streamCount -= 1;
      followed.stopped.signal.removeEventListener("abort", end);
    }
  }

  private take(runId: string, followed: Followed, { event, data }: StreamFrame): void {
    if (data === "") return;
    const body: unknown = JSON.parse(data);
    if (event === "run:progress") {
      const read = progressFrame.safeParse(body);
      if (read.success) this.events.onProgress(read.data);
    } else if (event === "run:head") {
      const read = headFrame.safeParse(body);
      if (read.success) this.events.onHead(runId, read.data.epoch, read.data.head);
    } else {
      const read = eventPage.shape.rows.element.extend({ type: z.string() }).safeParse(body);
      if (!read.success) return;
      followed.from = Math.max(followed.from, read.data.seq);
      this.events.onEvents(runId, followed.epoch, read.data.seq, [read.data]);
    }
  }

  /** Polls once, after a delay. */
  private async poll(runId: string, followed: Followed): Promise<void> {
    const { signal } = followed.stopped;
    const run = parseRun(await this.http.json("GET", pathOf(runId), { signal }));
    const { createdAt: epoch, head, status, reason, wish, progress, published, revision, updatedAt } = run;
    this.events.onHead(runId, epoch, head);
    this.events.onProgress({ runId, epoch, head, at: updatedAt, status, reason, wish, progress, published, revision });
    const isEnded = run.finishedAt !== null;
    await pause(isEnded ? POLL_ENDED_MS : POLL_MS, signal);
    if (isEnded && head > followed.from) followed.from = head;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
