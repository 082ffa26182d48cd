/** Which part of the time axis is shown: shares of the whole, from 0 to 1. Pure. */

export interface View {
  readonly from: number;
  readonly to: number;
}

export const WHOLE: View = { from: 0, to: 1 };
/** A two-hundredth of a run is shown at the narrowest: finer, and nobody knows where they are. */
const NARROWEST = 1 / 200;

export const isWhole = ({ from, to }: View): boolean => from <= 0 && to >= 1;

/** `factor` under 1 zooms in. The point `around`, a share of what is shown, stays where it is. */
export function zoom({ from, to }: View, factor: number, around = 0.5): View {
  const width = Math.min(1, Math.max(NARROWEST, (to - from) * factor));
  return within(from + (to - from) * around - width * around, width);
}

/** By a share of what is shown. */
export const pan = ({ from, to }: View, by: number): View => within(from + (to - from) * by, to - from);

/** What was drawn from one point of the brush to another; a click alone shows the whole. */
export function drawn(a: number, b: number): View {
  const [low, high] = [Math.max(0, Math.min(a, b)), Math.min(1, Math.max(a, b))];
  return high - low < NARROWEST ? WHOLE : { from: low, to: high };
}

/** So that this stretch is seen, with air around it; as it is where it is seen already. */
export function show(view: View, from: number, to: number): View {
  if (from >= view.from && to <= view.to) return view;
  const width = Math.max(view.to - view.from, Math.min(1, (to - from) * 1.25));
  return within((from + to) / 2 - width / 2, width);
}

function within(from: number, width: number): View {
  const low = Math.min(Math.max(0, from), 1 - width);
  return { from: low, to: low + width };
}

/** Where a share of the whole stands in what is shown: under 0 and over 1 for what is outside. */
export const through =
  ({ from, to }: View) =>
  (x: number): number =>
    (x - from) / (to - from);

/** What the words of a time take of the width, with the space around them, at 11 px. */
const WORDS_PX = 60;

/** Times whose words have room: beside each other, and beside those of now, which are always told. */
export function ticksShown(
  ticks: readonly { readonly at: number; readonly x: number }[],
  place: (x: number) => number,
  nowX: number | null,
  widthPx: number,
): readonly { readonly at: number; readonly x: number }[] {
  const shown: { at: number; x: number }[] = [];
  for (const { at, x: whole } of ticks) {
    const x = place(whole);
    const last = shown.at(-1)?.x ?? Number.NEGATIVE_INFINITY;
    const isBesideNow = nowX !== null && Math.abs(x - nowX) * widthPx < WORDS_PX;
    if (x < 0 || x > 1 || isBesideNow || (x - last) * widthPx < WORDS_PX) continue;
    shown.push({ at, x });
  }
  return shown;
}
