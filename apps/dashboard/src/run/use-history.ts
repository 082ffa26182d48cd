/** What happened to a run as a whole, and the pace of its maps. */
import { runPath } from "../api/client.js";
import type { Run, RunHistory } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";

const WORKING_MS = 3_000;
const RESTING_MS = 15_000;

export function useHistory(run: Pick<Run, "id" | "status">): RunHistory | undefined {
  const everyMs = run.status === "running" ? WORKING_MS : RESTING_MS;
  return usePolled<RunHistory>(runPath(run.id, "/history"), { everyMs }).data;
}
