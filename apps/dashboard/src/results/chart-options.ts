/**
 * How the chart is drawn: lines above, what was lost below on a scale of its own, the ground that was not seen while choosing behind
 * both. Everything that decides about places and ticks is pure.
 */
import type uPlot from "uplot";
import { axisText, placeText } from "./figures.js";
import type { Inks } from "./inks.js";
import { type PartOf, placeOf } from "./parts.js";

type Series = PartOf<"series">;

/** The share of the height that lines take where there is a fall below them, and the share at which the fall begins. */
const LINES_SHARE = 0.7;
const FALL_FROM = 0.77;

export function dataOf({ x, lines, drawdown }: Series): uPlot.AlignedData {
  const rows: (number | null)[][] = [x.map(placeOf), ...lines.map(({ values }) => [...values])];
  if (drawdown !== undefined) rows.push([...drawdown.values]);
  return rows as unknown as uPlot.AlignedData;
}

/** From the lowest to the highest value, with room below for the fall. */
export function lineRange({ lines, scale, drawdown }: Series): [number, number] {
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const share = drawdown === undefined ? 0.94 : LINES_SHARE;
  if (scale === "log") {
    const span = Math.log(high / low) || 1;
    return [high * Math.exp(0.04 * span) * Math.exp(-span / share), high * Math.exp(0.04 * span)];
  }
  const span = high - low || Math.abs(high) || 1;
  const top = high + 0.04 * span;
  return [top - span / share, top];
}

/** 0 lies where the fall begins, the deepest at the foot. */
export function fallRange({ drawdown }: Series): [number, number] {
  const deepest = Math.min(-0.01, ...(drawdown?.values ?? []).map((value) => value ?? 0));
  return [deepest * 1.06, (-deepest * 1.06 * FALL_FROM) / (1 - FALL_FROM)];
}

/** Ticks of 1, 2 and 5; few enough to be read, none below the lowest line. */
export function lineTicks(part: Series): number[] {
  const known = part.lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (part.scale === "log") {
    const from = Math.floor(Math.log10(low)) - 1;
    const to = Math.ceil(Math.log10(high));
    const powers = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
    const steps = high / low > 1_000 ? [1] : high / low > 100 ? [1, 3] : [1, 2, 5];
    return powers
      .flatMap((power) => steps.map((step) => step * power))
      .filter((tick) => tick >= low * 0.95 && tick <= high * 1.05);
  }
  const raw = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

export function chartOptions(
  part: Series,
  inks: Inks,
  onAt: (at: number | null) => void,
): Omit<uPlot.Options, "width" | "height"> {
  const { lines, drawdown, unseen, unit, scale } = part;
  const isTime = typeof part.x[0] === "string";
  const font = `11px ${inks.font}`;
  const ticks = lineTicks(part);
  const axis = { stroke: inks.ink3, font, ticks: { show: false } };
  return {
    padding: [6, 4, 0, 2],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    tzDate: (seconds) => new Date(new Date(seconds * 1_000).toISOString().slice(0, 19)),
    scales: {
      x: { time: isTime },
      y: { distr: scale === "log" ? 3 : 1, range: () => lineRange(part) },
      fall: { range: () => fallRange(part) },
    },
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        grid: { show: false },
        values: (_, splits) => splits.map((at) => dayTick(at, isTime)),
        splits: (_, __, min, max) => xTicks(min, max, isTime),
      },
      {
        ...axis,
        side: 1,
        size: 46,
        gap: 6,
        grid: { stroke: inks.line, width: 1 },
        splits: () => ticks,
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map((value) => axisText(value, unit)),
      },
    ],
    series: [
      {},
      ...lines.map(({ name, role }) => ({
        label: name,
        scale: "y",
        stroke: role === "held" ? inks.ink4 : inks.ink,
        width: role === "held" ? 1.25 : 1.5,
        points: { show: false },
      })),
      ...(drawdown === undefined
        ? []
        : [
            {
              label: drawdown.name,
              scale: "fall",
              stroke: inks.lost,
              fill: inks.lostSoft,
              fillTo: 0,
              width: 1,
              points: { show: false },
            },
          ]),
    ],
    hooks: {
      drawClear: [(u) => drawGround(u, unseen, inks)],
      draw: [(u) => drawFallWords(u, part, inks), (u) => drawGroundWords(u, part, inks)],
      setCursor: [(u) => onAt(u.cursor.left === undefined || u.cursor.left < 0 ? null : (u.cursor.idx ?? null))],
    },
  };
}

const YEAR_S = 31_557_600;

/** Whole years where there are some, else what divides the days evenly; numbers by 1, 2 and 5. */
export function xTicks(min: number, max: number, isTime: boolean): number[] {
  if (isTime && max - min > 3 * YEAR_S) {
    const years = (max - min) / YEAR_S;
    const step = [1, 2, 5, 10, 20, 50, 100].find((one) => years / one <= 9) ?? 200;
    const first = new Date(min * 1_000).getUTCFullYear() + 1;
    const rounded = Math.ceil(first / step) * step;
    const last = new Date(max * 1_000).getUTCFullYear();
    return Array.from(
      { length: Math.max(0, Math.floor((last - rounded) / step) + 1) },
      (_, at) => Date.UTC(rounded + at * step, 0, 1) / 1_000,
    );
  }
  const raw = (max - min) / 5;
  const day = 86_400;
  if (isTime) {
    const step = Math.max(day, Math.ceil(raw / day) * day);
    const first = Math.ceil(min / day) * day;
    return Array.from({ length: Math.floor((max - first) / step) + 1 }, (_, at) => first + at * step);
  }
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.floor(max / step) - first + 1 }, (_, at) => (first + at) * step);
}

function dayTick(at: number, isTime: boolean): string {
  if (!isTime) return placeText(at);
  const text = new Date(at * 1_000).toISOString().slice(0, 10);
  return text.endsWith("-01-01") ? text.slice(0, 4) : placeText(text);
}

function drawGround(u: uPlot, unseen: Series["unseen"], inks: Inks): void {
  const from = unseen === undefined ? Number.NaN : placeOf(unseen.from);
  if (Number.isNaN(from)) return;
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(from, "x", true));
  ctx.save();
  ctx.fillStyle = inks.ground;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.strokeStyle = inks.ink3;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function drawGroundWords(u: uPlot, { unseen, drawdown }: Series, inks: Inks): void {
  const from = unseen === undefined ? Number.NaN : placeOf(unseen.from);
  if (unseen === undefined || Number.isNaN(from)) return;
  const top =
    drawdown === undefined
      ? u.bbox.top + u.bbox.height - 6 * devicePixelRatio
      : u.valToPos(0, "fall", true) - 7 * devicePixelRatio;
  write(u, {
    text: unseen.label,
    left: u.valToPos(from, "x", true) + 7 * devicePixelRatio,
    top,
    color: inks.ink3,
    font: inks.font,
  });
}

/** The axis of the fall at the right, and its deepest point by its day. */
function drawFallWords(u: uPlot, { drawdown, x }: Series, inks: Inks): void {
  if (drawdown === undefined) return;
  const { ctx, bbox } = u;
  const right = bbox.left + bbox.width;
  const zero = u.valToPos(0, "fall", true);
  ctx.save();
  ctx.strokeStyle = inks.control;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, zero);
  ctx.lineTo(right, zero);
  ctx.stroke();
  ctx.restore();
  const values = drawdown.values.map((value) => value ?? 0);
  const deepest = Math.min(...values);
  const half = Math.round(deepest * 50) / 100;
  for (const value of [0, half]) {
    write(u, {
      text: axisText(value, "percent"),
      left: right + 8 * devicePixelRatio,
      top: u.valToPos(value, "fall", true) + 4 * devicePixelRatio,
      color: inks.ink3,
      font: inks.font,
    });
  }
  const at = values.indexOf(deepest);
  const text = `${axisText(deepest, "percent", 1)}, ${placeText(x[at] ?? "")}`;
  const left = u.valToPos(placeOf(x[at] ?? 0), "x", true);
  const room = 130 * devicePixelRatio;
  const isRight = left + room < right;
  const beside = (isRight ? 7 : -7) * devicePixelRatio;
  write(u, {
    text,
    left: left + beside,
    top: bbox.top + bbox.height - 4 * devicePixelRatio,
    color: inks.lostText,
    font: inks.font,
    weight: 500,
    halo: inks.lostSoft,
    align: isRight ? "left" : "right",
  });
}

interface Words {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly color: string;
  readonly font: string;
  readonly weight?: number;
  readonly align?: CanvasTextAlign;
  /** Color around the letters. */
  readonly halo?: string;
}

function write({ ctx }: uPlot, { text, left, top, color, font, weight = 400, align = "left", halo }: Words): void {
  ctx.save();
  ctx.font = `${weight} ${11 * devicePixelRatio}px ${font}`;
  ctx.fillStyle = color;
  ctx.textAlign = align;
  ctx.textBaseline = "alphabetic";
  if (halo !== undefined) {
    // A line behind the words must not run through them.
    ctx.strokeStyle = halo;
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.lineJoin = "round";
    ctx.strokeText(text, left, top);
  }
  ctx.fillText(text, left, top);
  ctx.restore();
}
