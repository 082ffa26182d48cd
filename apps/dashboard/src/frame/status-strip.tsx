/** The run that this tab holds, at the foot of every page but its own. */
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Pause, Plus, X } from "lucide-react";
import { useActRefusal } from "../api/session-context.js";
import type { Run } from "../api/types.js";
import { useRun } from "../live/use-run.js";
import { Button } from "../parts/button.js";
import { useIsHeadSeen } from "../parts/head-seen.js";
import { useNow } from "../parts/now.js";
import { shareOf } from "../parts/progress.js";
import { State } from "../parts/state.js";
import { useAct } from "../run/use-act.js";
import { letGo, useTabRun } from "../tab/tab-run.js";
import { count, rate } from "../words/numbers.js";
import { stateOf } from "../words/run-state.js";
import { durationRange } from "../words/times.js";

export function StatusStrip() {
  const held = useTabRun();
  const { runId } = useParams({ strict: false });
  const isHeadSeen = useIsHeadSeen();
  // The head says it all, where it is seen.
  if (runId !== undefined && (held === null || (runId === held && isHeadSeen))) return null;
  if (held === null) return <NoRun />;
  return <Held runId={held} />;
}

function Held({ runId }: { readonly runId: string }) {
  const { data: run } = useRun(runId);
  const { runId: here } = useParams({ strict: false });
  const navigate = useNavigate();
  const nowMs = useNow();
  if (run === undefined) return null;
  const state = stateOf(run, nowMs, run.health.stuck);
  const share = shareOf(run.progress);
  const open = () => void navigate({ to: "/runs/$runId", params: { runId } });
  return (
    <section className="strip" aria-label="Run of this tab">
      <span className="edge">
        <i className={EDGE[state.tone]} style={{ width: `${(share ?? 0) * 100}%` }} />
      </span>
      <State state={state} share={share} />
      <Link className="id" to="/runs/$runId" params={{ runId }}>
        {runId}
      </Link>
      <span className="sep" />
      <Figures run={run} />
      <span className="btns">
        <PauseButton run={run} />
        {here === runId ? null : (
          <Button size="sm" onClick={open}>
            Open
          </Button>
        )}
        <Button size="sm" kind="bare" isIcon aria-label="Let go of this run" title="Let go of this run" onClick={letGo}>
          <X className="i s" aria-hidden="true" />
        </Button>
      </span>
    </section>
  );
}

const EDGE = { run: "live", ok: "done", fail: "bad", hold: "hold", ask: "ask", idle: "todo" } as const;

function Figures({ run }: { readonly run: Run }) {
  const { done, total, failed, ratePerS, etaMs, label } = run.progress;
  const isRunning = run.status === "running";
  const pace = ratePerS === null ? null : rate(ratePerS);
  return (
    <>
      {run.status !== "waiting" || run.reason === null ? null : <span className="mono cut">{run.reason}</span>}
      {label === null || !isRunning ? null : <span className="mono cut">{label}</span>}
      {total === null ? null : (
        <span>
          <b>{count(done)}</b> of {count(total)}
        </span>
      )}
      {pace === null || !isRunning ? null : <span>{`${pace.value}${pace.unit}`}</span>}
      {etaMs === null || !isRunning ? null : (
        <span>
          <b>{durationRange(etaMs as [number, number])}</b> left
        </span>
      )}
      {failed === 0 ? null : <span className="c-fail">{count(failed)} failed</span>}
    </>
  );
}

function PauseButton({ run }: { readonly run: Run }) {
  const refusal = useActRefusal();
  const act = useAct(run);
  if (!["running", "queued", "waiting"].includes(run.status)) return null;
  const isPausing = run.wish?.kind === "pause";
  return (
    <Button
      size="sm"
      refusal={isPausing ? "It pauses once what is in flight has ended" : refusal}
      onClick={() => act.mutate({ action: "pause" })}
    >
      <Pause className="i s" aria-hidden="true" />
      {isPausing ? "Pausing…" : "Pause"}
    </Button>
  );
}

function NoRun() {
  return (
    <section className="strip" aria-label="Run of this tab">
      <span>No run in this tab</span>
      <span className="btns">
        <Link className="btn sm" to="/start">
          <Plus className="i s" aria-hidden="true" />
          Start one
        </Link>
      </span>
    </section>
  );
}
