/** Slots of the chosen map under its attempts: a lane each, what it did and what it does now. Loaded with the first map. */
import type { ItemLanes } from "../api/types.js";
import { counted } from "../words/numbers.js";
import { ago, duration } from "../words/times.js";

export const LANE_PX = 6;
const THICK_PX = 4;
const WIDTH = 1_000;

interface SlotLanesProps {
  readonly lanes: ItemLanes;
  /** Results of before this instant are kept. */
  readonly heldSince: number;
  readonly nowMs: number;
  /** From an instant to a share of the width, as the axis shows it. */
  readonly place: (at: number) => number;
}

type Tone = "k" | "g" | "e" | "n";

export function SlotLanes({ lanes, heldSince, nowMs, place }: SlotLanesProps) {
  const paths: Record<Tone, string[]> = { k: [], g: [], e: [], n: [] };
  const draw = (tone: Tone, lane: number, fromAt: number, toAt: number) => {
    const [from, to] = [Math.max(0, place(fromAt)), Math.min(1, place(toAt))];
    if (to < 0 || from > 1) return;
    // As wide as is seen: the shortest call too.
    const width = Math.max(1.5, (to - from) * WIDTH);
    paths[tone].push(
      `M${(from * WIDTH).toFixed(1)} ${1 + lane * LANE_PX}h${width.toFixed(1)}v${THICK_PX}h-${width.toFixed(1)}z`,
    );
  };
  for (const [lane = 0, from = 0, to = 0, isDone] of lanes.spans) {
    const endedAt = lanes.startedAt + to;
    draw(isDone === 0 ? "e" : endedAt < heldSince ? "k" : "g", lane, lanes.startedAt + from, endedAt);
  }
  for (const { lane, startedAt } of lanes.now) draw("n", lane, startedAt, nowMs);
  const height = lanes.laneCount * LANE_PX;
  return (
    <svg
      className="lanes"
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      style={{ height }}
      role="img"
      aria-label={`${counted(lanes.laneCount, "slot")} of ${lanes.stage}. ${nowWords(lanes, nowMs)}`}
    >
      {(["k", "g", "n", "e"] as const).map((tone) =>
        paths[tone].length === 0 ? null : <path key={tone} className={tone} d={paths[tone].join("")} />,
      )}
    </svg>
  );
}

const NAMED = 4;

function nowWords({ now, moreCount }: ItemLanes, nowMs: number): string {
  if (now.length === 0) return "No call is under way.";
  const named = now
    .slice(0, NAMED)
    .map(({ key, startedAt }) => `${key} since ${duration(Math.max(0, nowMs - startedAt))}`);
  const others = now.length - named.length + moreCount;
  return `Under way: ${named.join(", ")}${others === 0 ? "" : ` and ${counted(others, "other")}`}.`;
}

const SHOWN = 12;
/** The clock of the page moves by seconds: less is not told. */
const TOLD_MS = 1_000;

/** What each slot does now, the longest first: one line, which is cut off and never grows. */
export function SlotsNow({ lanes, nowMs }: { readonly lanes: ItemLanes; readonly nowMs: number }) {
  if (lanes.now.length === 0) return null;
  const more = lanes.now.length - SHOWN + lanes.moreCount;
  return (
    <p className="slots-now small">
      <span className="dim">Slots now</span>
      {lanes.now.slice(0, SHOWN).map(({ key, attempt, startedAt, lane }) => (
        <span key={`${lane} ${key}`} title={`began ${ago(startedAt, nowMs)}`}>
          <span className="mono">{key}</span>{" "}
          <span className="dim">
            {nowMs - startedAt < TOLD_MS ? "" : duration(nowMs - startedAt)}
            {attempt > 1 ? `, attempt ${attempt}` : ""}
          </span>
        </span>
      ))}
      {more > 0 ? <span className="dim">and {counted(more, "other")}</span> : null}
    </p>
  );
}
