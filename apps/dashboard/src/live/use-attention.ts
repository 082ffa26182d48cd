/**
 * Runs of the caller's that need a person: paused, or failed with something to resume from, and those that are stuck. Not what waits
 * for its time, and not what went as far as it was asked to. What a person put off stays in the lists and out of the count.
 */
import type { ManagementView, RunPage, RunSummary } from "../api/types.js";
import { usePutOff } from "../inbox/put-off.js";
import { usePolled } from "./use-polled.js";

const SHOWN_MAX = 100;
const EVERY_MS = 4_000;

export interface Attention {
  readonly runs: readonly RunSummary[];
  /** Of runs that are silent or idle for longer than their policy allows. */
  readonly stuck: ManagementView["activeRuns"];
  readonly count: number;
  /** The count as it is shown: there may be more than were read. */
  readonly text: string;
  readonly isRead: boolean;
}

export function useAttention(): Attention {
  const resumable = usePolled<RunPage>(`api/runs?resumable=true&limit=${SHOWN_MAX}`, { everyMs: EVERY_MS });
  const active = usePolled<ManagementView>(`api/management?limit=${SHOWN_MAX}`, { everyMs: EVERY_MS });
  const runs = (resumable.data?.rows ?? []).filter(({ wakeAt, reason }) => wakeAt === null && reason !== "through");
  const stuck = (active.data?.activeRuns ?? []).filter((run) => run.stuck && run.status === "running");
  const isPutOff = usePutOff();
  const count =
    runs.filter(({ id, updatedAt }) => !isPutOff({ runId: id, at: updatedAt })).length +
    stuck.filter(({ runId, lastActivityAt }) => !isPutOff({ runId, at: lastActivityAt })).length;
  const isMore = resumable.data?.next !== null && resumable.data !== undefined;
  return { runs, stuck, count, text: `${count}${isMore ? "+" : ""}`, isRead: resumable.data !== undefined };
}
