/**
 * Event types as the small numbers that stores keep. A number is for ever: a new type gets the next free one, with a migration
 * that adds it to the table `event_type`.
 */
import type { RunEventType } from "../event.js";

/** Number of each event type, in the order of the numbers; some are left free. Does not compile while a type has none. */
export const EVENT_CODES = {
  "run.created": 0,
  "run.claimed": 1,
  "run.paused": 2,
  "run.resumed": 3,
  "run.recovered": 4,
  "run.completed": 5,
  "run.failed": 6,
  "run.cancelled": 7,
  "run.restarted": 8,
  "run.handed_back": 9,
  "stage.started": 10,
  "stage.completed": 11,
  "stage.failed": 12,
  "stage.retrying": 13,
  "checkpoint.saved": 14,
  "gate.checked": 15,
  "artifact.written": 16,
  "lease.lost": 17,
  "map.committed": 18,
  "budget.reached": 19,
  "drift.accepted": 20,
  log: 21,
  "run.waiting": 22,
  "run.woken": 23,
  "signal.taken": 24,
  "question.answered": 25,
  "wait.timed_out": 26,
  "run.input_replaced": 30,
  "run.released": 31,
  "run.continued": 40,
} as const satisfies Record<RunEventType, number>;

const TYPES = new Map(Object.entries(EVENT_CODES).map(([type, code]) => [code as number, type as RunEventType]));

/** Returns the number of an event type. */
export function eventCode(type: RunEventType): number {
  return EVENT_CODES[type];
}

/** Returns the event type of a number; undefined for one that a later version wrote. */
export function eventType(code: number): RunEventType | undefined {
  return TYPES.get(code);
}
