/** One row of the timeline: the stage at the left, its attempts and waits at the right; or a group of stages in one row. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { lazy, Suspense } from "react";
import type { ItemLanes, Run, Stage } from "../api/types.js";
import { Ring, StateMark } from "../parts/state.js";
import { count, counted } from "../words/numbers.js";
import { clockMs, duration } from "../words/times.js";
import { mapLines } from "./map-words.js";
import { type Lane, SEGMENT_CLASS, SEGMENT_WORD, type Segment } from "./timeline.js";
import type { CriticalStep } from "./timeline-critical.js";
import { packLanes } from "./timeline-rows.js";
import type { RunMap } from "./use-run-maps.js";

const pct = (x: number) => `${x * 100}%`;
type Through = (x: number) => number;

export const idOf = ({ stage, attempt, generation }: { stage: string; attempt: number; generation: number }) =>
  `${stage} ${generation} ${attempt}`;

const SlotLanes = lazy(() => import("./slot-lanes.js").then((m) => ({ default: m.SlotLanes })));

/** Lines under the name of the chosen map, and what the name itself takes. */
const LINE_PX = 16;
const NAME_PX = 30;
/** As in slot-lanes, which is not loaded yet. */
const LANE_PX = 6;

interface StageLaneProps {
  readonly lane: Lane;
  readonly map: RunMap | undefined;
  readonly run: Run;
  readonly isChosen: boolean;
  readonly isIn: boolean;
  readonly onChoose: () => void;
  readonly now: number | null;
  readonly end: { readonly from: number; readonly to: number } | null;
  readonly through: Through;
  /** The attempt that was stepped to. */
  readonly picked: string | null;
  readonly onPick: (attempt: string) => void;
  /** Of the chosen map. */
  readonly lanes: ItemLanes | null;
  readonly nowMs: number;
  /** From an instant to where it is shown. */
  readonly placeAt: (at: number) => number;
  /** What of it is on the critical path. */
  readonly critical: readonly CriticalStep[] | undefined;
}

export function StageLane(props: StageLaneProps) {
  const {
    lane,
    map,
    run,
    isChosen,
    isIn,
    onChoose,
    now,
    end,
    through,
    picked,
    onPick,
    lanes,
    nowMs,
    placeAt,
    critical,
  } = props;
  const { stage, segments, tookMs } = lane;
  const isLive = stage.status === "running" && run.status === "running";
  const words = wordsOf(stage, map);
  const last = segments.at(-1);
  const lines =
    isChosen && map !== undefined
      ? mapLines({ run, stage, map, inFlight: lanes === null ? null : lanes.now.length + lanes.moreCount })
      : [];
  const laneCount = isChosen && lanes !== null ? lanes.laneCount : 0;
  const height =
    lines.length === 0 ? undefined : NAME_PX + Math.max(lines.length * LINE_PX + 4, laneCount * LANE_PX + 6);
  const names = [stage.name, stage.title === stage.name ? null : stage.title, stage.label];
  return (
    <>
      <button
        type="button"
        className={isIn ? "stage in-group" : "stage"}
        style={{ height }}
        aria-current={isChosen ? "true" : undefined}
        onClick={onChoose}
        title={names.filter((one) => one !== null).join(": ")}
      >
        <StageMark stage={stage} map={map} isLive={isLive} />
        <span className="nm">{stage.name}</span>
        <span className="ti cut">{stage.label ?? (stage.title === stage.name ? "" : stage.title)}</span>
        <span className="du">{tookMs === null ? "" : duration(tookMs)}</span>
        {lines.length === 0 ? null : (
          <span className="more-lines">
            {lines.map(({ text, failed, isHeld }) => (
              <span key={text} className={isHeld ? "cut c-hold" : "cut"} title={text}>
                {text}
                {failed === undefined ? null : <span className="c-fail">{failed}</span>}
              </span>
            ))}
          </span>
        )}
      </button>
      <div className={isChosen ? "lane sel" : "lane"} style={{ height }}>
        <div className="in clip">
          {segments.map((segment) => (
            <SegmentMark
              key={`${segment.kind}-${segment.startedAt}-${segment.generation}-${segment.attempt}`}
              segment={segment}
              through={through}
              isPicked={picked === idOf({ stage: stage.name, ...segment })}
              onPick={() => onPick(idOf({ stage: stage.name, ...segment }))}
            />
          ))}
          {isLive && now !== null && end !== null ? (
            <>
              <i className="tseg eta" style={box(through(now), through(end.from))} />
              <i className="tseg etar" style={box(through(end.from), through(end.to))} />
            </>
          ) : null}
          {critical?.map(({ startedAt, endedAt }) => (
            <i key={startedAt} className="crit" style={box(placeAt(startedAt), placeAt(endedAt))} />
          ))}
          {laneCount === 0 || lanes === null ? null : (
            <div className="slot-lanes">
              <Suspense fallback={null}>
                <SlotLanes lanes={lanes} heldSince={run.lease?.since ?? 0} nowMs={nowMs} place={placeAt} />
              </Suspense>
            </div>
          )}
          {words === "" || last === undefined || lines.length > 0 ? null : (
            <Label at={through(last.to)} text={words} isBad={last.kind === "bad"} />
          )}
        </div>
      </div>
    </>
  );
}

const box = (from: number, to: number) => ({ left: pct(from), width: pct(Math.max(0, to - from)) });

/** Beside its segment, at the right, where that has room. */
function Label({ at, text, isBad }: { readonly at: number; readonly text: string; readonly isBad: boolean }) {
  return at < 0.78 && at >= 0 ? (
    <span className={isBad ? "tlab fail" : "tlab"} style={{ left: `calc(${pct(at)} + 6px)` }}>
      {text}
    </span>
  ) : null;
}

interface SegmentMarkProps {
  readonly segment: Segment;
  readonly through: Through;
  readonly isPicked: boolean;
  readonly onPick: () => void;
}

function SegmentMark({ segment, through, isPicked, onPick }: SegmentMarkProps) {
  const { kind, startedAt, endedAt, attempt, why } = segment;
  const [from, to] = [through(segment.from), through(segment.to)];
  if (to < 0 || from > 1) return null;
  const words = `${why ?? SEGMENT_WORD[kind]}, ${clockMs(startedAt)} to ${clockMs(endedAt)}, ${duration(endedAt - startedAt)}`;
  const isNamed = (kind === "kept" || kind === "live") && Math.min(1, to) - Math.max(0, from) > 0.12 && attempt > 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys step through attempts, and the table has them as rows
    // biome-ignore lint/a11y/useKeyWithClickEvents: the same
    <i
      className={`tseg ${SEGMENT_CLASS[kind]}${isPicked ? " picked" : ""}`}
      style={box(from, to)}
      title={attempt > 0 ? `Attempt ${attempt}: ${words}` : words}
      onClick={attempt > 0 ? onPick : undefined}
    >
      {isNamed ? (
        <span className="in-seg" style={{ marginLeft: from < 0 ? pct(-from / (to - from)) : undefined }}>
          attempt {attempt}
        </span>
      ) : null}
    </i>
  );
}

interface GroupLaneProps {
  readonly name: string;
  readonly lanes: readonly Lane[];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly through: Through;
}

/** So many stand under each other; what is beyond is told by its count. */
const PACKED_SHOWN = 4;

export function GroupLane({ name, lanes, isOpen, onToggle, through }: GroupLaneProps) {
  const done = lanes.filter(({ stage }) => stage.status === "completed").length;
  const failed = lanes.filter(({ stage }) => stage.status === "failed").length;
  const packed = packLanes(lanes.flatMap(({ segments }) => segments));
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <>
      <button type="button" className="stage" aria-expanded={isOpen} onClick={onToggle}>
        <Chevron className="i s" aria-hidden="true" />
        <span className="nm">{name}</span>
        <span className="ti cut">
          {count(done)} of {counted(lanes.length, "stage")}
          {failed === 0 ? "" : `, ${count(failed)} failed`}
        </span>
      </button>
      <div className="lane">
        <div className="in clip">
          {packed
            .slice(0, PACKED_SHOWN)
            .map((spans, row) =>
              spans.map((segment) => (
                <i
                  key={`${segment.startedAt}-${segment.from}-${segment.attempt}`}
                  className={`tseg slim ${SEGMENT_CLASS[segment.kind]}`}
                  style={{ ...box(through(segment.from), through(segment.to)), top: 5 + row * 5 }}
                />
              )),
            )}
        </div>
      </div>
    </>
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
  waiting: ["idle", "hourglass"],
  pending: ["idle", "queued"],
} as const;

function wordsOf(stage: Stage, map: RunMap | undefined): string {
  if (stage.status === "pending" && stage.attempts.length === 0) return "";
  if (map !== undefined)
    return map.total === null ? `${count(map.done)} items` : `${count(map.done)} of ${count(map.total)}`;
  const last = stage.attempts.at(-1);
  return last?.status === "failed" ? (last.error?.category ?? last.error?.code ?? "failed") : "";
}
