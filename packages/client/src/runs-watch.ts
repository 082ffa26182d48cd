/**
 * A list of runs, live: pages come over HTTP, which alone decides which runs match and in which order; what moves is pushed and
 * changes the rows that are shown. A run that is not shown yet, or that may not match any more, makes the list be asked for
 * again.
 */
import { type PushedRow, runPage, type runSummary } from "@holdfast/protocol";
import type { z } from "zod";
import { HoldfastRequestError, type Http, type Problem } from "./http.js";
import { Watched } from "./stores.js";

/** A row of a list, as the server answers it. */
export type RunRow = z.output<typeof runSummary>;

/** Which runs; as the query of `GET /api/runs`. */
export interface RunsQuery {
  /** One status or several. Default: all. */
  readonly status?: string | readonly string[] | undefined;
  readonly workflow?: string | undefined;
  readonly owner?: string | undefined;
  readonly resumable?: boolean | undefined;
  readonly idPrefix?: string | undefined;
  /** Rows of a page. Default 50, at most 200. */
  readonly limit?: number | undefined;
}

export interface RunsState {
  readonly kind: "loading" | "ready" | "refused";
  readonly rows: readonly RunRow[];
  /** There are more: `loadMore`. */
  readonly hasMore: boolean;
  /** When the list was last asked for, by the server's clock; 0 before. */
  readonly asOf: number;
  readonly problem: Problem | null;
}

export const LOADING_RUNS: RunsState = { kind: "loading", rows: [], hasMore: false, asOf: 0, problem: null };

const REFRESH_MS = 1_000;
/** Where runs come and go all the time, a list is asked for less often. */
const REFRESH_AGAIN_MS = 3_000;

export class RunsWatch {
  readonly state = new Watched(LOADING_RUNS);
  private next: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isAsking = false;
  private refreshedAtMs = Number.NEGATIVE_INFINITY;
  private isClosed = false;

  constructor(
    private readonly http: Http,
    private readonly query: RunsQuery,
  ) {}

  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** Asks for the first page again; rows of later pages stay as they are. */
  readonly refresh = async (): Promise<void> => {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.isAsking) return this.refreshSoon();
    await this.ask(null);
  };

  readonly loadMore = async (): Promise<void> => {
    if (this.next !== null && !this.isAsking) await this.ask(this.next);
  };

  takeRows(pushed: readonly PushedRow[]): void {
    const state = this.state.get();
    const places = new Map(state.rows.map(({ id }, place) => [id, place]));
    const rows = [...state.rows];
    let isUnsure = false;
    for (const row of pushed) {
      const place = places.get(row.id);
      const known = place === undefined ? undefined : rows[place];
      if (place === undefined || known === undefined) {
        isUnsure ||= this.mayMatch(row);
        continue;
      }
      // What was read later is never overwritten by what was sent earlier.
      if (row.head < known.head || row.updatedAt < known.updatedAt) continue;
      rows[place] = { ...known, ...row, input: known.input } as RunRow;
      isUnsure ||= row.status !== known.status && (this.query.status !== undefined || this.query.resumable === true);
    }
    this.state.set({ ...state, rows });
    if (isUnsure) this.refreshSoon();
  }

  refreshSoon(): void {
    if (this.timer !== null || this.isClosed) return;
    const isAgain = performance.now() - this.refreshedAtMs < 2 * REFRESH_AGAIN_MS;
    this.timer = setTimeout(() => void this.refresh(), isAgain ? REFRESH_AGAIN_MS : REFRESH_MS);
  }

  private mayMatch(row: PushedRow): boolean {
    const { status, workflow, owner, idPrefix } = this.query;
    return (
      (status === undefined || [status].flat().includes(row.status)) &&
      (workflow === undefined || workflow === row.workflow) &&
      (owner === undefined || owner === row.owner) &&
      (idPrefix === undefined || row.id.startsWith(idPrefix))
    );
  }

  private async ask(cursor: string | null): Promise<void> {
    this.isAsking = true;
    this.refreshedAtMs = performance.now();
    try {
      const page = runPage.parse(await this.http.json("GET", `/api/runs?${this.search(cursor)}`));
      if (this.isClosed) return;
      const { rows } = this.state.get();
      const read = new Set(page.rows.map(({ id }) => id));
      const last = page.rows.at(-1);
      const end = rows.findIndex(({ id }) => id === last?.id);
      // Of a first page that is read again, what follows its last row stays.
      const later = cursor === null ? (page.next === null || end < 0 ? [] : rows.slice(end + 1)) : [];
      const before = cursor === null ? [] : rows;
      const merged = [
        ...before.filter(({ id }) => !read.has(id)),
        ...page.rows,
        ...later.filter(({ id }) => !read.has(id)),
      ];
      if (cursor !== null || later.length === 0) this.next = page.next;
      const hasMore = this.next !== null;
      this.state.set({ kind: "ready", rows: merged, hasMore, asOf: page.asOf, problem: null });
    } catch (error) {
      // Where nobody answers, the connection shows it, and the list is asked for again when it is up.
      if (error instanceof HoldfastRequestError && error.problem !== null) {
        this.state.set({ ...this.state.get(), kind: "refused", problem: error.problem });
      }
    } finally {
      this.isAsking = false;
    }
  }

  private search(cursor: string | null): URLSearchParams {
    const { status, ...rest } = this.query;
    const search = new URLSearchParams();
    if (status !== undefined) search.set("status", [status].flat().join(","));
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) search.set(name, String(value));
    if (cursor !== null) search.set("cursor", cursor);
    return search;
  }
}
