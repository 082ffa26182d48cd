/** The first tab: the plan where one is asked for, stages on their time axis, items, causes of failure, the newest events. */
import { useState } from "react";
import type { Run, RunHistory } from "../api/types.js";
import type { LiveEvents } from "../live/use-run.js";
import { ErrorCauses } from "./error-causes.js";
import { EventsPanel } from "./events-panel.js";
import { HeatMap } from "./heat-map.js";
import { PlanPanel } from "./plan-panel.js";
import { StageTimeline } from "./stage-timeline.js";
import type { RunMap } from "./use-run-maps.js";

interface OverviewProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly history: RunHistory | undefined;
  readonly events: LiveEvents & { readonly older: () => void };
}

export function Overview({ run, maps, history, events }: OverviewProps) {
  const [stage, setStage] = useState<string | null>(null);
  const running = run.stages.find(({ status }) => status === "running")?.name;
  const chosen = stage ?? running ?? maps.at(-1)?.stage ?? null;
  const map = maps.find((one) => one.stage === chosen) ?? (stage === null ? maps.at(-1) : undefined);
  const failed = maps.reduce((sum, one) => sum + one.failed, 0);
  return (
    <>
      <PlanPanel run={run} maps={maps} />
      <StageTimeline run={run} maps={maps} history={history} chosen={chosen} onChoose={setStage} />
      {map === undefined || map.total === 0 ? null : <HeatMap run={run} map={map} />}
      <div className="split ruled">
        {failed === 0 ? null : <ErrorCauses run={run} failed={failed} />}
        <EventsPanel {...events} runId={run.id} />
      </div>
    </>
  );
}
