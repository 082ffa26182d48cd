/**
 * The chart itself, on a canvas: the result a dark line, what it is held against a grey one, red only what was lost. It is a slider
 * for those who use keys: arrows move along the axis, and the reading is its value.
 */
import { type KeyboardEvent, useEffect, useRef } from "react";
import uPlot from "uplot";
import { useTheme } from "../tab/theme.js";
import "uplot/dist/uPlot.min.css";
import { chartOptions, dataOf } from "./chart-options.js";
import { readInks } from "./inks.js";
import type { PartOf } from "./parts.js";

interface SeriesChartProps {
  readonly part: PartOf<"series">;
  readonly at: number | null;
  readonly onAt: (at: number | null) => void;
  /** The chosen place in words. */
  readonly reading: string;
}

/** Places that Page Up and Page Down go over. */
const PAGE = 20;

export function SeriesChart({ part, at, onAt, reading }: SeriesChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const told = useRef(onAt);
  told.current = onAt;
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: colors are read anew where the theme is another
  useEffect(() => {
    const holder = host.current;
    if (holder === null) return;
    const options = chartOptions(part, readInks(holder), (place) => told.current(place));
    const size = () => {
      const width = Math.max(240, holder.clientWidth);
      return {
        width,
        height: part.drawdown === undefined ? 192 : Math.min(360, Math.max(250, Math.round(width * 0.46))),
      };
    };
    const made = new uPlot({ ...options, ...size() }, dataOf(part), holder);
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(holder);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [part, theme]);

  const move = (event: KeyboardEvent) => {
    const last = part.x.length - 1;
    const now = at ?? last;
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      PageUp: now + PAGE,
      PageDown: now - PAGE,
      Home: 0,
      End: last,
    };
    const asked = steps[event.key];
    if (asked === undefined) return;
    event.preventDefault();
    const next = Math.min(last, Math.max(0, asked));
    const made = chart.current;
    if (made === null) return;
    made.setCursor({ left: made.valToPos(made.data[0][next] as number, "x"), top: 1 });
    onAt(next);
  };
  return (
    <div
      ref={host}
      className="series-chart"
      role="slider"
      tabIndex={0}
      aria-label={part.says}
      aria-valuemin={0}
      aria-valuemax={part.x.length - 1}
      aria-valuenow={at ?? part.x.length - 1}
      aria-valuetext={reading}
      onKeyDown={move}
    />
  );
}
