/** Errors about leases, named resources, management actions and the options of workers. */
import type { RunStatus } from "../run-status.js";
import { define } from "./define.js";

/** LEASE_LOST: a write was refused because another worker holds the lease. Drop the attempt and never repeat the write. */
export class LeaseLostError extends define(
  "LEASE_LOST",
  (d: { runId: string; token: number; heldBy: string | null }) =>
    `Run ${d.runId}: lease ${d.token} is no longer held by this worker (now held by ${d.heldBy ?? "nobody"}).`,
) {}

/** RUN_LOCKED: another worker holds the run and is not known to be dead. */
export class RunLockedError extends define(
  "RUN_LOCKED",
  // Null if the caller may not see the holder.
  (d: {
    runId: string;
    holder: string | null;
    host: string | null;
    pid: number | null;
    since: number;
    judgedAt?: number | null;
  }) =>
    `Run ${d.runId} is ${d.holder === null ? "executed by a worker" : `held by ${d.holder} (host ${d.host}, pid ${d.pid})`} since ${new Date(d.since).toISOString()}` +
    `${typeof d.judgedAt === "number" ? `; it will count as stuck at ${new Date(d.judgedAt).toISOString()}` : ""}.`,
) {}

/** Holder of a named resource. Facts that cannot be determined are null. */
export interface ResourceHolder {
  /** Run of this store. */
  readonly runId: string | null;
  /** Name of the worker, or command line of the process. */
  readonly name: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  /** ISO 8601. */
  readonly since: string | null;
}

/** RESOURCE_HELD: another run or process holds a named resource that the run needs for itself, such as a database file. */
export class ResourceHeldError extends define(
  "RESOURCE_HELD",
  (d: { resource: string; runId: string; heldBy: ResourceHolder }) =>
    `${d.resource} is held by ${wordHolder(d.heldBy)}; run ${d.runId} needs exclusive use of it.`,
) {}

function wordHolder({ runId, name, host, pid, since }: ResourceHolder): string {
  const join = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(", ");
  const who = join([runId === null ? null : `run ${runId}`, name]);
  const where = join([host === null ? null : `host ${host}`, pid === null ? null : `pid ${pid}`]);
  return `${who === "" ? "another process" : who}${where === "" ? "" : ` (${where})`}${since === null ? "" : ` since ${since}`}`;
}

/** MANAGEMENT_BUSY: only one recover, checkTimeouts or cleanup can run at a time. */
export class ManagementBusyError extends define(
  "MANAGEMENT_BUSY",
  (d: { action: string; by: string; since: number }) =>
    `${d.action}, requested by ${d.by}, has been in progress since ${new Date(d.since).toISOString()}.`,
) {}

/**
 * WORKER_OPTIONS_INVALID: with these durations or counts, two workers could trust the same run, or the worker could not
 * work.
 */
export class WorkerOptionsInvalidError extends define(
  "WORKER_OPTIONS_INVALID",
  (d: { option: string; expected: string }) => `Option ${d.option}: ${d.expected} is expected.`,
) {}

/** WORKERS_STOPPED: `result()` or an event follower waits for a run that no worker of this process will continue. */
export class WorkersStoppedError extends define(
  "WORKERS_STOPPED",
  (d: { runId: string; status: RunStatus; isClosed: boolean }) =>
    `Run ${d.runId} is ${d.status}, and ${d.isClosed ? "this Holdfast is closed" : "the workers of this Holdfast were drained"}; no worker here will continue it.`,
) {}
