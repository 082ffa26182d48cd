/** Which stops a person has put off: for a day, or for good. By the run and the instant at which it stopped, so that the next stop is told. */
import { recall, remember, useWatched, watched } from "../tab/store.js";

const KEY = "holdfast:dismissed";
const DAY_MS = 86_400_000;
const KEPT_MAX = 200;

/** Until when; a stop is not told before. */
type Dismissed = Readonly<Record<string, number>>;

const dismissed = watched<Dismissed>(read());

function read(): Dismissed {
  try {
    const parsed = JSON.parse(recall(KEY) ?? "{}") as unknown;
    return typeof parsed === "object" && parsed !== null ? (parsed as Dismissed) : {};
  } catch {
    return {};
  }
}

interface Stop {
  readonly id: string;
  readonly updatedAt: number;
}

const keyOf = ({ id, updatedAt }: Stop) => `${id}@${updatedAt}`;

export function useDismissed(): (stop: Stop) => boolean {
  const all = useWatched(dismissed);
  return (stop) => (all[keyOf(stop)] ?? 0) > Date.now();
}

export function dismiss(stops: readonly Stop[], howLong: "later" | "forGood"): void {
  const until = Date.now() + (howLong === "later" ? DAY_MS : 365 * DAY_MS);
  const entries = [...Object.entries(dismissed.get()), ...stops.map((stop) => [keyOf(stop), until] as const)];
  const next = Object.fromEntries(entries.slice(-KEPT_MAX));
  dismissed.set(next);
  remember(KEY, JSON.stringify(next));
}
