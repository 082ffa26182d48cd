/** The drawing of `series.tsx`, with uPlot: a chunk of its own. Colours are read from the tokens, and read again with the theme. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../tab/theme.js";
import { clock } from "../words/times.js";
import type { SeriesProps } from "./series-lines.js";

const FONT = "11px Geist, sans-serif";

export function SeriesPlot({ times, lines, heightPx = 150 }: SeriesProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme is read where it is drawn
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const colour = (token: string) => {
      element.style.color = `var(${token})`;
      return getComputedStyle(element).color;
    };
    const [grid, words] = [colour("--line"), colour("--ink-3")];
    const axis = { stroke: words, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: heightPx,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        padding: [8, 8, 0, 0],
        scales: { x: { time: true } },
        axes: [
          { ...axis, values: (_, at) => at.map((seconds) => clock(seconds * 1_000)), space: 80 },
          ...lines.map((line, index) => ({
            ...axis,
            scale: line.unit,
            side: index === 0 ? (3 as const) : (1 as const),
            grid: { show: index === 0, stroke: grid, width: 1 },
            size: 64,
            space: 30,
            values: (_: uPlot, at: number[]) => at.map(line.word),
          })),
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            scale: line.unit,
            stroke: colour(line.token),
            width: 1.5,
            points: { show: times.length < 2 },
          })),
        ],
      },
      [times.map((at) => at / 1_000), ...lines.map(({ values }) => [...values])],
      element,
    );
    const watch = new ResizeObserver(() => {
      const width = Math.max(200, element.clientWidth);
      if (width !== plot.width) plot.setSize({ width, height: heightPx });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [times, lines, heightPx, theme]);
  return <div ref={place} className="series-plot" />;
}
