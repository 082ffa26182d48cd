/**
 * A document of the API that is asked for again while somebody looks: the next time is counted from the answer, never while the
 * page is hidden or paused, and slower while the server is away.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ask } from "../api/client.js";
import { isOffline, usePaused } from "./connection.js";

interface Polled {
  /** Null asks once. */
  readonly everyMs: number | null;
  readonly isEnabled?: boolean;
  readonly parse?: ((text: string) => unknown) | undefined;
}

/** When to ask next. */
export function useNextPoll(): (everyMs: number | null) => number | false {
  const isPaused = usePaused();
  return (everyMs) => {
    if (everyMs === null || isPaused) return false;
    return isOffline() ? Math.max(everyMs, 2_000) : everyMs;
  };
}

export function usePolled<T>(path: string, { everyMs, isEnabled = true, parse }: Polled) {
  const nextPoll = useNextPoll();
  return useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => ask<T>(path, { signal, parse }),
    enabled: isEnabled,
    refetchInterval: () => nextPoll(everyMs),
    placeholderData: keepPreviousData,
  });
}
