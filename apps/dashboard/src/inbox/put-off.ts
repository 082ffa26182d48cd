/** What a person put off in the inbox: for a day, or until the run moves again. By the run and the instant at which it stopped. */
import { recall, remember, useWatched, watched } from "../parts/store.js";

const KEY = "holdfast:put-off";
const DAY_MS = 86_400_000;
/** Of the newest; older ones have moved since, or are gone. */
const KEPT_MAX = 500;

/** Until when. What is put off until it moves is so for a year. */
type PutOff = Readonly<Record<string, number>>;

const putOff = watched<PutOff>(readPutOff(recall(KEY)));

/** What was kept as text; nothing where that is damaged. */
export function readPutOff(text: string | null): PutOff {
  try {
    const parsed = JSON.parse(text ?? "{}") as unknown;
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return {};
    return Object.fromEntries(Object.entries(parsed).filter(([, until]) => typeof until === "number"));
  } catch {
    return {};
  }
}

export interface Stop {
  readonly runId: string;
  /** When it stopped: another stop of the same run is another matter. */
  readonly at: number;
}

const keyOf = ({ runId, at }: Stop) => `${runId}@${at}`;

export const isPutOff = (all: PutOff, stop: Stop, nowMs: number): boolean => (all[keyOf(stop)] ?? 0) > nowMs;

export function usePutOff(): (stop: Stop) => boolean {
  const all = useWatched(putOff);
  return (stop) => isPutOff(all, stop, Date.now());
}

function write(entries: readonly (readonly [string, number])[]): void {
  const next = Object.fromEntries(entries.slice(-KEPT_MAX));
  putOff.set(next);
  remember(KEY, JSON.stringify(next));
}

export function putOffUntil(stop: Stop, when: "tomorrow" | "itMoves"): void {
  const others = Object.entries(putOff.get()).filter(([key]) => key !== keyOf(stop));
  write([...others, [keyOf(stop), Date.now() + (when === "tomorrow" ? DAY_MS : 365 * DAY_MS)]]);
}

export function takeUp(stop: Stop): void {
  write(Object.entries(putOff.get()).filter(([key]) => key !== keyOf(stop)));
}
