/** What waits for a person: what it is, what happens if nobody does anything, and the likeliest next step. */
import { Link } from "@tanstack/react-router";
import { MessageCircleQuestionMark } from "lucide-react";
import { useState } from "react";
import type { Question, RunSummary } from "../api/types.js";
import { QuestionView } from "../asks/question-view.js";
import { toWhom, untilWhen } from "../asks/question-words.js";
import { keyOf } from "../asks/use-questions.js";
import { useRun } from "../live/use-run.js";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { StateMark } from "../parts/state.js";
import { ErrorBanner } from "../run/error-banner.js";
import { Gauges } from "../run/gauges.js";
import { PlanPanel } from "../run/plan-panel.js";
import { useRunMaps } from "../run/use-run-maps.js";
import { useKeys } from "../tab/keys.js";
import { useTitle } from "../tab/use-title.js";
import { inputWords } from "../words/input-words.js";
import { count } from "../words/numbers.js";
import { stateOf } from "../words/run-state.js";
import { age } from "../words/times.js";
import { putOffUntil, takeUp, usePutOff } from "./put-off.js";
import { useAttention } from "./use-attention.js";

interface Entry {
  readonly key: string;
  readonly runId: string;
  readonly run: RunSummary | null;
  readonly question: Question | null;
  readonly title: string;
  readonly at: number;
}

export function InboxPage() {
  const { questions, runs, stuck, count: waiting, isRead } = useAttention();
  const isPutOff = usePutOff();
  const [chosen, setChosen] = useState<string | null>(null);
  const [opened, setOpened] = useState<Entry | null>(null);
  const nowMs = useNow();
  useTitle(waiting === 0 ? "Inbox" : `(${count(waiting)}) Inbox`);
  const found = [
    {
      name: "Silent, nobody works on them",
      entries: stuck.map(
        (health): Entry => ({
          key: health.runId,
          runId: health.runId,
          run: null,
          question: null,
          title: health.stuckReason ?? "stalled",
          at: health.lastActivityAt,
        }),
      ),
    },
    { name: "Failed, can go on", entries: entriesOf(runs, "failed") },
    { name: "Paused, wait for you", entries: entriesOf(runs, "paused") },
  ];
  const groups = [
    { name: "Questions", entries: questions.map(entryOf) },
    ...found.map(({ name, entries }) => ({ name, entries: entries.filter((entry) => !isPutOff(entry)) })),
    { name: "Put off by you", entries: found.flatMap(({ entries }) => entries.filter(isPutOff)) },
  ].filter(({ entries }) => entries.length > 0);
  const all = groups.flatMap(({ entries }) => entries);
  const listed = all.find(({ key }) => key === (chosen ?? opened?.key));
  // A question that somebody else answers meanwhile stays, with what was typed, until another one is chosen.
  const isLeft = listed === undefined && opened !== null && chosen === null;
  const shown = isLeft ? opened : (listed ?? all[0]);
  if (shown?.question && shown.key !== opened?.key) {
    setOpened(shown);
    setChosen(null);
  }
  const choose = (key: string | null) => {
    if (key !== null && key === opened?.key) return;
    setChosen(key);
    setOpened(null);
  };
  const go = (step: number) => {
    const at = all.findIndex(({ key }) => key === shown?.key);
    choose(all[Math.max(0, Math.min(all.length - 1, at + step))]?.key ?? null);
  };
  useKeys({ j: () => go(1), k: () => go(-1), ArrowDown: () => go(1), ArrowUp: () => go(-1) });
  if (isRead && shown === undefined) {
    return (
      <div className="void framed">
        <h1>Nothing waits for you</h1>
        <p className="dim">Runs that ask, fail, pause or fall silent come here by themselves.</p>
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
                  key={entry.key}
                  entry={entry}
                  nowMs={nowMs}
                  isChosen={entry.key === shown?.key}
                  onChoose={() => choose(entry.key)}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {shown === undefined ? (
        <div />
      ) : shown.question === null ? (
        <Detail key={shown.key} entry={shown} isPutOff={isPutOff(shown)} />
      ) : (
        <section key={shown.key} className="inbox-detail" aria-labelledby="h-question">
          <div className="head">
            <h2 id="h-question">{shown.title}</h2>
          </div>
          <QuestionView question={shown.question} isOpen={!isLeft} onAnswered={() => choose(null)} />
        </section>
      )}
    </div>
  );
}

const entriesOf = (runs: readonly RunSummary[], status: string): readonly Entry[] =>
  runs
    .filter((run) => run.status === status)
    .map((run) => ({
      key: run.id,
      runId: run.id,
      run,
      question: null,
      title: run.error?.message ?? run.reason ?? "paused",
      at: run.updatedAt,
    }));

const entryOf = (question: Question): Entry => {
  const { runId, title, askedAt } = question;
  return { key: keyOf(question), runId, run: null, question, title, at: askedAt };
};

interface RowProps {
  readonly entry: Entry;
  readonly nowMs: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Row(props: RowProps) {
  return props.entry.question === null ? (
    <RunRow {...props} />
  ) : (
    <QuestionRow {...props} question={props.entry.question} />
  );
}

function QuestionRow({ question, nowMs, isChosen, onChoose }: RowProps & { readonly question: Question }) {
  const { title, runId, workflow, to, askedAt } = question;
  return (
    <li>
      <button type="button" className="entry" aria-current={isChosen ? "true" : undefined} onClick={onChoose}>
        <span className="st ask">
          <MessageCircleQuestionMark className="i ic" aria-hidden="true" />
        </span>
        <span className="t cut">{title}</span>
        <span className="a">{age(askedAt, nowMs)}</span>
        <span className="w whole">
          <span className="mono">{runId}</span> · {workflow} · to {toWhom(to)} · {untilWhen(question, nowMs)}
        </span>
      </button>
    </li>
  );
}

function RunRow({ entry, nowMs, isChosen, onChoose }: RowProps) {
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
