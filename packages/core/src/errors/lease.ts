/**
 * Errors about who holds what: leases, named resources, management actions, the options of workers.
 */
import type { RunStatus } from "../run-status.js";
import { define } from "./define.js";

/** A write was refused: another worker holds the lease. Drop the attempt; never repeat the write. */
export class LeaseLostError extends define(
  "LEASE_LOST",
  (d: { runId: string; token: number; heldBy: string | null }) =>
    `Run ${d.runId}: lease ${d.token} is no longer held by this worker (now held by ${d.heldBy ?? "nobody"}).`,
) {}

/** Another worker holds the run and is not known to be dead. */
export class RunLockedError extends define(
  "RUN_LOCKED",
  // Null: who holds it is not for whoever asked.
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

/** Who holds a named thing, as far as anybody can tell: null where nobody can. */
export interface ResourceHolder {
  /** A run of ours. */
  readonly runId: string | null;
  /** A worker's name, or a command line. */
  readonly name: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  /** ISO 8601. */
  readonly since: string | null;
}

/** A named thing that the run needs for itself (a database file, say) is held by another run or process. */
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

/** One recover, checkTimeouts or cleanup at a time. */
export class ManagementBusyError extends define(
  "MANAGEMENT_BUSY",
  (d: { action: string; by: string; since: number }) =>
    `${d.action}, requested by ${d.by}, has been in progress since ${new Date(d.since).toISOString()}.`,
) {}

/** Durations or counts of a worker under which two workers could trust one run. */
export class WorkerOptionsInvalidError extends define(
  "WORKER_OPTIONS_INVALID",
  (d: { option: string; expected: string }) => `Option ${d.option}: ${d.expected} is expected.`,
) {}

/** `result()` or a follower of events waits for a run that nobody in this process goes on with. */
export class WorkersStoppedError extends define(
  "WORKERS_STOPPED",
  (d: { runId: string; status: RunStatus; isClosed: boolean }) =>
    `Run ${d.runId} is ${d.status}, and ${d.isClosed ? "this Holdfast is closed" : "the workers of this Holdfast were drained"}; no worker here will continue it.`,
) {}
