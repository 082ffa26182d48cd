/**
 * The right to execute a run, and the arithmetic of trusting it.
 *
 * A write is accepted only while the run's row holds exactly this token and nonce. The token orders claims and is
 * handed to the outside world; the nonce tells apart two claims that got the same token because a commit was lost.
 * Safety never depends on a clock: a clock only says when to stop working, or when another may take over.
 */
import { type BootInstant, isOfBoot } from "./boot.js";
import { isDuration, wordDuration } from "./duration.js";
import { WorkerOptionsInvalidError } from "./errors/lease.js";
import type { RunId } from "./ids.js";

/** Who holds a lease, precisely enough to prove on the same host that it is dead. */
export interface Holder {
  /** The worker's name, for people; unique per process start unless the user named it. */
  readonly name: string;
  /** Name of the machine. */
  readonly host: string;
  /** Process id. */
  readonly pid: number;
  /** A new value with each boot of the host (`nameBoot`): a lease of another boot is expired by definition. */
  readonly bootId: string;
  /** Pids mean something within one namespace only (containers have their own). */
  readonly pidNamespace: string;
  /** The process's start time in the kernel's ticks, so that a reused pid is not taken for the holder. */
  readonly processStart: string;
}

/** What every fenced write carries. */
export interface Fence {
  readonly runId: RunId;
  readonly token: number;
  readonly nonce: string;
}

/** A claim as its worker holds it, with what the arithmetic of trust needs. */
export interface Lease extends Fence {
  readonly generation: number;
  /** Monotonic instant of asking: before the claim was sent, so that a slow reply cannot lengthen the lease. */
  readonly askedAtMs: number;
  readonly leaseMs: number;
  readonly stallAfterMs: number;
}

/** A lease as others see it. */
export interface LeaseView {
  /** Name of the worker. */
  readonly holder: string;
  /** Host of its process. */
  readonly host: string;
  /** Process id on that host. */
  readonly pid: number;
  /** When this holder took the run, milliseconds UTC. */
  readonly since: number;
  /** When it ends without a heartbeat, milliseconds UTC. */
  readonly expiresAt: number;
  /** Number of this lease among the run's leases: what fences writes. */
  readonly token: number;
}

/** A lease with all that a recovery decision needs. Durations are computed by the store's own clock. */
export interface LeaseFacts extends LeaseView {
  /** Run it is a lease of. */
  readonly runId: RunId;
  /** Workflow of the run. */
  readonly workflow: string;
  /** Process that holds it. */
  readonly holderIdentity: Holder;
  /** Since the last accepted heartbeat or fenced write. */
  readonly silentForMs: number;
  /** The time to live has run out, the silence is longer than the run's stall limit, or the host was booted anew. */
  readonly isExpired: boolean;
}

/** Defaults of a worker, with their reasons; relations are checked by `checkWorkerOptions`. */
export const WORKER_DEFAULTS = {
  concurrency: 4,
  leaseMs: 300_000, // five minutes, the backstop; silence of stallAfterMs is judged sooner
  heartbeatMs: 5_000, // the supervisor calls a run stale after 30 s: five beats may be lost
  safetyMarginMs: 5_000, // trust ends this long before another may take over: room for a slow reply and a slow abort
  stopGraceMs: 25_000, // under the 30 s that Kubernetes grants before SIGKILL
  maxBlockedMs: 30 * 60_000, // a stage may block the event loop this long; then the process counts as hung
  scanMs: 1_000, // proven death on the same host is looked for every second
  pollMs: 250, // an idle worker looks for queued runs; hints make it sooner
} as const;

/** How long a lease is good without a beat: the shorter of its time to live and the run's stall limit. */
export function leaseWindowMs(lease: { readonly leaseMs: number; readonly stallAfterMs: number }): number {
  return Math.min(lease.leaseMs, lease.stallAfterMs);
}

/**
 * Whether others may take the run from a holder that gave no sign of life for this long: after the whole window, while the
 * holder itself stops a margin before its end.
 */
export function isSilentTooLong(silentMs: number, lease: { leaseMs: number; stallAfterMs: number }): boolean {
  return silentMs > leaseWindowMs(lease);
}

/**
 * Whether this fence is the one under which the run is held now. The token alone would let pass a claim whose commit was
 * lost and whose number was given again; a run that nobody holds has no nonce.
 */
export function isMine(
  fence: { readonly token: number; readonly nonce: string },
  lease: { readonly token: number; readonly nonce: string | null },
): boolean {
  return lease.token === fence.token && lease.nonce === fence.nonce;
}

/** A lease as a store records it: the last sign of life, on the monotonic clock of the boot in which it was given. */
export interface LeaseStamp {
  readonly bootId: string | null;
  readonly beatAtMs: number;
  readonly leaseMs: number;
}

/** Since the last sign of life. Of another boot nothing is known but that it ended: silent for as long as this one lasts. */
export function silentMs(stamp: Pick<LeaseStamp, "bootId" | "beatAtMs">, now: BootInstant): number {
  return isStampOf(stamp, now) ? now.monotonicMs - stamp.beatAtMs : now.monotonicMs;
}

/** Whether others may take the run: its holder is silent for longer than the window, or was of another boot. */
export function isExpired(lease: LeaseStamp & { readonly stallAfterMs: number }, now: BootInstant): boolean {
  return !isStampOf(lease, now) || isSilentTooLong(silentMs(lease, now), lease);
}

/** When the lease ends without a beat, milliseconds UTC. One of another boot ended with it; when is not known, so: now. */
export function expiresAt(stamp: LeaseStamp, now: BootInstant & { readonly wallMs: number }): number {
  return now.wallMs + (isStampOf(stamp, now) ? stamp.beatAtMs + stamp.leaseMs - now.monotonicMs : 0);
}

const isStampOf = ({ bootId, beatAtMs }: Pick<LeaseStamp, "bootId" | "beatAtMs">, now: BootInstant) =>
  isOfBoot({ bootId, atMs: beatAtMs }, now);

/**
 * How long before the end of the window a worker stops trusting its lease: 5 s, or a third of a window shorter than
 * 15 s (a three-second lease is trusted for two).
 */
export function safetyMarginMs(windowMs: number): number {
  return Math.min(WORKER_DEFAULTS.safetyMarginMs, Math.floor(windowMs / 3));
}

/** The monotonic instant until which a worker may act on its lease after a beat asked at `askedAtMs` was answered. */
export function trustedUntilMs(askedAtMs: number, lease: { leaseMs: number; stallAfterMs: number }): number {
  const windowMs = leaseWindowMs(lease);
  return askedAtMs + windowMs - safetyMarginMs(windowMs);
}

/** The interval of beats for a window: the configured one, but at least four beats within the trusted time. */
export function beatIntervalMs(heartbeatMs: number, windowMs: number): number {
  return Math.max(50, Math.min(heartbeatMs, Math.floor((windowMs - safetyMarginMs(windowMs)) / 4)));
}

/**
 * Refuse options under which two workers could trust the same run.
 * @throws {WorkerOptionsInvalidError} WORKER_OPTIONS_INVALID — naming the option and the relation that broke.
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
  // Below a second a garbage collection or a slow disk looks like a death.
  if (!isCount(options.leaseMs) || options.leaseMs < 1_000) refuse("leaseMs", "at least 1000 ms");
  if (!isCount(options.heartbeatMs)) refuse("heartbeatMs", "at least 1 ms");
  const { leaseMs, heartbeatMs } = options;
  for (const [option, value] of Object.entries({ leaseMs, heartbeatMs })) {
    if (!isDuration(value)) refuse(option, wordDuration(1));
  }
  if (options.heartbeatMs >= options.leaseMs) refuse("heartbeatMs", "less than leaseMs");
  if (!isDuration(options.stopGraceMs)) refuse("stopGraceMs", wordDuration());
  // A look without a pause would leave the event loop nothing else.
  const { maxBlockedMs, pollMs = 1, scanMs = 1 } = options;
  for (const [option, value] of Object.entries({ maxBlockedMs, pollMs, scanMs })) {
    if (!isDuration(value, 1)) refuse(option, wordDuration(1));
  }
}
