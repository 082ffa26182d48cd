/** What waits for a person: what it is, what happens if nobody does anything, and the likeliest next step. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { RunSummary } from "../api/types.js";
import { useAttention } from "../live/use-attention.js";
import { useRun } from "../live/use-run.js";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { StateMark } from "../parts/state.js";
import { ErrorBanner } from "../run/error-banner.js";
import { Gauges } from "../run/gauges.js";
import { PlanPanel } from "../run/plan-panel.js";
import { useRunMaps } from "../run/use-run-maps.js";
import { inputWords } from "../runs/run-query.js";
import { useKeys } from "../tab/keys.js";
import { useTitle } from "../tab/use-title.js";
import { count } from "../words/numbers.js";
import { stateOf } from "../words/run-state.js";
import { age } from "../words/times.js";
import { putOffUntil, takeUp, usePutOff } from "./put-off.js";

interface Entry {
  readonly runId: string;
  readonly run: RunSummary | null;
  readonly title: string;
  readonly at: number;
}

export function InboxPage() {
  const { runs, stuck, count: waiting, isRead } = useAttention();
  const isPutOff = usePutOff();
  const [chosen, setChosen] = useState<string | null>(null);
  const nowMs = useNow();
  useTitle(waiting === 0 ? "Inbox" : `(${count(waiting)}) Inbox`);
  const found = [
    {
      name: "Silent, nobody works on them",
      entries: stuck.map(
        (health): Entry => ({
          runId: health.runId,
          run: null,
          title: health.stuckReason ?? "stalled",
          at: health.lastActivityAt,
        }),
      ),
    },
    { name: "Failed, can go on", entries: entriesOf(runs, "failed") },
    { name: "Paused, wait for you", entries: entriesOf(runs, "paused") },
  ];
  const groups = [
    ...found.map(({ name, entries }) => ({ name, entries: entries.filter((entry) => !isPutOff(entry)) })),
    { name: "Put off by you", entries: found.flatMap(({ entries }) => entries.filter(isPutOff)) },
  ].filter(({ entries }) => entries.length > 0);
  const all = groups.flatMap(({ entries }) => entries);
  const shown = all.find(({ runId }) => runId === chosen) ?? all[0];
  const go = (step: number) => {
    const at = all.findIndex(({ runId }) => runId === shown?.runId);
    setChosen(all[Math.max(0, Math.min(all.length - 1, at + step))]?.runId ?? null);
  };
  useKeys({ j: () => go(1), k: () => go(-1), ArrowDown: () => go(1), ArrowUp: () => go(-1) });
  if (isRead && all.length === 0) {
    return (
      <div className="void framed">
        <h1>Nothing waits for you</h1>
        <p className="dim">Runs that fail, pause or fall silent come here by themselves.</p>
        <Link className="btn" to="/runs" search={{}}>
          All runs
        </Link>
      </div>
    );
  }
  return (
    <div className="inbox">
      <h1 className="vh">Inbox</h1>
      <div className="list">
        {groups.map(({ name, entries }) => (
          <section key={name}>
            <h2>
              {name} <span>{count(entries.length)}</span>
            </h2>
            <ul>
              {entries.map((entry) => (
                <Row
                  key={entry.runId}
                  entry={entry}
                  nowMs={nowMs}
                  isChosen={entry.runId === shown?.runId}
                  onChoose={() => setChosen(entry.runId)}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {shown === undefined ? <div /> : <Detail key={shown.runId} entry={shown} isPutOff={isPutOff(shown)} />}
    </div>
  );
}

const entriesOf = (runs: readonly RunSummary[], status: string): readonly Entry[] =>
  runs
    .filter((run) => run.status === status)
    .map((run) => ({ runId: run.id, run, title: run.error?.message ?? run.reason ?? "paused", at: run.updatedAt }));

interface RowProps {
  readonly entry: Entry;
  readonly nowMs: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Row({ entry, nowMs, isChosen, onChoose }: RowProps) {
  const state =
    entry.run === null
      ? ({ tone: "hold", icon: "stalled", word: "Stalled", edge: "hold" } as const)
      : stateOf(entry.run, nowMs);
  return (
    <li>
      <button type="button" className="entry" aria-current={isChosen ? "true" : undefined} onClick={onChoose}>
        <span className={`st ${state.tone}`}>
          <StateMark icon={state.icon} />
        </span>
        <span className="t cut">{entry.runId}</span>
        <span className="a">{age(entry.at, nowMs)}</span>
        <span className="w">
          {entry.run === null ? "" : `${inputWords(entry.run.input)} · `}
          {state.word}: {entry.title}
        </span>
      </button>
    </li>
  );
}

function Detail({ entry, isPutOff }: { readonly entry: Entry; readonly isPutOff: boolean }) {
  const { runId } = entry;
  const { data: run } = useRun(runId);
  const maps = useRunMaps(runId, false);
  const nowMs = useNow();
  if (run === undefined) return <div />;
  return (
    <section className="inbox-detail" aria-label={runId}>
      <div className="head">
        <div className="row">
          <h2 className="mono">
            <Link className="id" to="/runs/$runId" params={{ runId }}>
              {runId}
            </Link>
          </h2>
          <span className="dim">{run.workflow}</span>
          <span className="btns">
            {isPutOff ? (
              <Button size="sm" onClick={() => takeUp(entry)}>
                Take it up again
              </Button>
            ) : (
              <>
                <Button
                  size="sm"
                  kind="bare"
                  title="Not counted for a day"
                  onClick={() => putOffUntil(entry, "tomorrow")}
                >
                  Tomorrow
                </Button>
                <Button
                  size="sm"
                  kind="bare"
                  title="Not counted until this run stops another time"
                  onClick={() => putOffUntil(entry, "itMoves")}
                >
                  Until it moves
                </Button>
              </>
            )}
          </span>
        </div>
        <Gauges run={run} maps={maps} nowMs={nowMs} />
      </div>
      <ErrorBanner run={run} maps={maps} />
      <PlanPanel run={run} maps={maps} />
    </section>
  );
}
