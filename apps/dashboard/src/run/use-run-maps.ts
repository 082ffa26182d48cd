/** The maps of a run: how far each is, what failed by category, what it cost. */

import { runPath } from "../api/client.js";
import type { RunMapPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";

export type RunMap = RunMapPage["rows"][number];

const WORKING_MS = 1_500;
const NONE: readonly RunMap[] = [];

export function useRunMaps(runId: string, isWorking: boolean): readonly RunMap[] {
  const { data } = usePolled<RunMapPage>(runPath(runId, "/maps"), { everyMs: isWorking ? WORKING_MS : 10_000 });
  return data?.rows ?? NONE;
}
