/**
 * Stage rail and TaskTimeline on one grid: a stage and its time stand in one row. A part of the axis can be looked at (`+`, `−`, arrows,
 * the brush), `[` and `]` step through attempts, and `T` shows the same as a table.
 */
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { query, runPath } from "../api/client.js";
import type { ItemLanes, Run, RunHistory } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { useNow } from "../parts/now.js";
import { useKeys } from "../tab/keys.js";
import { clock, clockMs, duration } from "../words/times.js";
import { AttemptLine } from "./attempt-line.js";
import { GroupLane, idOf, StageLane } from "./stage-lane.js";
import { type Segment, type SegmentKind, timelineOf } from "./timeline.js";
import { TimelineAxisMarks } from "./timeline-axis-marks.js";
import { TimelineBrush, zoomByKey } from "./timeline-brush.js";
import { criticalPathOf } from "./timeline-critical.js";
import { useDragPan, useWheelZoom, useWidth } from "./timeline-gestures.js";
import { marksOf } from "./timeline-marks.js";
import { rowsOf } from "./timeline-rows.js";
import { TimelineTable } from "./timeline-table.js";
import { isWhole, show, through, ticksShown, type View, WHOLE } from "./timeline-view.js";
import { restsOf } from "./timeline-waits.js";
import type { RunMap } from "./use-run-maps.js";

const SlotsNow = lazy(() => import("./slot-lanes.js").then((m) => ({ default: m.SlotsNow })));
const WhereTimeWent = lazy(() => import("./where-time-went.js").then((m) => ({ default: m.WhereTimeWent })));

interface StageTimelineProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly history: RunHistory | undefined;
  readonly chosen: string | null;
  readonly onChoose: (stage: string) => void;
}

const pct = (x: number) => `${x * 100}%`;
const toggled = (set: ReadonlySet<string>, name: string): ReadonlySet<string> => {
  const next = new Set(set);
  if (!next.delete(name)) next.add(name);
  return next;
};
/** As fine as the steps are. */
function tickWords(at: number, stepMs: number, isAll: boolean): string {
  if (stepMs < 1_000) return clockMs(at).slice(0, stepMs < 100 ? undefined : -2);
  return stepMs < 60_000 || !isAll ? clock(at) : clock(at).slice(0, 5);
}

const NO_MARKS: RunHistory["marks"] = [];
/** The server keeps the answer until the map has moved. */
const LANES_EVERY_MS = 3_000;

export function StageTimeline({ run, maps, history, chosen, onChoose }: StageTimelineProps) {
  const nowMs = useNow();
  const [isTable, setTable] = useState(false);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const [view, setView] = useState<View>(WHOLE);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [isHidingDone, setHidingDone] = useState(false);
  const [isErrorsOnly, setErrorsOnly] = useState(false);
  const [isCritical, setCritical] = useState(false);
  const [picked, setPicked] = useState<string | null>(null);
  const lanesPlace = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(lanesPlace);
  const marks = history?.marks ?? NO_MARKS;
  const told = marksOf(marks);
  const rests = restsOf(marks);
  const line = timelineOf(run, { nowMs, maps: new Set(maps.map(({ stage }) => stage)), unfolded, rests });
  const critical = isCritical ? criticalPathOf(line.lanes, run.createdAt) : null;
  const lanes = useLanes(
    run,
    maps.find(({ stage }) => stage === chosen),
  );
  const rows = rowsOf(line.lanes, { open, isHidingDone, isErrorsOnly });
  const segments = line.lanes.flatMap(({ stage, segments: own }) =>
    own.map((segment) => ({ ...segment, stage: stage.name })),
  );
  const attempts = segments.filter(({ attempt }) => attempt > 0).sort((a, b) => a.startedAt - b.startedAt);
  const hasErrors = segments.some(({ kind }) => kind === "bad");
  const isDone = run.stages.some(({ status }) => status === "completed");
  const place = through(view);
  const nowX = line.now === null || place(line.now) > 0.97 || place(line.now) < 0.05 ? null : place(line.now);
  const ticks = ticksShown(line.ticks, place, nowX, widthPx);
  const step = (by: number) => {
    if (attempts.length === 0) return;
    const at = attempts.findIndex((one) => idOf(one) === picked);
    const next =
      attempts[at < 0 ? (by > 0 ? 0 : attempts.length - 1) : Math.max(0, Math.min(attempts.length - 1, at + by))];
    if (next === undefined) return;
    setPicked(idOf(next));
    onChoose(next.stage);
    setView((was) => show(was, next.from, next.to));
  };
  useKeys({ T: () => setTable((was) => !was), "[": () => step(-1), "]": () => step(1) });
  useWheelZoom(lanesPlace, setView);
  const drag = useDragPan(lanesPlace, view, setView);
  const shown = attempts.find((one) => idOf(one) === picked);
  return (
    <section className="panel first" aria-labelledby="h-stages">
      <header>
        <h2 id="h-stages">Stages</h2>
        <Legend kinds={new Set(segments.map(({ kind }) => kind))} />
        <span className="end btns">
          {isDone && run.stages.length > 6 ? (
            <button
              type="button"
              className="btn bare sm"
              aria-pressed={isHidingDone}
              onClick={() => setHidingDone(!isHidingDone)}
            >
              Hide done
            </button>
          ) : null}
          {hasErrors && run.stages.length > 1 ? (
            <button
              type="button"
              className="btn bare sm"
              aria-pressed={isErrorsOnly}
              onClick={() => setErrorsOnly(!isErrorsOnly)}
            >
              Errors only
            </button>
          ) : null}
          {attempts.length < 2 ? null : (
            <button
              type="button"
              className="btn bare sm"
              aria-pressed={isCritical}
              onClick={() => setCritical(!isCritical)}
            >
              Critical path
            </button>
          )}
          {isWhole(view) ? null : (
            <button type="button" className="btn bare sm" onClick={() => setView(WHOLE)}>
              Show the whole
            </button>
          )}
          <button type="button" className="btn bare sm" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {isTable ? "Show the timeline" : "Show as table"}
          </button>
        </span>
      </header>
      {attempts.length < 2 ? null : <TimelineBrush segments={segments} view={view} onView={setView} />}
      {isTable ? (
        <TimelineTable rows={rows} view={view} picked={picked} onPick={setPicked} />
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form
        <div
          className="tl"
          role="group"
          aria-label="Stages on a time axis; T shows the same as a table, [ and ] step through attempts"
          onKeyDown={(event) => void zoomByKey(event, view, setView)}
          {...drag}
        >
          <TimelineAxisMarks marks={told} place={(at) => place(line.place(at))} widthPx={widthPx} />
          <div />
          <div className="axis" aria-hidden="true">
            {ticks.map(({ at, x }) => (
              <span key={at} className={x < 0.03 ? "l" : ""} style={{ left: pct(x) }}>
                {tickWords(at, line.stepMs, isWhole(view))}
              </span>
            ))}
            {nowX === null ? null : (
              <span className="now" style={{ left: pct(nowX) }}>
                {clock(nowMs)}
              </span>
            )}
          </div>
          <div className={told.length === 0 ? "grid" : "grid marked"} aria-hidden="true" ref={lanesPlace}>
            {line.ticks.map(({ at, x }) =>
              place(x) < 0 || place(x) > 1 ? null : <i key={at} style={{ left: pct(place(x)) }} />,
            )}
            {line.folds.map(({ at, from, to, ms }) =>
              place(to) < 0 || place(from) > 1 ? null : (
                <span
                  key={at}
                  className="fold"
                  style={{ left: pct(place(from)), width: pct(place(to) - place(from)), pointerEvents: "auto" }}
                >
                  <button
                    type="button"
                    tabIndex={-1}
                    title={`Unfold ${duration(ms)} in which nothing ran`}
                    onClick={() => setUnfolded(new Set([...unfolded, at]))}
                  >
                    {duration(ms)} idle
                  </button>
                </span>
              ),
            )}
            {line.now === null || place(line.now) > 1 || place(line.now) < 0 ? null : (
              <i className="nowline" style={{ left: pct(place(line.now)) }} />
            )}
          </div>
          {rows.map((row) =>
            row.kind === "group" ? (
              <GroupLane
                key={`group ${row.name}`}
                name={row.name}
                lanes={row.lanes}
                isOpen={row.isOpen}
                onToggle={() => setOpen(toggled(open, row.name))}
                through={place}
              />
            ) : (
              <StageLane
                key={row.lane.stage.name}
                lane={row.lane}
                map={maps.find(({ stage }) => stage === row.lane.stage.name)}
                run={run}
                isChosen={chosen === row.lane.stage.name}
                isIn={row.isIn}
                onChoose={() => onChoose(row.lane.stage.name)}
                now={line.now}
                end={line.end}
                through={place}
                picked={picked}
                onPick={setPicked}
                lanes={chosen === row.lane.stage.name ? lanes : null}
                nowMs={nowMs}
                placeAt={(at) => place(line.place(at))}
                critical={critical?.steps.filter(({ stage }) => stage === row.lane.stage.name)}
              />
            ),
          )}
        </div>
      )}
      <Suspense fallback={null}>
        {lanes === null ? null : <SlotsNow lanes={lanes} nowMs={nowMs} />}
        {critical === null ? null : <WhereTimeWent path={critical} />}
      </Suspense>
      {shown === undefined ? null : (
        <AttemptLine
          run={run}
          stage={shown.stage}
          attempt={shown.attempt}
          generation={shown.generation}
          place={`${attempts.indexOf(shown) + 1} of ${attempts.length}`}
          onStep={step}
          onClose={() => setPicked(null)}
        />
      )}
    </section>
  );
}

/** Of the chosen map: what its slots did. Null where it has none, or so many results that nobody looks at one. */
function useLanes(run: Run, map: RunMap | undefined): ItemLanes | null {
  const isLive = run.status === "running" && map !== undefined && map.finishedAt === null;
  const { data } = usePolled<ItemLanes>(runPath(run.id, `/items/lanes${query({ stage: map?.stage })}`), {
    everyMs: isLive ? LANES_EVERY_MS : null,
    isEnabled: map !== undefined,
  });
  return useMemo(() => {
    if (map === undefined || data === undefined || data.stage !== map.stage || data.laneCount === 0) return null;
    // Calls that were cut off are no calls under way.
    return isLive ? data : { ...data, now: [], moreCount: 0 };
  }, [data, map, isLive]);
}

/** Of every kind of segment its swatch and word; null for one that shows what it is by its shape. */
const LEGEND: Readonly<Record<SegmentKind, readonly [swatch: string, word: string] | null>> = {
  queue: ["outline", "queue"],
  kept: ["kept", "kept"],
  live: ["live", "running"],
  done: ["done", "done"],
  bad: ["bad", "failed"],
  cut: null,
  wait: ["maybe", "waits"],
  rest: ["askh", "waits for a person"],
  sleep: ["sleep", "waits, as its code says"],
};

function Legend({ kinds }: { readonly kinds: ReadonlySet<Segment["kind"]> }) {
  return (
    <span className="legend small">
      {Object.entries(LEGEND).map(([kind, shown]) =>
        shown === null || !kinds.has(kind as SegmentKind) ? null : (
          <span key={kind}>
            <i className={shown[0]} />
            {shown[1]}
          </span>
        ),
      )}
    </span>
  );
}
