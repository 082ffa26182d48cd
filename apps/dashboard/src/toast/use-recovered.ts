/** Runs that died and were taken up again by a worker without anybody's word, lately. */
import type { RunPage, RunSummary } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";

/** The supervisor's own pace is a second; what is told within some of them is told in time. */
const EVERY_MS = 4_000;
/** What went on longer ago is news to nobody. */
const FRESH_MS = 3_600_000;
const SHOWN_MAX = 50;

export function useRecovered(): readonly RunSummary[] {
  const { data } = usePolled<RunPage>(`api/runs?status=running&limit=${SHOWN_MAX}`, { everyMs: EVERY_MS });
  return (data?.rows ?? []).filter(
    ({ recoveries, lease }) => recoveries > 0 && lease !== null && (data?.asOf ?? 0) - lease.since < FRESH_MS,
  );
}

/** One recovery of a run, to be dismissed: the next one is told again, the progress after it is not. */
export const recoveryOf = ({ id, recoveries }: Pick<RunSummary, "id" | "recoveries">) => ({
  id: `${id} recovered`,
  updatedAt: recoveries,
});
