/** Errors about schedules: their names, their timing, finding them. */
import { define, list } from "./define.js";

/** SCHEDULE_NAME_INVALID: the name cannot begin the ID of a run. */
export class ScheduleNameInvalidError extends define(
  "SCHEDULE_NAME_INVALID",
  (d: { schedule: string }) =>
    `"${d.schedule.slice(0, 160)}" is not a valid name of a schedule: 1 to 64 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without "..".`,
) {}

/** SCHEDULE_INVALID: an option of the schedule is invalid, or it would never tick. */
export class ScheduleInvalidError extends define(
  "SCHEDULE_INVALID",
  (d: { schedule: string; problem: string }) => `Schedule ${d.schedule}: ${d.problem}.`,
) {}

/** SCHEDULE_NOT_FOUND: there is no schedule of this name. */
export class ScheduleNotFoundError extends define(
  "SCHEDULE_NOT_FOUND",
  (d: { schedule: string; near: readonly string[] }) =>
    `There is no schedule ${d.schedule}.${d.near.length === 0 ? "" : ` Did you mean ${list(d.near)}?`}`,
) {}

/** SCHEDULE_REFUSED: the schedule does not allow the request in its present state. */
export class ScheduleRefusedError extends define(
  "SCHEDULE_REFUSED",
  (d: { schedule: string; problem: string }) => `Schedule ${d.schedule} ${d.problem}.`,
) {}
