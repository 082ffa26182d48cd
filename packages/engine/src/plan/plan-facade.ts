/** Plans of a resume, and how to resume. Types only. */
import type { DriftItem, ErrorCode } from "@holdfast/core";
import type { Accept } from "../run/drift-terms.js";

export type { Accept } from "../run/drift-terms.js";

/**
 * Which items of finished maps a resume tries again. `keys:` is followed by a JSON list of item keys, `cause:` by the fingerprint
 * of a cause of failures.
 */
export type Only = "missing" | "errors" | "both" | `errors:${string}` | `cause:${string}` | "stale" | `keys:${string}`;
/** One map in a plan. What nobody can know before is null, never 0. */
export interface PlanMap {
  /** Stage of the map. */
  readonly stage: string;
  /** Results that stay as they are. */
  readonly keep: number | null;
  /** Items without a result now; null while the source's length is unknown. */
  readonly missing: number | null;
  /** Failed results by category, now. */
  readonly errors: Readonly<Record<string, number>>;
  /** Results made under another config than the map will have. */
  readonly stale: number;
  /**
   * At most so many calls were under way when a worker died or cut them off, and may have been charged. After a kill some
   * of them may have been announced only: calls are announced a little ahead.
   */
  readonly maybeCharged: number;
  /**
   * Items that get a new result. Null where the source has to be read first (an iterable that is no array), where a stage
   * before the map decides, or where the budget may end it sooner.
   */
  readonly items: number | null;
  /**
   * How often the resume calls the function of an item, where each call succeeds at once: once an item, but for items whose
   * answer was paid for before. What one call asks of a model, and what is tried again, is not counted: nobody knows.
   */
  readonly calls: number | null;
  /** At the average so far, and at half as much again; null where nothing was done yet, or calls of unknown price were made. */
  readonly costUsd: readonly [low: number, high: number] | null;
  /** At the pace so far; null where there is none. */
  readonly timeMs: number | null;
}

/**
 * What a resume does where user code succeeds at once. It is made by the rules that the execution goes by; what depends on
 * outputs that are not there yet is `unknown`, or null.
 */
export interface Plan {
  /** Id of the run. */
  readonly runId: string;
  /** Over all that the plan was made of: applied only if it is still the same. */
  readonly digest: string;
  /** Why the resume would be refused, in which case it changes nothing; null where it would be accepted. */
  readonly refusal: { readonly code: ErrorCode; readonly message: string } | null;
  /** Stages whose record stays. */
  readonly keeps: readonly string[];
  /** Stages that run: without a record, or with one that no longer fits. */
  readonly redoes: readonly string[];
  /** Stages that may run or not, or were never seen: what stages before them return decides. */
  readonly unknown: readonly string[];
  /** How the run would end or rest; null where what stages return decides. */
  readonly ending: { readonly status: "completed" | "failed" | "paused"; readonly reason: string | null } | null;
  /**
   * What recorded results depend on and is not as it was: without `accept` the resume is refused for it. With a changed
   * input it is what the workflow declares under that input, as far as records let it be looked at.
   */
  readonly drift: readonly DriftItem[];
  /** The run's maps, in the order of their stages. */
  readonly maps: readonly PlanMap[];
  /** The sums over all maps; null where one is not known, or a map may come that was never seen. */
  readonly items: number | null;
  /** Sum of `maps[].calls`. */
  readonly itemCalls: number | null;
  /** Sum of `maps[].maybeCharged`. */
  readonly maybeCharged: number;
  /** Of the keys that `only` lists, those of no item of the run: the first 20, and how many there are. */
  readonly unknownKeys: { readonly count: number; readonly first: readonly string[] };
  /** Sum of `maps[].costUsd`, in US dollars. */
  readonly costUsd: readonly [low: number, high: number] | null;
  /** Sum of `maps[].timeMs`, in milliseconds. */
  readonly timeMs: number | null;
}

/** How a resume differs from just going on. */
export interface How<N extends string = string> {
  /** Which items of finished maps are tried again. Default: those of maps that are not finished. */
  readonly only?: Only | undefined;
  /** Stage after which the run pauses. Default: the whole workflow. */
  readonly through?: N | undefined;
  /** What to do about drift. Default: the resume is refused with DRIFT. */
  readonly accept?: Accept | undefined;
  /**
   * Dollars that maps may spend in all, by stage, in place of the budgets that they declare. Holds for later resumes of this
   * generation too. Default: as before.
   */
  readonly budget?: Readonly<Record<string, number>> | undefined;
  /** A changed input, as one would give it to `start`; left out, the recorded one stays. */
  readonly input?: unknown;
}
