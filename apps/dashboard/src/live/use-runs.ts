/**
 * A list of runs, live: pages by cursor as one scrolls, and every two seconds what moved since. Order and places stay while the
 * list may not move; new runs are counted meanwhile.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask, query } from "../api/client.js";
import type { RunPage } from "../api/types.js";
import { isOffline, isPaused } from "./connection.js";
import { EMPTY_LIST, patch, type RunList } from "./run-list.js";

const PAGE_COUNT = 100;
const EVERY_MS = 2_000;
const AWAY_MS = 4_000;
const MOVED_MAX = 200;

export type RunFilter = Readonly<Record<string, string | number | boolean | undefined>>;

export function useRuns(filter: RunFilter, mayMove: () => boolean) {
  const key = JSON.stringify(filter);
  const pages = useInfiniteQuery({
    queryKey: ["runs", key],
    queryFn: ({ pageParam, signal }) =>
      ask<RunPage>(`api/runs${query({ ...filter, limit: PAGE_COUNT, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    retry: false,
  });
  const asOf = pages.data?.pages[0]?.asOf;
  const [live, setLive] = useState<{ readonly key: string; readonly list: RunList }>({ key, list: EMPTY_LIST });
  const free = useRef(mayMove);
  free.current = mayMove;

  const read = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  useEffect(() => {
    setLive((was) => {
      const isSame = was.key === key;
      const known = new Map(isSame ? was.list.rows.map((row) => [row.id, row]) : []);
      const head = isSame ? was.list.rows.filter((row) => !read.some(({ id }) => id === row.id)) : [];
      const newest = read[0]?.createdAt ?? 0;
      const rows = [
        ...head.filter((row) => row.createdAt >= newest),
        ...read.map((row) => pickNewer(known.get(row.id), row)),
      ];
      return { key, list: { rows, waiting: isSame ? was.list.waiting : [] } };
    });
  }, [read, key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the filter
  useEffect(() => {
    if (asOf === undefined) return;
    let since = asOf;
    let timer: ReturnType<typeof setTimeout>;
    const gone = new AbortController();
    const look = async () => {
      if (document.visibilityState === "visible" && !isPaused()) {
        try {
          const path = `api/runs${query({ ...filter, updatedSince: since, limit: MOVED_MAX })}`;
          const page = await ask<RunPage>(path, { signal: gone.signal });
          since = page.asOf;
          setLive((was) => (was.key === key ? { key, list: patch(was.list, page.rows, free.current()) } : was));
        } catch {
          // The chip says so; the next look has the same beginning.
        }
      }
      if (!gone.signal.aborted) timer = setTimeout(look, isOffline() ? AWAY_MS : EVERY_MS);
    };
    timer = setTimeout(look, EVERY_MS);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [key, asOf]);

  const showNew = useCallback(() => setLive((was) => ({ ...was, list: patch(was.list, [], true) })), []);
  const list = live.key === key ? live.list : EMPTY_LIST;
  return { pages, rows: list.rows, newCount: list.waiting.length, showNew };
}

const pickNewer = <T extends { readonly updatedAt: number }>(was: T | undefined, now: T): T =>
  was !== undefined && was.updatedAt > now.updatedAt ? was : now;
