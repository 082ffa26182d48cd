/** Rows of the timeline: stages, and groups of stages of one kind ("year-2001" to "year-2040"). Pure. */
import type { Lane } from "./timeline.js";

export type Row =
  | { readonly kind: "stage"; readonly lane: Lane; readonly isIn: boolean }
  | { readonly kind: "group"; readonly name: string; readonly lanes: readonly Lane[]; readonly isOpen: boolean };

/** Fewer stand as they are. */
const GROUP_FROM = 4;

export interface RowOptions {
  readonly open: ReadonlySet<string>;
  readonly isHidingDone: boolean;
  readonly isErrorsOnly: boolean;
}

export function rowsOf(lanes: readonly Lane[], { open, isHidingDone, isErrorsOnly }: RowOptions): readonly Row[] {
  const shown = lanes.filter(
    ({ stage, segments }) =>
      !(isHidingDone && stage.status === "completed") &&
      !(isErrorsOnly && stage.status !== "failed" && !segments.some(({ kind }) => kind === "bad")),
  );
  const rows: Row[] = [];
  for (let at = 0; at < shown.length; ) {
    const name = familyOf(shown[at]?.stage.name ?? "");
    let end = at + 1;
    while (name !== null && end < shown.length && familyOf(shown[end]?.stage.name ?? "") === name) end++;
    const members = shown.slice(at, end);
    const isGroup = name !== null && members.length >= GROUP_FROM;
    const isOpen = isGroup && open.has(name);
    if (isGroup) rows.push({ kind: "group", name, lanes: members, isOpen });
    if (!isGroup || isOpen) rows.push(...members.map((lane) => ({ kind: "stage" as const, lane, isIn: isGroup })));
    at = end;
  }
  return rows;
}

/** "year-*" of "year-2001", "score:*" of "score:norway"; null for a name of one part. */
function familyOf(name: string): string | null {
  const found = /^(.+[-:./_])[^-:./_]+$/.exec(name);
  return found?.[1] === undefined ? null : `${found[1]}*`;
}

interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Each in the first lane in which nothing else is at the time: what ran beside another never lies over it. */
export function packLanes<T extends Span>(spans: readonly T[]): readonly (readonly T[])[] {
  const lanes: T[][] = [];
  for (const span of [...spans].sort((a, b) => a.startedAt - b.startedAt)) {
    const lane = lanes.find((one) => (one.at(-1)?.endedAt ?? 0) <= span.startedAt);
    if (lane === undefined) lanes.push([span]);
    else lane.push(span);
  }
  return lanes;
}
