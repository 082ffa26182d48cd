/** The whole run, small, with the part that is shown: drawn over it a new part is chosen, a click alone shows the whole. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { SEGMENT_CLASS, type Segment } from "./timeline.js";
import { packLanes } from "./timeline-rows.js";
import { drawn, isWhole, pan, type View, WHOLE, zoom } from "./timeline-view.js";

interface TimelineBrushProps {
  readonly segments: readonly Segment[];
  readonly view: View;
  readonly onView: (view: View) => void;
}

const LANES_SHOWN = 6;
const pct = (x: number) => `${x * 100}%`;

export function TimelineBrush({ segments, view, onView }: TimelineBrushProps) {
  const place = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState<number | null>(null);
  const lanes = packLanes(segments);
  const shareAt = (event: PointerEvent) => {
    const box = place.current?.getBoundingClientRect();
    return box === undefined || box.width === 0 ? 0 : (event.clientX - box.left) / box.width;
  };
  return (
    <div
      ref={place}
      className="brush"
      role="slider"
      tabIndex={0}
      aria-label="Part of the run that is shown; + and − zoom, arrows move, 0 shows the whole"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(view.from * 100)}
      aria-valuetext={
        isWhole(view) ? "the whole run" : `${Math.round(view.from * 100)} to ${Math.round(view.to * 100)} %`
      }
      onKeyDown={(event) => zoomByKey(event, view, onView)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(shareAt(event));
      }}
      onPointerMove={(event) => (from === null ? undefined : onView(drawn(from, shareAt(event))))}
      onPointerUp={(event) => {
        if (from !== null) onView(drawn(from, shareAt(event)));
        setFrom(null);
      }}
      onPointerCancel={() => setFrom(null)}
    >
      {lanes
        .slice(0, LANES_SHOWN)
        .map((lane, row) =>
          lane.map((segment) => (
            <i
              key={`${segment.startedAt}-${segment.attempt}-${segment.kind}`}
              className={`bseg ${SEGMENT_CLASS[segment.kind]}`}
              style={{ left: pct(segment.from), width: pct(segment.to - segment.from), top: 3 + row * 3 }}
            />
          )),
        )}
      <b className="bview" style={{ left: pct(view.from), width: pct(view.to - view.from) }} />
    </div>
  );
}

/** True where the key was one of these. */
export function zoomByKey(event: KeyboardEvent, view: View, onView: (view: View) => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const next = {
    "+": () => zoom(view, 0.5),
    "=": () => zoom(view, 0.5),
    "-": () => zoom(view, 2),
    "0": () => WHOLE,
    ArrowLeft: () => pan(view, -0.25),
    ArrowRight: () => pan(view, 0.25),
    Home: () => pan(view, -1 / (view.to - view.from)),
    End: () => pan(view, 1 / (view.to - view.from)),
  }[event.key];
  if (next === undefined) return false;
  event.preventDefault();
  event.stopPropagation();
  onView(next());
  return true;
}
