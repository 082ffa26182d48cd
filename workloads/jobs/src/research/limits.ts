// Limits set by the user, and the report if one of them cut the work short. Reaching a limit never fails a job: it
// answers from what it has, and says what is missing.
import { plural } from "holdfast/extend";

/** A limit that was reached, and what is missing because of it. */
export interface LimitReached {
  readonly limit: "maxSources" | "maxMinutes" | "budgetUsd";
  /** The limit, as in the input. */
  readonly value: number;
  /** What was not done because of it, in a sentence. */
  readonly message: string;
}

/** Maximum file names in a sentence. */
const NAMED_MAX = 5;

export function wordNames(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return names.slice(0, NAMED_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export function sourcesReached(value: number, names: readonly string[]): LimitReached {
  const message = `maxSources is ${value}, so ${plural(names.length, "source")} was not read: ${wordNames(names)}.`;
  return {
    limit: "maxSources",
    value,
    message: names.length === 1 ? message : message.replace(" was not read", " were not read"),
  };
}

export function timeReachedReading(value: number, names: readonly string[]): LimitReached {
  const were = names.length === 1 ? "was" : "were";
  const message = `maxMinutes is ${value}, and that time was used up: ${plural(names.length, "source")} ${were} not read: ${wordNames(names)}.`;
  return { limit: "maxMinutes", value, message };
}

export function timeReachedWriting(value: number): LimitReached {
  const message = `maxMinutes is ${value}, and that time was used up before the model had written an answer: its sentences are quoted instead.`;
  return { limit: "maxMinutes", value, message };
}

export function budgetReached(value: number, what: string): LimitReached {
  return { limit: "budgetUsd", value, message: `budgetUsd is ${value}, and that money was used up: ${what}` };
}

/** Working time of a job over all its attempts, without waits and pauses. */
export class WorkTime {
  readonly #beganMs = performance.now();

  constructor(
    private readonly usedBeforeMs: number,
    private readonly maxMinutes: number,
  ) {}

  usedMs(): number {
    return Math.round(this.usedBeforeMs + performance.now() - this.#beganMs);
  }

  leftMs(): number {
    return Math.max(0, this.maxMinutes * 60_000 - this.usedMs());
  }
}
