/** All causes of a run's failed items. */
import type { Run } from "../api/types.js";
import { ErrorCauses } from "./error-causes.js";
import { PlanPanel } from "./plan-panel.js";
import type { RunMap } from "./use-run-maps.js";

export function ErrorsTab({ run, maps }: { readonly run: Run; readonly maps: readonly RunMap[] }) {
  const failed = maps.reduce((sum, map) => sum + map.failed, 0);
  return (
    <>
      <PlanPanel run={run} maps={maps} />
      <ErrorCauses run={run} failed={failed} shown={100} />
    </>
  );
}
