/**
 * Watch of a list of runs. Pages come over HTTP, which alone decides the matching runs and their order. Pushed changes update
 * the shown rows in place. For other runs, the client requests the changes since its last request. While the list is held,
 * these runs wait and are counted.
 */
import { type PushedRow, runPage } from "@holdfast/protocol";
import { HoldfastRequestError, type Http, type Problem } from "./http.js";
import { append, EMPTY_LIST, patch, patchPushed, type RunList, type RunRow, restart } from "./run-list.js";
import { Watched } from "./stores.js";

/** Filters for runs, as in the query of `GET /api/runs`. */
export interface RunsQuery {
  /** One status or several. Default: all. */
  readonly status?: string | readonly string[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  readonly resumable?: boolean | undefined;
  readonly idPrefix?: string | undefined;
  /** Values of search fields that workflows declare: `{ country: "NO" }`. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Tags that the run has, all of them. */
  readonly tags?: readonly string[] | undefined;
  /** Excluded runs; values of search fields as `country=NO`. */
  readonly not?:
    | {
        readonly workflows?: readonly string[] | undefined;
        readonly owners?: readonly string[] | undefined;
        readonly fields?: readonly string[] | undefined;
        readonly causes?: readonly string[] | undefined;
        readonly tags?: readonly string[] | undefined;
      }
    | undefined;
  /** Created at this time or later, milliseconds UTC. */
  readonly createdSince?: number | undefined;
  /** Created before this time, milliseconds UTC. */
  readonly createdBefore?: number | undefined;
  /** The run's calls cost more, or less, than this in US dollars. */
  readonly costAbove?: number | undefined;
  readonly costBelow?: number | undefined;
  /** Fingerprint of a cause: the run failed for it, or has a failed item of it. */
  readonly cause?: string | undefined;
  /** Rows on a page. Default 50, at most 200. */
  readonly limit?: number | undefined;
}

/** Converts a query to the parameters of `GET /api/runs` and `GET /api/facets`. */
export function searchParamsOf(
  { status, fields, tags, not = {}, ...rest }: RunsQuery,
  more: Readonly<Record<string, string | number | null>> = {},
): URLSearchParams {
  const search = new URLSearchParams();
  if (status !== undefined) search.set("status", [status].flat().join(","));
  for (const [name, value] of Object.entries(fields ?? {})) search.set(`field.${name}`, value);
  for (const value of tags ?? []) search.append("tag", value);
  for (const value of not.tags ?? []) search.append("notTag", value);
  for (const value of not.workflows ?? []) search.append("notWorkflow", value);
  for (const value of not.owners ?? []) search.append("notOwner", value);
  for (const value of not.fields ?? []) search.append("notField", value);
  for (const value of not.causes ?? []) search.append("notCause", value);
  for (const [name, value] of Object.entries({ ...rest, ...more })) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search;
}

export interface RunsState {
  readonly kind: "loading" | "ready" | "refused";
  readonly rows: readonly RunRow[];
  /** Number of runs that arrived while the list was held; `showNew` puts them on top. */
  readonly newCount: number;
  /** Whether there are more runs, for `loadMore`. */
  readonly hasMore: boolean;
  /** Since when a page has been loading, in milliseconds UTC by this machine's clock; null if none is. */
  readonly readingSince: number | null;
  /** When the list was last loaded, by the server's clock; 0 before that. */
  readonly asOf: number;
  readonly problem: Problem | null;
}

export const LOADING_RUNS: RunsState = {
  kind: "loading",
  rows: [],
  newCount: 0,
  hasMore: false,
  readingSince: null,
  asOf: 0,
  problem: null,
};

/** Rows from one scan of the server arrive in several frames, which are combined into one request. */
const LOOK_MS = 50;
/** Minimum interval between requests when runs change all the time. */
const LOOK_AGAIN_MS = 3_000;
/** Maximum number of changed runs to load; rows further down are updated by pushes. */
const MOVED_PAGES_MAX = 5;
const MOVED_COUNT = 200;

export class RunsWatch {
  readonly state = new Watched(LOADING_RUNS);
  private list: RunList = EMPTY_LIST;
  private next: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** The page that is loading now. */
  private reading: AbortController | null = null;
  private isLooking = false;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private isHeld = false;
  private isClosed = false;

  constructor(
    private readonly http: Http,
    private readonly query: RunsQuery,
    /** Whether the watch may send requests by itself. */
    private readonly mayAsk: () => boolean,
  ) {}

  close(): void {
    this.isClosed = true;
    this.reading?.abort();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Reloads the list from its beginning. */
  readonly refresh = async (): Promise<void> => {
    const page = await this.read(null);
    if (page === null) return;
    this.next = page.next;
    this.show(restart(this.list, page.rows), { kind: "ready", asOf: page.asOf, problem: null });
  };

  readonly loadMore = async (): Promise<void> => {
    if (this.next === null || this.reading !== null) return;
    const page = await this.read(this.next);
    if (page === null) return;
    this.next = page.next;
    this.show(append(this.list, page.rows));
  };

  /** Cancels the request for a page. */
  readonly stop = (): void => this.reading?.abort();

  /** While the list is held, no row is added, for example while the pointer is over a row or rows are selected. */
  readonly hold = (isHeld: boolean): void => {
    this.isHeld = isHeld;
  };

  readonly showNew = (): void => this.show(patch(this.list, [], true));

  takeRows(pushed: readonly PushedRow[]): void {
    const { list, unknown } = patchPushed(this.list, pushed);
    if (list !== this.list) this.show(list);
    if (unknown.some((row) => this.mayBeNew(row))) this.lookSoon();
  }

  /** Runs may have changed without a notification. */
  lookSoon(): void {
    if (this.timer !== null || this.isClosed || !this.mayAsk()) return;
    const dueInMs = this.lookedAtMs + LOOK_AGAIN_MS - performance.now();
    this.timer = setTimeout(() => void this.look(), Math.max(LOOK_MS, dueInMs));
  }

  /** Requests the changes, or the first page if there is none yet. */
  async look(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.isClosed || !this.mayAsk()) return;
    const { kind, asOf } = this.state.get();
    if (kind !== "ready") return this.reading === null ? this.refresh() : undefined;
    if (this.isLooking) return this.lookSoon();
    this.isLooking = true;
    this.lookedAtMs = performance.now();
    try {
      let next: string | null = null;
      for (let count = 0; count < MOVED_PAGES_MAX; count++) {
        const page = await this.ask({ updatedSince: asOf, limit: MOVED_COUNT, cursor: next });
        if (this.isClosed) return;
        // The first page was requested first, so the next request finds changes during the others.
        const since: Partial<RunsState> = count === 0 ? { asOf: page.asOf } : {};
        this.show(patch(this.list, page.rows, !this.isHeld), since);
        next = page.next;
        if (next === null) break;
      }
    } catch {
      // The connection shows the failure; the next request starts from the same time.
    } finally {
      this.isLooking = false;
    }
  }

  private mayBeNew(row: PushedRow): boolean {
    const { status, workflow, owner, idPrefix, createdBefore, not = {} } = this.query;
    return (
      row.createdAt < (createdBefore ?? Number.POSITIVE_INFINITY) &&
      !not.workflows?.includes(row.workflow) &&
      !not.owners?.includes(row.owner ?? "") &&
      row.createdAt >= (this.list.rows[0]?.createdAt ?? 0) &&
      (status === undefined || [status].flat().includes(row.status)) &&
      (workflow === undefined || workflow === row.workflow) &&
      (owner === undefined || owner === row.owner) &&
      (idPrefix === undefined || row.id.startsWith(idPrefix))
    );
  }

  /** Loads one page at a time; null if the request was cancelled, refused or not answered. */
  private async read(cursor: string | null) {
    this.reading?.abort();
    const reading = new AbortController();
    this.reading = reading;
    this.set({ readingSince: Date.now() });
    try {
      const page = await this.ask({ cursor }, reading.signal);
      return this.isClosed || this.reading !== reading ? null : page;
    } catch (error) {
      // If the server does not answer, the connection shows it, and the list is loaded again when it is back.
      if (error instanceof HoldfastRequestError && error.problem !== null && this.reading === reading) {
        this.set({ kind: "refused", problem: error.problem });
      }
      return null;
    } finally {
      if (this.reading === reading) {
        this.reading = null;
        this.set({ readingSince: null });
      }
    }
  }

  private async ask(more: Readonly<Record<string, string | number | null>>, signal?: AbortSignal) {
    const search = searchParamsOf(this.query, more);
    return runPage.parse(await this.http.json("GET", `/api/runs?${search}`, signal === undefined ? {} : { signal }));
  }

  private show(list: RunList, change: Partial<RunsState> = {}): void {
    this.list = list;
    this.set({ rows: list.rows, newCount: list.waiting.length, hasMore: this.next !== null, ...change });
  }

  private set(change: Partial<RunsState>): void {
    if (!this.isClosed) this.state.set({ ...this.state.get(), ...change });
  }
}
