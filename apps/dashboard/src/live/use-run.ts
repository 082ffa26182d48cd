/**
 * One run, live. What is pushed, its state and its events, comes from the client; the document of the server has what is not: the
 * input and the output with every digit of their numbers, the lease and the health. It is asked for when the control state moved,
 * and now and then, since health is a matter of time.
 */
import type { ClientRun } from "@holdfast/client";
import { useRun as useWatchedRun } from "@holdfast/client/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { ApiProblem, ask, runPath } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { Run, RunEvent } from "../api/types.js";
import { catchUp } from "./connection.js";
import { useNextPoll } from "./use-polled.js";

const WORKING_MS = 5_000;
const RESTING_MS = 15_000;
/** Long runs: what was scrolled by far is asked for again. The same for all who watch a run, so that they share one watch. */
const WATCH = { keepEvents: 5_000 };
/** Fewer arrive at once anyway. */
const BEHIND_COUNT = 5;

export function useRun(runId: string) {
  const { run: pushed, kind } = useWatchedRun(runId, WATCH);
  const nextPoll = useNextPoll();
  const document = useQuery({
    queryKey: ["run", runId],
    queryFn: ({ signal }) => ask<Run>(runPath(runId), { signal, parse: parseExact }),
    refetchInterval: ({ state }) => {
      const status = state.data?.status;
      return nextPoll(status === "running" || status === "queued" ? WORKING_MS : RESTING_MS);
    },
    retry: false,
  });
  const { data: read, error, refetch } = document;
  const isStale =
    pushed !== null &&
    read !== undefined &&
    pushed.head >= read.head &&
    (pushed.status !== read.status || pushed.revision !== read.revision || pushed.generation !== read.generation);
  const isRemoved = kind === "gone" && read !== undefined;
  const moved = isRemoved ? kind : isStale ? `${pushed.status} ${pushed.revision} ${pushed.generation}` : null;
  useEffect(() => {
    if (moved !== null) void refetch({ cancelRefetch: false });
  }, [moved, refetch]);
  const isGone = error instanceof ApiProblem && error.status === 404;
  const data = useMemo(() => (read === undefined || isGone ? undefined : merge(read, pushed)), [read, pushed, isGone]);
  return { data, error, refetch };
}

/** What was read, with what was pushed since. */
function merge(read: Run, pushed: ClientRun | null): Run {
  if (pushed === null || pushed.head < read.head) return read;
  if (pushed.head === read.head && pushed.updatedAt < read.updatedAt) return read;
  const { input, output, health } = read;
  // Who holds it is not pushed; that nobody does is.
  const lease = pushed.status === "running" ? read.lease : null;
  return { ...pushed, input, output, health, lease };
}

export interface LiveEvents {
  /** By number, the oldest that is here first. */
  readonly rows: readonly RunEvent[];
  /** The newest that the run has. */
  readonly head: number;
  /** Nothing between the first and the last row is missing. */
  readonly isWhole: boolean;
}

export function useRunEvents(runId: string, readHead = 0): LiveEvents & { readonly older: () => void } {
  const { kind, events, last, head: seenHead, loadOlder } = useWatchedRun(runId, WATCH);
  const head = Math.max(seenHead, kind === "loading" ? readHead : 0);
  const behind = kind === "ready" && head - last > BEHIND_COUNT ? head - last : 0;
  useEffect(() => catchUp(behind), [behind]);
  useEffect(() => () => catchUp(0), []);
  const isWhole = kind !== "loading" && last >= head;
  return { rows: events as readonly unknown[] as readonly RunEvent[], head, isWhole, older: loadOlder };
}
