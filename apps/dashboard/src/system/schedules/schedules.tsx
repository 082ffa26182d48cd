/** Schedules: when each runs next, whether it ran, who changed it; pause, trigger, and a back-fill that is a plan first. */
import { Link } from "@tanstack/react-router";
import { Pause, Play, Zap } from "lucide-react";
import { useState } from "react";
import { useMayAct } from "../../api/session-context.js";
import type { Schedule, SchedulePage } from "../../api/types.js";
import { usePolled } from "../../live/use-polled.js";
import { Button } from "../../parts/button.js";
import { useNow } from "../../parts/now.js";
import { Problem } from "../../parts/problem.js";
import { SCROLLS } from "../../parts/scrolls.js";
import { counted } from "../../words/numbers.js";
import { ScheduleDetail } from "./schedule-detail.js";
import { cellOf, wordAway, wordCells, wordInstant, wordLast, wordThen, wordZone } from "./schedule-words.js";
import { TriggerDialog } from "./trigger-dialog.js";
import { useAct } from "./use-act.js";

const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function Schedules() {
  const { data, error } = usePolled<SchedulePage>("api/schedules?limit=200", { everyMs: 3_000 });
  const [chosen, choose] = useState<string | null>(null);
  if (data === undefined) {
    return error === null ? null : <Problem error={error} what="The schedules could not be read" />;
  }
  const detail = data.rows.find(({ name }) => name === chosen);
  return (
    <>
      <section className="panel first" aria-labelledby="h-schedules">
        <header>
          <h2 id="h-schedules">Schedules</h2>
          <span className="dim small">what starts runs by the clock; instants in the zone of each</span>
        </header>
        {data.rows.length === 0 ? (
          <p className="pad dim">
            No schedules. Declare one in a workflow, or add one: holdfast schedules put NAME --workflow=W --cron="0 6 *
            * *"
          </p>
        ) : (
          <section className="across" aria-label="Schedules, their next instants and last ticks" {...SCROLLS}>
            <table className="tbl plain sched">
              <colgroup>
                <col className="w-name" />
                <col className="w-when" />
                <col className="w-zone" />
                <col className="w-last" />
                <col />
                <col className="w-overlap" />
                <col className="w-acts" />
              </colgroup>
              <thead>
                <tr>
                  <th>Schedule</th>
                  <th>When</th>
                  <th>Zone</th>
                  <th>Last 20, newest at the right</th>
                  <th>Next five, in its zone</th>
                  <th>Overlap</th>
                  <th>
                    <span className="vh">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.rows.map((schedule) => (
                  <Row
                    key={schedule.name}
                    schedule={schedule}
                    isChosen={schedule.name === chosen}
                    onChoose={() => choose(schedule.name === chosen ? null : schedule.name)}
                  />
                ))}
              </tbody>
            </table>
          </section>
        )}
      </section>
      {detail === undefined ? null : <ScheduleDetail key={detail.name} schedule={detail} />}
    </>
  );
}

interface RowProps {
  readonly schedule: Schedule;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Row({ schedule, isChosen, onChoose }: RowProps) {
  const { name, workflow, words, cron, timezone, state, overlap, catchUp, activeCount, pendingCount } = schedule;
  const runs = activeCount === 0 ? "" : ` · ${counted(activeCount, "active run")}`;
  return (
    <tr className={state === "paused" ? "n-hold" : state === "retired" ? "old" : ""}>
      <td>
        <button type="button" className="name b" aria-expanded={isChosen} onClick={onChoose}>
          {name}
        </button>
        <div className="small dim">
          {workflow}
          {runs}
          {pendingCount === 0 ? "" : ` · ${pendingCount} waiting`}
        </div>
      </td>
      <td>
        {cron === null ? <span>{words}</span> : <span className="mono">{cron}</span>}
        <div className="small dim" title={words}>
          {cron === null ? "" : words}
        </div>
      </td>
      <td>
        {timezone ?? "UTC"}
        <div className="small dim">{wordZone(timezone, OWN_ZONE)}</div>
      </td>
      <td>
        <Cells schedule={schedule} />
      </td>
      <td>
        <Next schedule={schedule} />
      </td>
      <td className="mid">
        {overlap}
        <div className="small dim">catch up {catchUp}</div>
      </td>
      <td>
        <Acts schedule={schedule} />
      </td>
    </tr>
  );
}

function Cells({ schedule }: { readonly schedule: Schedule }) {
  const oldestFirst = [...schedule.ticks].reverse();
  const [newest] = schedule.ticks;
  return (
    <>
      <span className="outs" role="img" aria-label={wordCells(oldestFirst.map(cellOf))}>
        {oldestFirst.map((tick) => (
          <i key={`${tick.kind} ${tick.at}`} className={cellOf(tick)} />
        ))}
      </span>
      <div className="small">
        {newest?.runId == null || newest.status === null || schedule.state !== "active" ? (
          <span className={schedule.state === "paused" ? "c-hold" : "dim"}>{wordLast(schedule)}</span>
        ) : (
          <Link className="dim" to="/runs/$runId" params={{ runId: newest.runId }}>
            {wordLast(schedule)}
          </Link>
        )}
      </div>
    </>
  );
}

function Next({ schedule: { state, next, nextAt, timezone, problem } }: { readonly schedule: Schedule }) {
  const nowMs = useNow();
  const [first] = next;
  if (problem !== null) return <span className="c-fail">{problem}</span>;
  if (nextAt === null || first === undefined) {
    return (
      <>
        <span className="c-hold b">none while {state}</span>
        <div className="small dim">{first === undefined ? "" : `would be ${wordInstant(first, timezone)}`}</div>
      </>
    );
  }
  return (
    <>
      <span className="b">{wordInstant(first, timezone)}</span> <span className="dim">{wordAway(first, nowMs)}</span>
      <div className="small dim">{wordThen(next, timezone)}</div>
    </>
  );
}

function Acts({ schedule }: { readonly schedule: Schedule }) {
  const { name, state } = schedule;
  const mayAct = useMayAct();
  const act = useAct(name);
  const [isTriggering, setTriggering] = useState(false);
  const isPaused = state === "paused";
  const refusal = !mayAct ? "Only an operator may do this" : act.isPending ? "It is under way" : null;
  const retired = state === "retired" ? "It is no longer in the code" : refusal;
  return (
    <span className="btns">
      <Button
        size="sm"
        aria-label={`${isPaused ? "Resume" : "Pause"} ${name}`}
        refusal={retired}
        onClick={() => act.mutate({ action: isPaused ? "resume" : "pause" })}
      >
        {isPaused ? <Play className="i s" aria-hidden="true" /> : <Pause className="i s" aria-hidden="true" />}
        {isPaused ? "Resume" : "Pause"}
      </Button>
      <Button size="sm" aria-label={`Trigger ${name}…`} refusal={refusal} onClick={() => setTriggering(true)}>
        <Zap className="i s" aria-hidden="true" />
        Trigger…
      </Button>
      {act.error === null ? null : (
        <span className="c-fail small" role="alert">
          {act.error.message}
        </span>
      )}
      {isTriggering ? <TriggerDialog schedule={schedule} onClose={() => setTriggering(false)} /> : null}
    </span>
  );
}
