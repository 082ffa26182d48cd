/** The lines of a run's log, read by number and followed: each once, in order. The newest 20,000 are kept. */
import { useEffect, useRef, useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import type { EventPage } from "../api/types.js";
import { LINE_TYPES, type LogLine, lineOf } from "./log-lines.js";

const PAGE_COUNT = 1_000;
export const LINES_MAX = 20_000;

export interface LogLines {
  readonly lines: readonly LogLine[];
  /** Lines that were read and are not kept. */
  readonly droppedCount: number;
  readonly isRead: boolean;
  readonly error: Error | null;
}

const NONE: LogLines = { lines: [], droppedCount: 0, isRead: false, error: null };

/** Begins anew with another run: give it the run's id as key. */
export function useLogLines(runId: string, head: number): LogLines {
  const [shown, setShown] = useState(NONE);
  const after = useRef(0);
  const busy = useRef(false);
  const wanted = useRef(head);
  wanted.current = Math.max(wanted.current, head);
  const gone = useRef<AbortController | null>(null);
  useEffect(() => {
    gone.current = new AbortController();
    return () => gone.current?.abort();
  }, []);
  useEffect(() => {
    const signal = gone.current?.signal;
    const read = async (ended: AbortSignal) => {
      busy.current = true;
      try {
        // The run may have moved meanwhile: one reader goes on to where it is by then.
        while (after.current < wanted.current && !ended.aborted) {
          const fresh = await readAfter(runId, after.current, wanted.current, ended);
          after.current = fresh.through;
          setShown((was) => {
            const all = fresh.lines.length === 0 ? was.lines : [...was.lines, ...fresh.lines];
            const droppedCount = was.droppedCount + Math.max(0, all.length - LINES_MAX);
            return { lines: all.slice(-LINES_MAX), droppedCount, isRead: true, error: null };
          });
        }
      } catch (error) {
        if (!ended.aborted) setShown((was) => ({ ...was, error: error as Error }));
      } finally {
        busy.current = false;
      }
    };
    if (signal !== undefined && !busy.current && head > after.current) void read(signal);
  }, [runId, head]);
  return shown;
}

/** Of each type a page; what is whole of all of them is taken, so that no later line comes before an earlier one. */
async function readAfter(runId: string, after: number, head: number, signal: AbortSignal) {
  const pages = await Promise.all(
    LINE_TYPES.map((type) =>
      ask<EventPage>(runPath(runId, `/events${query({ type, after, limit: PAGE_COUNT })}`), { signal }),
    ),
  );
  const ends = pages.map(({ rows, head: now }) =>
    rows.length < PAGE_COUNT ? Math.max(head, now) : (rows.at(-1)?.seq ?? head),
  );
  const through = Math.min(...ends);
  const lines = pages
    .flatMap(({ rows }) => rows)
    .filter(({ seq }) => seq <= through)
    .sort((a, b) => a.seq - b.seq)
    .map(lineOf)
    .filter((line) => line !== null);
  return { lines, through };
}
