// Charts as SVG text, without scripts: stacked bars, lines, and horizontal bars. Colors and fonts come from the page's
// style, so a chart follows light and dark mode. Every mark has a title for pointers and screen readers.
import { escapeHtml } from "./format.js";

export interface Series {
  readonly name: string;
  /** A class of the page's style: `c1` to `c5`. */
  readonly colour: string;
  /** One value per position of the axis. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly places: readonly string[];
  readonly series: readonly Series[];
  /** Formats values on the axis and in titles. */
  readonly format: (value: number) => string;
}

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 76;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 30;
const TICKS = 4;
const INNER = { width: WIDTH - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };

/** Bars with their series stacked, from zero. */
export function stackedBars({ title, places, series, format }: Chart): string {
  const totals = places.map((_, place) => series.reduce((total, one) => total + (one.values[place] ?? 0), 0));
  const top = niceTop(Math.max(0, ...totals));
  const step = INNER.width / Math.max(1, places.length);
  const width = Math.min(52, step * 0.68);
  const marks = places.flatMap((label, place) => {
    let base = 0;
    return series.map((one) => {
      const value = one.values[place] ?? 0;
      const y = yOf(base + value, 0, top);
      const height = yOf(base, 0, top) - y;
      base += value;
      const x = LEFT + step * place + (step - width) / 2;
      const told = `${label}, ${one.name}: ${format(value)}`;
      return `<rect class="${one.colour}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(Math.max(0, height))}"><title>${escapeHtml(told)}</title></rect>`;
    });
  });
  return figure(title, series, [...axis(0, top, format), ...marks, ...labels(places, step)]);
}

/** Lines over the positions, on an axis that need not begin at zero. */
export function lines({ title, places, series, format }: Chart): string {
  const all = series.flatMap((one) => one.values);
  const low = Math.max(0, Math.min(...all) - (Math.max(...all) - Math.min(...all)) * 0.15);
  const top = Math.max(...all) + (Math.max(...all) - low) * 0.1 || 1;
  const step = INNER.width / Math.max(1, places.length);
  const marks = series.flatMap((one) => {
    const points = one.values.map(
      (value, place) => [LEFT + step * (place + 0.5), yOf(value, low, top), value] as const,
    );
    const path = points.map(([x, y], place) => `${place === 0 ? "M" : "L"}${n(x)} ${n(y)}`).join("");
    const dots = points.map(
      ([x, y, value], place) =>
        `<circle class="${one.colour}" cx="${n(x)}" cy="${n(y)}" r="3.5"><title>${escapeHtml(`${places[place]}, ${one.name}: ${format(value)}`)}</title></circle>`,
    );
    return [`<path class="line ${one.colour}" d="${path}"/>`, ...dots];
  });
  return figure(title, series, [...axis(low, top, format), ...marks, ...labels(places, step)]);
}

/** One row of bars per position, with the series side by side: a pyramid of levels in the first and last year. */
export function rowBars({ title, places, series, format }: Chart): string {
  const top = Math.max(1, ...series.flatMap((one) => one.values));
  const rowHeight = 15;
  const gap = 14;
  const block = series.length * rowHeight + gap;
  const left = 150;
  const room = WIDTH - left - 90;
  const marks = places.flatMap((label, place) => {
    const y = TOP + block * place;
    const name = `<text class="end" x="${left - 10}" y="${n(y + (series.length * rowHeight) / 2 + 4)}">${escapeHtml(label)}</text>`;
    const bars = series.map((one, row) => {
      const value = one.values[place] ?? 0;
      const width = (room * value) / top;
      const at = y + row * rowHeight;
      return (
        `<rect class="${one.colour}" x="${left}" y="${n(at)}" width="${n(width)}" height="${rowHeight - 3}"><title>${escapeHtml(`${label}, ${one.name}: ${format(value)}`)}</title></rect>` +
        `<text class="small" x="${n(left + width + 6)}" y="${n(at + 10)}">${escapeHtml(format(value))}</text>`
      );
    });
    return [name, ...bars];
  });
  return figure(title, series, marks, TOP + block * places.length);
}

function figure(title: string, series: readonly Series[], marks: readonly string[], height = HEIGHT): string {
  const legend =
    series.length < 2
      ? ""
      : `<ul class="legend">${series.map((one) => `<li><span class="${one.colour}"></span>${escapeHtml(one.name)}</li>`).join("")}</ul>`;
  const svg = `<svg viewBox="0 0 ${WIDTH} ${n(height)}" role="img" aria-label="${escapeHtml(title)}">${marks.join("")}</svg>`;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${legend}${svg}</figure>`;
}

function axis(low: number, top: number, format: (value: number) => string): string[] {
  return Array.from({ length: TICKS + 1 }, (_, tick) => {
    const value = low + ((top - low) * tick) / TICKS;
    const y = n(yOf(value, low, top));
    return (
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>` +
      `<text class="end small" x="${LEFT - 8}" y="${n(Number(y) + 4)}">${escapeHtml(format(value))}</text>`
    );
  });
}

function labels(places: readonly string[], step: number): string[] {
  // Twelve labels fit side by side.
  const every = Math.ceil(places.length / 12);
  return places.flatMap((label, place) =>
    place % every === 0
      ? [
          `<text class="middle small" x="${n(LEFT + step * (place + 0.5))}" y="${HEIGHT - 8}">${escapeHtml(label)}</text>`,
        ]
      : [],
  );
}

function yOf(value: number, low: number, top: number): number {
  return TOP + INNER.height * (1 - (value - low) / (top - low));
}

/** Returns a round number at or above the value: 1, 2, 2.5 or 5 times a power of ten. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

const n = (value: number) => value.toFixed(1);
