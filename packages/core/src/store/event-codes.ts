/**
 * Event types as the small numbers that stores keep. A type's number is its place in this list and is for ever:
 * new types go to the end, with a migration that adds them to the table `event_type`.
 */
import type { RunEventType } from "../event.js";

/** Event types in the order of their numbers. */
export const EVENT_TYPES = [
  "run.created",
  "run.claimed",
  "run.paused",
  "run.resumed",
  "run.recovered",
  "run.completed",
  "run.failed",
  "run.cancelled",
  "run.restarted",
  "run.handed_back",
  "stage.started",
  "stage.completed",
  "stage.failed",
  "stage.retrying",
  "checkpoint.saved",
  "gate.checked",
  "artifact.written",
  "lease.lost",
  "map.committed",
  "budget.reached",
  "drift.accepted",
  "log",
  "run.waiting",
  "run.woken",
] as const satisfies readonly RunEventType[];

/** Does not compile when an event type has no number. */
type Numbered = (typeof EVENT_TYPES)[number];
const CODES = Object.fromEntries(EVENT_TYPES.map((type, code) => [type, code])) as Record<
  RunEventType extends Numbered ? Numbered : never,
  number
>;

/** Returns the number of an event type. */
export function eventCode(type: RunEventType): number {
  return CODES[type];
}
