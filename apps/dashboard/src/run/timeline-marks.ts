/** Marks over the time axis: what the system did and what people did, from the events of the run as a whole. Pure. */
import type { RunHistory } from "../api/types.js";
import { usd } from "../words/numbers.js";

export interface TimeMark {
  readonly seq: number;
  readonly at: number;
  readonly tone: "fail" | "ok" | "hold" | "";
  readonly icon: "died" | "recovered" | "person" | "pause" | "change" | "budget";
  readonly words: string;
}

type Mark = RunHistory["marks"][number];
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function marksOf(marks: readonly Mark[]): readonly TimeMark[] {
  const shown: TimeMark[] = [];
  let isAfterDeath = false;
  for (const { type, seq, at, data } of marks) {
    const add = (tone: TimeMark["tone"], icon: TimeMark["icon"], words: string) =>
      shown.push({ seq, at, tone, icon, words });
    if (type === "run.recovered") {
      add("fail", "died", text(data.reason) || "its worker was gone");
      isAfterDeath = data.action === "resume";
    } else if (type === "lease.lost") add("fail", "died", `${text(data.holder)} lost its lease`);
    else if (type === "run.claimed") {
      if (isAfterDeath) add("ok", "recovered", `recovered, taken up by ${text(data.holder)}`);
      isAfterDeath = false;
    } else if (type === "run.paused")
      add("hold", "pause", `paused${text(data.reason) === "" ? "" : `: ${text(data.reason)}`}`);
    else if (type === "run.resumed")
      add("", "person", `resumed by ${text(data.by)}${data.isInputChanged === true ? ", input changed" : ""}`);
    else if (type === "run.restarted") add("", "person", `restarted by ${text(data.by)}`);
    else if (type === "run.continued") add("", "change", `continued as generation ${text(data.generation)}`);
    else if (type === "run.waiting")
      add("", "pause", `waits${text(data.reason) === "" ? "" : `: ${text(data.reason)}`}`);
    else if (type === "run.handed_back") add("", "change", "handed back: its worker was stopped");
    else if (type === "run.cancelled") add("", "person", "cancelled");
    else if (type === "drift.accepted")
      add("", "change", `${whatDrifted(data.drift)} changed, accepted by ${text(data.by)}`);
    else if (type === "budget.reached") add("hold", "budget", `budget of ${usd(Number(data.budgetUsd))} reached`);
  }
  return shown;
}

function whatDrifted(drift: unknown): string {
  const kinds = Array.isArray(drift) ? drift.map((one) => text((one as { what?: unknown } | null)?.what)) : [];
  const known = [...new Set(kinds.filter((kind) => kind !== ""))];
  return known.length === 0 ? "what it depends on" : known.join(", ");
}

/** So much of the width a letter takes, and an icon with its space, at 11 px. */
const LETTER_PX = 6;
const ICON_PX = 22;

export interface PlacedMark extends TimeMark {
  readonly x: number;
  /** Where its words have no room, its icon stands alone; what it says is its name. */
  readonly isShort: boolean;
  /** To the left of its instant, at the right edge. */
  readonly isLeft: boolean;
}

/** Words where they fit between their neighbours. The newest has the first word. */
export function placeMarks(
  marks: readonly TimeMark[],
  place: (at: number) => number,
  widthPx: number,
): readonly PlacedMark[] {
  const placed: PlacedMark[] = [];
  let free = Number.POSITIVE_INFINITY;
  const seen = marks.map((mark) => ({ mark, x: place(mark.at) })).filter(({ x }) => x >= 0 && x <= 1);
  for (const [index, { mark, x }] of [...seen.entries()].reverse()) {
    const px = x * widthPx;
    const beforePx = (seen[index - 1]?.x ?? -1) * widthPx;
    const need = ICON_PX + mark.words.length * LETTER_PX;
    const isLeft = px + need > widthPx;
    const isShort = isLeft ? px - need < beforePx + ICON_PX || free < widthPx : px + need > free;
    // Where not even an icon has room beside the next one, they would lie over each other.
    if (isShort && px + ICON_PX > free) continue;
    placed.unshift({ ...mark, x, isShort, isLeft: isLeft && !isShort });
    free = isLeft && !isShort ? px - need : px;
  }
  return placed;
}
