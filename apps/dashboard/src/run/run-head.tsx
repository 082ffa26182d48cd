/** The StatusBar, large: what the run is, how far, until when, what it costs, and what can be done. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Bug, CirclePause, CirclePlay, Ellipsis, GitCompare, GitFork, RotateCcw } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { useActRefusal } from "../api/session-context.js";
import type { Run, RunHistory } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { useHeadSeen } from "../parts/head-seen.js";
import { useNow } from "../parts/now.js";
import { shareOf } from "../parts/progress.js";
import { StatePill } from "../parts/state.js";
import { Tags } from "../parts/tags.js";
import { useKeys } from "../tab/keys.js";
import { inputWords } from "../words/input-words.js";
import { stateOf } from "../words/run-state.js";
import { ago, clock, instant } from "../words/times.js";
import { ConfirmAct, type Confirmed } from "./confirm-act.js";
import { Gauges } from "./gauges.js";
import { openPlan } from "./plan-open.js";
import { useAct } from "./use-act.js";
import type { RunMap } from "./use-run-maps.js";

interface RunHeadProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly history: RunHistory | undefined;
  readonly onDebug: () => void;
}

export function RunHead({ run, maps, history, onDebug }: RunHeadProps) {
  const nowMs = useNow();
  const state = stateOf(run, nowMs, run.health.stuck);
  return (
    <section className="head" aria-label="Run" ref={useHeadSeen()}>
      <div className="row">
        <StatePill state={state} share={shareOf(run.progress)} />
        <h1 className="cut">{run.id}</h1>
        <CopyButton text={run.id} label="Copy the id" />
        <Acts run={run} onDebug={onDebug} />
      </div>
      <div className="sub">
        <span>
          {run.workflow} {run.version}
        </span>
        <span className="cut">{inputWords(run.input)}</span>
        <span title={instant(run.startedAt ?? run.createdAt)}>
          {run.startedAt === null ? "created" : "started"} {ago(run.startedAt ?? run.createdAt, nowMs)}
          {run.owner === null ? "" : ` by ${run.owner}`}
        </span>
        {run.tags.length === 0 ? null : (
          <span>
            <Tags tags={run.tags} />
          </span>
        )}
        {run.lease === null ? null : (
          <span>
            held by <span className="mono mid">{run.lease.holder}</span>
          </span>
        )}
        {run.status !== "waiting" || run.reason === null ? null : <span>waits for {run.reason}</span>}
        {run.finishedAt === null ? null : <span title={instant(run.finishedAt)}>ended {clock(run.finishedAt)}</span>}
        {run.forkedFrom === null ? null : (
          <span>
            forked from{" "}
            <Link className="link mono" to="/runs/$runId" params={{ runId: run.forkedFrom.runId }}>
              {run.forkedFrom.runId}
            </Link>
          </span>
        )}
      </div>
      <Gauges run={run} maps={maps} history={history} nowMs={nowMs} />
    </section>
  );
}

function Acts({ run, onDebug }: { readonly run: Run; readonly onDebug: () => void }) {
  const refusal = useActRefusal();
  const act = useAct(run);
  const [asked, setAsked] = useState<Confirmed | null>(null);
  const isActive = run.status === "running" || run.status === "queued" || run.status === "waiting";
  const isResumable = run.status === "paused" || run.status === "failed";
  const isPausing = run.wish !== null;
  const pause = () => (refusal === null && isActive && !isPausing ? act.mutate({ action: "pause" }) : undefined);
  const resume = () => (isResumable ? openPlan() : undefined);
  useKeys({ p: pause, r: resume });
  return (
    <span className="btns">
      <Button kind="bare" hint="D" onClick={onDebug}>
        <Bug className="i s" aria-hidden="true" />
        <span className="wide-only">Debug</span>
      </Button>
      {isActive ? (
        <>
          <Button refusal={refusal} onClick={() => setAsked("cancel")}>
            Cancel…
          </Button>
          <Button
            kind="pri"
            hint="P"
            refusal={isPausing ? `It is asked to ${run.wish?.kind} already` : refusal}
            onClick={pause}
          >
            <CirclePause className="i s" aria-hidden="true" />
            {isPausing ? WISHED[run.wish?.kind ?? "pause"] : "Pause"}
          </Button>
        </>
      ) : null}
      {isResumable ? (
        <Button hint="R" refusal={refusal} onClick={resume}>
          <CirclePlay className="i s" aria-hidden="true" />
          Plan resume
        </Button>
      ) : null}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="btn icon" aria-label="More acts" title="More acts">
          <Ellipsis className="i s" aria-hidden="true" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            <MoreActs run={run} isRefused={refusal !== null} onAsk={setAsked} />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {act.error === null ? null : (
        <span className="c-fail small" role="alert">
          {act.error.message}
        </span>
      )}
      {asked === null ? null : <ConfirmAct run={run} what={asked} onClose={() => setAsked(null)} />}
    </span>
  );
}

const WISHED = { pause: "Pausing…", cancel: "Cancelling…", fail: "Stopping…" } as const;

interface MoreActsProps {
  readonly run: Run;
  readonly isRefused: boolean;
  readonly onAsk: (what: Confirmed) => void;
}

function MoreActs({ run, isRefused, onAsk }: MoreActsProps) {
  const navigate = useNavigate();
  const isOver = run.finishedAt !== null || run.status === "paused";
  const compare = () =>
    void navigate({
      to: "/compare",
      search: run.forkedFrom === null ? { b: run.id } : { a: run.forkedFrom.runId, b: run.id },
    });
  return (
    <>
      <DropdownMenu.Item className="menu-item" onSelect={compare}>
        <GitCompare className="i s" aria-hidden="true" />
        {run.forkedFrom === null ? "Compare with…" : "Compare with what it was forked from"}
      </DropdownMenu.Item>
      <DropdownMenu.Item className="menu-item" disabled={isRefused || !isOver} onSelect={() => onAsk("restart")}>
        <RotateCcw className="i s" aria-hidden="true" />
        Restart from the first stage…
      </DropdownMenu.Item>
      <DropdownMenu.Item
        className="menu-item"
        disabled={isRefused || run.status === "queued"}
        onSelect={() => onAsk("fork")}
      >
        <GitFork className="i s" aria-hidden="true" />
        Fork…
      </DropdownMenu.Item>
      <DropdownMenu.Separator className="menu-sep" />
      <DropdownMenu.Item className="menu-item c-fail" disabled={isRefused || !isOver} onSelect={() => onAsk("delete")}>
        Remove this run…
      </DropdownMenu.Item>
    </>
  );
}
