/** Stage rail and TaskTimeline on one grid: a stage and its time stand in one row. `T` shows the same as a table. */
import { useState } from "react";
import type { Run, Stage } from "../api/types.js";
import { useKeys } from "../frame/keys.js";
import { useNow } from "../parts/now.js";
import { Ring, StateMark } from "../parts/state.js";
import { count } from "../words/numbers.js";
import { clock, clockMs, duration } from "../words/times.js";
import { type Lane, type Segment, timelineOf } from "./timeline.js";
import { TimelineTable } from "./timeline-table.js";
import type { RunMap } from "./use-run-maps.js";

interface StageTimelineProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly chosen: string | null;
  readonly onChoose: (stage: string) => void;
}

const SEGMENT_CLASS = { queue: "q", kept: "kept", live: "live", done: "done", bad: "bad", cut: "cutoff" } as const;
const SEGMENT_WORD = {
  queue: "in the queue",
  kept: "kept from before",
  live: "running",
  done: "done",
  bad: "failed",
  cut: "cut off",
} as const;
const pct = (x: number) => `${x * 100}%`;

export function StageTimeline({ run, maps, chosen, onChoose }: StageTimelineProps) {
  const nowMs = useNow();
  const [isTable, setTable] = useState(false);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  useKeys({ T: () => setTable((was) => !was) });
  const line = timelineOf(run, { nowMs, maps: new Set(maps.map(({ stage }) => stage)), unfolded });
  const folded = foldStarts(run, line.folds.length, nowMs, unfolded);
  return (
    <section className="panel first" aria-labelledby="h-stages">
      <header>
        <h2 id="h-stages">Stages</h2>
        <Legend lanes={line.lanes} />
        <span className="end">
          <button type="button" className="btn bare sm" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? "Show the timeline" : "Show as table"}
          </button>
        </span>
      </header>
      {isTable ? (
        <TimelineTable lanes={line.lanes} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
        <div className="tl" role="group" aria-label="Stages on a time axis; T shows the same as a table">
          <div />
          <div className="axis" aria-hidden="true">
            {line.ticks.map(({ at, x }) => (
              <span key={at} className={x < 0.03 ? "l" : ""} style={{ left: pct(x) }}>
                {line.stepMs < 60_000 ? clock(at) : clock(at).slice(0, 5)}
              </span>
            ))}
          </div>
          <div className="grid" aria-hidden="true">
            {line.ticks.map(({ at, x }) => (
              <i key={at} style={{ left: pct(x) }} />
            ))}
            {line.folds.map(({ from, to, ms }, index) => (
              <span
                key={from}
                className="fold"
                style={{ left: pct(from), width: pct(to - from), pointerEvents: "auto" }}
              >
                <button
                  type="button"
                  tabIndex={-1}
                  title={`Unfold ${duration(ms)} in which nothing ran`}
                  onClick={() => setUnfolded(new Set([...unfolded, folded[index] ?? 0]))}
                >
                  {duration(ms)} idle
                </button>
              </span>
            ))}
            {line.now === null ? null : <i className="nowline" style={{ left: pct(line.now) }} />}
          </div>
          {line.lanes.map((lane) => (
            <StageLane
              key={lane.stage.name}
              lane={lane}
              map={maps.find(({ stage }) => stage === lane.stage.name)}
              run={run}
              isChosen={chosen === lane.stage.name}
              onChoose={() => onChoose(lane.stage.name)}
              now={line.now}
              end={line.end}
            />
          ))}
        </div>
      )}
    </section>
  );
}

/** The instants at which the shown folds begin: by them they are unfolded. */
function foldStarts(run: Run, shown: number, nowMs: number, unfolded: ReadonlySet<number>): readonly number[] {
  if (shown === 0) return [];
  const busy = run.stages
    .flatMap(({ attempts }) => attempts.map(({ startedAt, finishedAt }) => [startedAt, finishedAt ?? nowMs] as const))
    .sort((x, y) => x[0] - y[0]);
  const starts: number[] = [];
  let at = run.createdAt;
  for (const [from, to] of busy) {
    if (from - at > 300_000 && !unfolded.has(at)) starts.push(at);
    at = Math.max(at, to);
  }
  return [...starts, at];
}

function Legend({ lanes }: { readonly lanes: readonly Lane[] }) {
  const kinds = new Set(lanes.flatMap(({ segments }) => segments.map(({ kind }) => kind)));
  return (
    <span className="legend small">
      {kinds.has("queue") ? (
        <span>
          <i className="outline" />
          queue
        </span>
      ) : null}
      {kinds.has("kept") ? (
        <span>
          <i className="kept" />
          kept
        </span>
      ) : null}
      {kinds.has("live") ? (
        <span>
          <i className="live" />
          running
        </span>
      ) : null}
      {kinds.has("done") ? (
        <span>
          <i className="done" />
          done
        </span>
      ) : null}
      {kinds.has("bad") ? (
        <span>
          <i className="bad" />
          failed
        </span>
      ) : null}
    </span>
  );
}

interface StageLaneProps {
  readonly lane: Lane;
  readonly map: RunMap | undefined;
  readonly run: Run;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly now: number | null;
  readonly end: { readonly from: number; readonly to: number } | null;
}

function StageLane({ lane, map, run, isChosen, onChoose, now, end }: StageLaneProps) {
  const { stage, segments, tookMs } = lane;
  const isLive = stage.status === "running" && run.status === "running";
  const words = wordsOf(stage, map);
  const last = segments.at(-1);
  return (
    <>
      <button
        type="button"
        className="stage"
        aria-current={isChosen ? "true" : undefined}
        onClick={onChoose}
        title={[stage.name, stage.title === stage.name ? null : stage.title, stage.label]
          .filter((one) => one !== null)
          .join(": ")}
      >
        <StageMark stage={stage} map={map} isLive={isLive} />
        <span className="nm">{stage.name}</span>
        <span className="ti cut">{stage.label ?? (stage.title === stage.name ? "" : stage.title)}</span>
        <span className="du">{tookMs === null ? "" : duration(tookMs)}</span>
      </button>
      <div className={isChosen ? "lane sel" : "lane"}>
        <div className="in">
          {segments.map((segment) => (
            <SegmentMark key={`${segment.kind}-${segment.startedAt}-${segment.attempt}`} segment={segment} />
          ))}
          {isLive && now !== null && end !== null ? (
            <>
              <i className="tseg eta" style={{ left: pct(now), width: pct(Math.max(0, end.from - now)) }} />
              <i className="tseg etar" style={{ left: pct(end.from), width: pct(Math.max(0, end.to - end.from)) }} />
            </>
          ) : null}
          {words === "" || last === undefined ? null : <Label at={last.to} text={words} isBad={last.kind === "bad"} />}
        </div>
      </div>
    </>
  );
}

/** Beside its segment: at the right, or where that has no room, at the left. */
function Label({ at, text, isBad }: { readonly at: number; readonly text: string; readonly isBad: boolean }) {
  const className = isBad ? "tlab fail" : "tlab";
  return at < 0.78 ? (
    <span className={className} style={{ left: `calc(${pct(at)} + 6px)` }}>
      {text}
    </span>
  ) : null;
}

function SegmentMark({ segment }: { readonly segment: Segment }) {
  const { kind, from, to, startedAt, endedAt, attempt } = segment;
  const words = `${SEGMENT_WORD[kind]}, ${clockMs(startedAt)} to ${clockMs(endedAt)}, ${duration(endedAt - startedAt)}`;
  const isNamed = (kind === "kept" || kind === "live") && to - from > 0.12 && attempt > 0;
  return (
    <i
      className={`tseg ${SEGMENT_CLASS[kind]}`}
      style={{ left: pct(from), width: pct(Math.max(0, to - from)) }}
      title={attempt > 0 ? `Attempt ${attempt}: ${words}` : words}
    >
      {isNamed ? <span className="in-seg">attempt {attempt}</span> : null}
    </i>
  );
}

function StageMark({
  stage,
  map,
  isLive,
}: {
  readonly stage: Stage;
  readonly map: RunMap | undefined;
  readonly isLive: boolean;
}) {
  if (isLive) {
    const share = map === undefined || map.total === null || map.total === 0 ? null : map.done / map.total;
    return (
      <span className="st run">
        <Ring share={share} />
      </span>
    );
  }
  const [tone, icon] = MARKS[stage.status];
  return (
    <span className={`st ${tone}`}>
      <StateMark icon={icon} />
    </span>
  );
}

const MARKS = {
  completed: ["ok", "completed"],
  failed: ["fail", "failed"],
  interrupted: ["hold", "paused"],
  running: ["hold", "stalled"],
  pending: ["idle", "queued"],
} as const;

function wordsOf(stage: Stage, map: RunMap | undefined): string {
  if (stage.status === "pending" && stage.attempts.length === 0) return "";
  if (map !== undefined)
    return map.total === null ? `${count(map.done)} items` : `${count(map.done)} of ${count(map.total)}`;
  const last = stage.attempts.at(-1);
  return last?.status === "failed" ? (last.error?.category ?? last.error?.code ?? "failed") : "";
}
