/**
 * What needs a person: open questions, and runs of the caller's that are paused, or failed with something to resume from, and those
 * that are stuck. Not what waits for its time, and not what went as far as it was asked to. What a person put off stays in the lists
 * and out of the count.
 */
import type { ManagementView, Question, RunPage, RunSummary } from "../api/types.js";
import { useQuestions } from "../asks/use-questions.js";
import { usePolled } from "../live/use-polled.js";
import { usePutOff } from "./put-off.js";

const SHOWN_MAX = 100;
const EVERY_MS = 4_000;

export interface Attention {
  /** Open questions that the caller may see, oldest first. Those that others have to answer are not counted. */
  readonly questions: readonly Question[];
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
  const asked = useQuestions({ everyMs: EVERY_MS, limit: SHOWN_MAX });
  const isPutOff = usePutOff();
  const count =
    asked.questions.filter(({ mayAnswer }) => mayAnswer).length +
    runs.filter(({ id, updatedAt }) => !isPutOff({ runId: id, at: updatedAt })).length +
    stuck.filter(({ runId, lastActivityAt }) => !isPutOff({ runId, at: lastActivityAt })).length;
  const isMore = resumable.data?.next !== null && resumable.data !== undefined;
  return {
    questions: asked.questions,
    runs,
    stuck,
    count,
    text: `${count}${isMore || asked.questions.length === SHOWN_MAX ? "+" : ""}`,
    isRead: resumable.data !== undefined && asked.isRead,
  };
}
