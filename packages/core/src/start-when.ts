/**
 * When, in which order and beside which other runs a new run starts: the options of a start, checked once where they enter.
 * Pure. The store keeps them with the run, and its claim obeys them.
 */
import { DURATION_MAX_MS, findDurationProblem } from "./duration.js";
import { WrongUseError } from "./errors/input.js";
import { refuseUnknownOptions } from "./known-options.js";
import type { WaitDue } from "./wait.js";

/** The priority of a run that asks for none. */
export const PRIORITY_DEFAULT = 5;
/** The highest priority. The lowest is 0. */
export const PRIORITY_MAX = 9;
/** Of so many runs that are claimed, one is the oldest whatever its priority, so that a low one starts in the end. */
export const OLDEST_EVERY = 10;
/** Tags of a run. */
export const TAGS_MAX = 20;
/** Characters of a tag. */
export const TAG_CHARS_MAX = 64;

/** Options of a start that say when and in which order the run starts. */
export interface StartWhen {
  /** Not before this instant, by the wall clock: a `Date`, or milliseconds UTC. Default: at once. */
  readonly at?: Date | number | undefined;
  /** Not before so many milliseconds have passed, whatever the wall clock does meanwhile. Default: at once. */
  readonly delayMs?: number | undefined;
  /** 0 to 9: of the runs that are due, the higher starts first, then the older. Default 5. */
  readonly priority?: number | undefined;
  /** At most 20 labels, by which lists, bulk acts and statistics find the run. Default: none. */
  readonly tags?: readonly string[] | undefined;
  /** What happens while another run of the same key is active. Default: every start is a new run. */
  readonly dedupe?: StartDedupe | undefined;
}

/** What happens to a start while a run of the same key, workflow and owner is queued, running, waiting or paused. */
export interface StartDedupe {
  /** 1 to 200 characters. The key is free again once its run has ended. */
  readonly key: string;
  /**
   * - `join`, the default: the answer is the active run.
   * - `reject`: refused with DUPLICATE_RUN.
   * - `after`: one run waits for the end of the active one; a further start gives it its input.
   * - `replace`: cancels the active run, then as `after`.
   */
  readonly whenActive?: "join" | "reject" | "after" | "replace" | undefined;
  /** Starts once no further start of the key has come for so long, with the input of the last one. Default: at once. */
  readonly quietMs?: number | undefined;
  /** Starts after so long at the latest, counted from the first start. Default: ten times `quietMs`, at most a day. */
  readonly maxWaitMs?: number | undefined;
}

/** The same as the store takes it. */
export interface DedupeTerms {
  readonly key: string;
  readonly whenActive: "join" | "reject" | "after" | "replace";
  readonly quietMs: number | null;
  readonly maxWaitMs: number;
}

/** Characters of a dedupe key. */
export const DEDUPE_KEY_CHARS_MAX = 200;
/** How often a start may be put off by `quietMs`, unless `maxWaitMs` says how long. */
export const QUIET_TIMES = 10;
/** The longest that a start is put off, unless `maxWaitMs` says more. */
export const QUIET_MAX_MS = 86_400_000;
/** What a start may do while a run of its key is active. */
export const WHEN_ACTIVE = ["join", "reject", "after", "replace"] as const;

/** The same as it is stored. */
export interface StartTerms {
  /** When the run may be claimed; null for at once. */
  readonly due: WaitDue | null;
  readonly priority: number;
  readonly tags: readonly string[];
}

/** A start without any of the options. */
export const START_TERMS: StartTerms = { due: null, priority: PRIORITY_DEFAULT, tags: [] };

/**
 * Returns the options as they are stored.
 * @throws {WrongUseError} WRONG_USE, naming the option, if one has no possible value.
 */
export function readStartWhen(when: StartWhen, nowMs: number): StartTerms {
  const { at, delayMs, priority = PRIORITY_DEFAULT, tags = [] } = when;
  if (at !== undefined && delayMs !== undefined) refuse("at and delayMs", "one of the two is expected, not both");
  const problem = findDurationProblem({ delayMs });
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  if (!Number.isInteger(priority) || priority < 0 || priority > PRIORITY_MAX) {
    refuse("priority", `a whole number from 0 to ${PRIORITY_MAX} is expected, ${word(priority)} was given`);
  }
  return { due: dueOf(at, delayMs, nowMs), priority, tags: readTags(tags) };
}

/**
 * Returns the options of a dedupe key as the store takes them; null if there are none.
 * @throws {WrongUseError} WRONG_USE, naming the option, if one has no possible value.
 */
export function readDedupe({ dedupe, at, delayMs }: StartWhen): DedupeTerms | null {
  if (dedupe === undefined) return null;
  refuseUnknownOptions("dedupe", dedupe, { key: true, whenActive: true, quietMs: true, maxWaitMs: true });
  const { key, whenActive = "join", quietMs, maxWaitMs } = dedupe;
  if (typeof key !== "string" || key === "" || key.length > DEDUPE_KEY_CHARS_MAX) {
    refuse("dedupe.key", `1 to ${DEDUPE_KEY_CHARS_MAX} characters are expected, ${word(key)} was given`);
  }
  if (!WHEN_ACTIVE.includes(whenActive)) {
    refuse("dedupe.whenActive", `one of ${WHEN_ACTIVE.join(", ")} is expected, ${word(whenActive)} was given`);
  }
  const problem = findDurationProblem({ "dedupe.quietMs": quietMs, "dedupe.maxWaitMs": maxWaitMs });
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  if (quietMs === undefined) {
    if (maxWaitMs !== undefined) refuse("dedupe.maxWaitMs", "it counts beside quietMs alone");
    return { key, whenActive, quietMs: null, maxWaitMs: 0 };
  }
  if (at !== undefined || delayMs !== undefined) refuse("dedupe.quietMs", "it cannot be given with at or delayMs");
  if (maxWaitMs !== undefined && maxWaitMs < quietMs) refuse("dedupe.maxWaitMs", "at least quietMs is expected");
  const most = maxWaitMs ?? Math.max(quietMs, Math.min(QUIET_TIMES * quietMs, QUIET_MAX_MS));
  return { key, whenActive, quietMs, maxWaitMs: most };
}

function dueOf(at: unknown, delayMs: number | undefined, nowMs: number): WaitDue | null {
  if (delayMs !== undefined) return delayMs === 0 ? null : { kind: "after", ms: Math.ceil(delayMs) };
  if (at === undefined) return null;
  const atMs = at instanceof Date ? at.getTime() : at;
  if (typeof atMs !== "number" || Number.isNaN(atMs) || atMs < 0) {
    return refuse("at", `a Date or milliseconds UTC is expected, ${word(at)} was given`);
  }
  if (atMs > nowMs + DURATION_MAX_MS) return refuse("at", "an instant within 10 years is expected");
  return atMs <= nowMs ? null : { kind: "at", atMs: Math.ceil(atMs) };
}

/**
 * Returns the tags without repetitions.
 * @throws {WrongUseError} WRONG_USE if there are too many, or one cannot be a tag.
 */
export function readTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags)) return refuse("tags", `a list of texts is expected, ${word(tags)} was given`);
  const own = [...new Set(tags as unknown[])];
  if (own.length > TAGS_MAX) refuse("tags", `at most ${TAGS_MAX} are expected, ${own.length} were given`);
  return own.map((tag) => {
    if (isTag(tag)) return tag;
    const expected = `a tag is 1 to ${TAG_CHARS_MAX} characters on one line, without a space at either end`;
    return refuse("tags", `${expected}; ${word(tag)} was given`);
  });
}

/** Returns whether a value can be a tag. */
export function isTag(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value.length > TAG_CHARS_MAX || value.trim() !== value) return false;
  return !/\p{Cc}/u.test(value);
}

function refuse(option: string, problem: string): never {
  throw new WrongUseError({ problem: `${option}: ${problem}.` });
}

function word(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, 80)}"`;
  return value instanceof Date ? "an invalid Date" : String(value);
}

/** Names of the options, for checks of unknown ones. */
export const START_WHEN_NAMES = { at: true, delayMs: true, priority: true, tags: true, dedupe: true } as const;
