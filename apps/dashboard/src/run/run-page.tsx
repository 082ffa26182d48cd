/** One run, live: its head with the gauges, then a tab of what it recorded. The tab of the browser holds it from here on. */
import { Link, useParams } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { ApiProblem } from "../api/client.js";
import type { Run } from "../api/types.js";
import { RunQuestions } from "../asks/run-questions.js";
import { useRun, useRunEvents } from "../live/use-run.js";
import { Problem } from "../parts/problem.js";
import { useKeys } from "../tab/keys.js";
import { holdRun } from "../tab/tab-run.js";
import { ErrorBanner } from "./error-banner.js";
import { EventsPanel } from "./events-panel.js";
import { Overview } from "./overview.js";
import { RunHead } from "./run-head.js";
import { RunTabs, type TabName } from "./run-tabs.js";
import { useHistory } from "./use-history.js";
import { useRunMaps } from "./use-run-maps.js";
import { useRunTitle } from "./use-run-title.js";

const ItemsTab = lazy(() => import("./items-tab.js").then((m) => ({ default: m.ItemsTab })));
const ErrorsTab = lazy(() => import("./errors-tab.js").then((m) => ({ default: m.ErrorsTab })));
const ArtifactsTab = lazy(() => import("./artifacts-tab.js").then((m) => ({ default: m.ArtifactsTab })));
const ResultTab = lazy(() => import("./result-tab.js").then((m) => ({ default: m.ResultTab })));
const LogTab = lazy(() => import("./log-tab.js").then((m) => ({ default: m.LogTab })));
const CostTab = lazy(() => import("./cost-tab.js").then((m) => ({ default: m.CostTab })));
const AuditTab = lazy(() => import("./audit-tab.js").then((m) => ({ default: m.AuditTab })));
const DebugPanel = lazy(() => import("./debug-panel.js").then((m) => ({ default: m.DebugPanel })));

export function RunPage() {
  const { runId, tab = "overview" } = useParams({ strict: false }) as { runId: string; tab?: string };
  const { data: run, error, refetch } = useRun(runId);
  const isRead = run !== undefined;
  useEffect(() => {
    if (isRead) holdRun(runId);
  }, [runId, isRead]);
  if (run === undefined) {
    if (error === null) return <Reading runId={runId} />;
    return <Missing runId={runId} error={error} onAgain={() => void refetch()} />;
  }
  return <Shown key={runId} run={run} tab={tab as TabName} />;
}

/** Nothing at first, so that a quick answer never flashes: the style waits. */
function Reading({ runId }: { readonly runId: string }) {
  return (
    <div className="void framed late" role="status">
      <h1 className="mono">{runId}</h1>
      <p className="dim">Reading what it recorded</p>
    </div>
  );
}

function Missing({
  runId,
  error,
  onAgain,
}: {
  readonly runId: string;
  readonly error: Error;
  readonly onAgain: () => void;
}) {
  const isGone = error instanceof ApiProblem && error.status === 404;
  if (!isGone) return <Problem error={error} what="The run could not be read" onAgain={onAgain} />;
  return (
    <div className="void framed">
      <h1>There is no run {runId}</h1>
      <p className="dim">It was removed, its id is another, or it is somebody else's.</p>
      <Link className="btn" to="/runs" search={{}}>
        All runs
      </Link>
    </div>
  );
}

function Shown({ run, tab }: { readonly run: Run; readonly tab: TabName }) {
  const [isDebugging, setDebugging] = useState(false);
  const events = useRunEvents(run.id, run.head);
  const maps = useRunMaps(run.id, run.status === "running" || run.status === "queued");
  const history = useHistory(run);
  useRunTitle(run);
  useKeys({ d: () => setDebugging((was) => !was) });
  return (
    <div className="with-drawer">
      <div className="run-body">
        <RunHead run={run} maps={maps} history={history} onDebug={() => setDebugging(!isDebugging)} />
        <RunTabs run={run} maps={maps} tab={tab} />
        <ErrorBanner run={run} maps={maps} />
        <RunQuestions run={run} />
        <Suspense fallback={null}>{tabOf(tab)}</Suspense>
      </div>
      {isDebugging ? (
        <Suspense fallback={null}>
          <DebugPanel run={run} onClose={() => setDebugging(false)} />
        </Suspense>
      ) : null}
    </div>
  );

  function tabOf(name: TabName): ReactNode {
    switch (name) {
      case "items":
        return <ItemsTab run={run} maps={maps} />;
      case "errors":
        return <ErrorsTab run={run} maps={maps} />;
      case "events":
        return <EventsPanel {...events} runId={run.id} isWholePage />;
      case "artifacts":
        return <ArtifactsTab run={run} />;
      case "result":
        return <ResultTab run={run} />;
      case "log":
        return <LogTab run={run} />;
      case "cost":
        return <CostTab run={run} maps={maps} history={history} />;
      case "audit":
        return <AuditTab run={run} />;
      default:
        return <Overview run={run} maps={maps} history={history} events={events} />;
    }
  }
}
