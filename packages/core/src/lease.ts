/**
 * Leases: the right to execute a run, and the arithmetic of how long to trust it.
 *
 * A write is accepted only while the run's row holds exactly this token and nonce. The token orders claims and may be
 * passed to other systems. The nonce distinguishes two claims with the same token, which can happen after a lost
 * commit. Safety never depends on a clock: a clock only says when to stop working, or when another worker may take
 * over.
 */
import { type BootInstant, isOfBoot } from "./boot.js";
import { isDuration, wordDuration } from "./duration.js";
import { WorkerOptionsInvalidError } from "./errors/lease.js";
import type { RunId } from "./ids.js";

/** Holder of a lease, described precisely enough to prove its death on the same host. */
export interface Holder {
  /** Name of the worker, for people. Unique per process start unless the user chose it. */
  readonly name: string;
  /** Name of the machine. */
  readonly host: string;
  /** Process ID. */
  readonly pid: number;
  /** Name of the host's boot (`nameBoot`). A lease of an earlier boot is always expired. */
  readonly bootId: string;
  /** Pid namespace, such as a container's. A pid is meaningful within its namespace only. */
  readonly pidNamespace: string;
  /** Start time of the process in kernel ticks, so that a reused pid is not mistaken for the holder. */
  readonly processStart: string;
}

/** Proof of a lease, carried by every fenced write. */
export interface Fence {
  readonly runId: RunId;
  readonly token: number;
  readonly nonce: string;
}

/** A claim as its worker holds it, with the data for the trust arithmetic. */
export interface Lease extends Fence {
  readonly generation: number;
  /** Monotonic instant before the claim was sent, so that a slow reply cannot lengthen the lease. */
  readonly askedAtMs: number;
  readonly leaseMs: number;
  readonly stallAfterMs: number;
}

/** A lease as other processes see it. */
export interface LeaseView {
  /** Name of the worker. */
  readonly holder: string;
  /** Host of its process. */
  readonly host: string;
  /** Process ID on that host. */
  readonly pid: number;
  /** When this holder took the run, milliseconds UTC. */
  readonly since: number;
  /** When it expires without a heartbeat, in milliseconds UTC. */
  readonly expiresAt: number;
  /** Number of this lease among the run's leases; part of the fence. */
  readonly token: number;
}

/** A lease with the data for a recovery decision. Durations are by the store's own clock. */
export interface LeaseFacts extends LeaseView {
  /** Run that is leased. */
  readonly runId: RunId;
  /** Workflow of the run. */
  readonly workflow: string;
  /** Process that holds it. */
  readonly holderIdentity: Holder;
  /** Milliseconds since the last accepted heartbeat or fenced write. */
  readonly silentForMs: number;
  /** `true` if the time to live has run out, the silence exceeds the run's stall limit, or the host was rebooted. */
  readonly isExpired: boolean;
  /**
   * `true` if the store itself can tell that the holder's process has ended, on whichever host it ran. Left out if it cannot
   * tell: the process may be alive.
   */
  readonly isHolderGone?: true | undefined;
}

/** Defaults of a worker, with reasons. `checkWorkerOptions` checks their relations. */
export const WORKER_DEFAULTS = {
  concurrency: 4,
  leaseMs: 300_000, // five minutes, as a backstop: silence of `stallAfterMs` is noticed sooner
  heartbeatMs: 5_000, // a holder counts as stale after 30 s, so five heartbeats may be lost
  safetyMarginMs: 5_000, // trust ends this long before a takeover is possible: time for a slow reply and a slow abort
  stopGraceMs: 25_000, // under the 30 s that Kubernetes grants before SIGKILL
  maxBlockedMs: 30 * 60_000, // a stage may block the event loop this long before its process counts as hung
  scanMs: 1_000, // interval of the check for proven deaths on the same host
  pollMs: 250, // poll interval of an idle worker; hints usually wake it sooner
} as const;

/** Returns how long a lease lasts without a heartbeat: the shorter of its time to live and the run's stall limit. */
export function leaseWindowMs(lease: { readonly leaseMs: number; readonly stallAfterMs: number }): number {
  return Math.min(lease.leaseMs, lease.stallAfterMs);
}

/**
 * Returns whether others may take over a run whose holder has been silent for this long. They wait for the whole
 * window, while the holder itself stops a margin before its end.
 */
export function isSilentTooLong(silentMs: number, lease: { leaseMs: number; stallAfterMs: number }): boolean {
  return silentMs > leaseWindowMs(lease);
}

/**
 * Returns whether the run is now held under this fence. The token alone does not suffice: after a lost commit its
 * number may be issued again. A run that nobody holds has no nonce.
 */
export function isMine(
  fence: { readonly token: number; readonly nonce: string },
  lease: { readonly token: number; readonly nonce: string | null },
): boolean {
  return lease.token === fence.token && lease.nonce === fence.nonce;
}

/** A lease as a store records it. `beatAtMs` is the last sign of life, on the monotonic clock of boot `bootId`. */
export interface LeaseStamp {
  readonly bootId: string | null;
  readonly beatAtMs: number;
  readonly leaseMs: number;
}

/**
 * Returns the milliseconds since the last sign of life. A lease of another boot is silent for at least as long as the
 * present boot has lasted, so that is returned.
 */
export function silentMs(stamp: Pick<LeaseStamp, "bootId" | "beatAtMs">, now: BootInstant): number {
  return isStampOf(stamp, now) ? now.monotonicMs - stamp.beatAtMs : now.monotonicMs;
}

/**
 * Returns whether others may take over the run: its holder was silent for longer than the window, or belongs to another
 * boot.
 */
export function isExpired(lease: LeaseStamp & { readonly stallAfterMs: number }, now: BootInstant): boolean {
  return !isStampOf(lease, now) || isSilentTooLong(silentMs(lease, now), lease);
}

/**
 * Returns when the lease expires without a heartbeat, in milliseconds UTC. A lease of another boot ended with it at an
 * unknown time, so the present time is returned.
 */
export function expiresAt(stamp: LeaseStamp, now: BootInstant & { readonly wallMs: number }): number {
  return now.wallMs + (isStampOf(stamp, now) ? stamp.beatAtMs + stamp.leaseMs - now.monotonicMs : 0);
}

const isStampOf = ({ bootId, beatAtMs }: Pick<LeaseStamp, "bootId" | "beatAtMs">, now: BootInstant) =>
  isOfBoot({ bootId, atMs: beatAtMs }, now);

/**
 * Returns how long before the end of the window a worker stops trusting its lease: 5 s, or a third of a window shorter
 * than 15 s (a three-second lease is trusted for two).
 */
export function safetyMarginMs(windowMs: number): number {
  return Math.min(WORKER_DEFAULTS.safetyMarginMs, Math.floor(windowMs / 3));
}

/**
 * Returns the monotonic instant until which a worker may act on its lease, after an answered heartbeat that it sent at
 * `askedAtMs`.
 */
export function trustedUntilMs(askedAtMs: number, lease: { leaseMs: number; stallAfterMs: number }): number {
  const windowMs = leaseWindowMs(lease);
  return askedAtMs + windowMs - safetyMarginMs(windowMs);
}

/** Returns the heartbeat interval: the configured one, or shorter so that at least four fit into the trusted time. */
export function beatIntervalMs(heartbeatMs: number, windowMs: number): number {
  return Math.max(50, Math.min(heartbeatMs, Math.floor((windowMs - safetyMarginMs(windowMs)) / 4)));
}

/**
 * Refuses options under which two workers could trust the same run.
 * @throws {WorkerOptionsInvalidError} WORKER_OPTIONS_INVALID, naming the option and the violated relation.
 */
export function checkWorkerOptions(options: {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly concurrency: number;
  readonly stopGraceMs: number;
  readonly maxBlockedMs: number;
  readonly pollMs?: number | undefined;
  readonly scanMs?: number | undefined;
}): void {
  const refuse = (option: string, expected: string): never => {
    throw new WorkerOptionsInvalidError({ option, expected });
  };
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  if (!isCount(options.concurrency)) refuse("concurrency", "a whole number of at least 1");
  // Below a second, a garbage collection or a slow disk looks like a death.
  if (!isCount(options.leaseMs) || options.leaseMs < 1_000) refuse("leaseMs", "at least 1000 ms");
  if (!isCount(options.heartbeatMs)) refuse("heartbeatMs", "at least 1 ms");
  const { leaseMs, heartbeatMs } = options;
  for (const [option, value] of Object.entries({ leaseMs, heartbeatMs })) {
    if (!isDuration(value)) refuse(option, wordDuration(1));
  }
  if (options.heartbeatMs >= options.leaseMs) refuse("heartbeatMs", "less than leaseMs");
  if (!isDuration(options.stopGraceMs)) refuse("stopGraceMs", wordDuration());
  // Polling without a pause would starve the event loop.
  const { maxBlockedMs, pollMs = 1, scanMs = 1 } = options;
  for (const [option, value] of Object.entries({ maxBlockedMs, pollMs, scanMs })) {
    if (!isDuration(value, 1)) refuse(option, wordDuration(1));
  }
}
