/**
 * One run, live: its document, and its events without a hole. Events come by their numbers over the server's stream, which the
 * browser reconnects with the last number it has; the document is asked for anew when one came, and each second while it works,
 * since progress is a latest value and has no number.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { ask, runPath } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { Run, RunEvent } from "../api/types.js";
import { isPaused } from "./connection.js";
import { EventLog } from "./event-log.js";
import { nextPoll } from "./use-polled.js";

const WORKING_MS = 1_000;
const RESTING_MS = 5_000;
/** An event is followed by an answer with what it changed, at most so often. */
const REFRESH_MS = 250;

export function useRun(runId: string) {
  return useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => ask<Run>(runPath(runId), { signal, parse: parseExact }),
    refetchInterval: ({ state }) => {
      const status = state.data?.status;
      return nextPoll(status === "running" || status === "queued" ? WORKING_MS : RESTING_MS);
    },
    retry: false,
  });
}

export interface LiveEvents {
  /** By number, the oldest that is here first. */
  readonly rows: readonly RunEvent[];
  /** The newest that the run has. */
  readonly head: number;
  /** Nothing between the first and the last row is missing. */
  readonly isWhole: boolean;
}

export function useRunEvents(runId: string, head: number | undefined): LiveEvents & { readonly older: () => void } {
  const client = useQueryClient();
  const [log] = useState(() => new EventLog(runId));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the head is where it begins; what comes later comes by itself
  useEffect(() => {
    if (head === undefined) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const stop = log.open(head, () => {
      if (timer !== null || isPaused()) return;
      timer = setTimeout(() => {
        timer = null;
        void client.invalidateQueries({ queryKey: ["run", runId] });
      }, REFRESH_MS);
    });
    return () => {
      if (timer !== null) clearTimeout(timer);
      stop();
    };
  }, [log, runId, head === undefined, client]);
  const shown = useSyncExternalStore(log.watch, log.get);
  useEffect(() => {
    if (head !== undefined) log.sees(head);
  }, [log, head]);
  return { ...shown, older: () => void log.loadOlder() };
}
