/**
 * Who did what to a run, when and why. An entry is written in the transaction of the change it tells of: there is none
 * without a change (except for what was denied, and for supervisors started and stopped), and no asked-for change without one.
 *
 * Audited is what somebody asked for: through the command, HTTP, or a library call that steers. What a worker does of its
 * own accord (claim, report, beat) is in the run's events; what the supervisor decides is in both.
 */
import type { RunStatus } from "./run-status.js";

/** Where an act came from. */
export const ACTOR_VIAS = ["cli", "http", "library", "supervisor"] as const;
/** One of `ACTOR_VIAS`. */
export type ActorVia = (typeof ACTOR_VIAS)[number];

/** Who acts, and how. Plain data: it crosses threads and is stored. */
export interface Actor {
  /** A user of the system, a token's subject, a key's name, or the worker's name for the supervisor. */
  readonly id: string;
  /** Which way the request came. */
  readonly via: ActorVia;
  /** The HTTP request it came with, for the server's log; null elsewhere. */
  readonly requestId: string | null;
}

/** Everything that is audited. */
export const AUDIT_ACTIONS = [
  "start",
  "resume",
  "restart",
  "fork",
  "pause",
  "cancel",
  "fail",
  "delete",
  "resetRecoveries",
  "recover",
  "cleanup",
  "datasetDelete",
  /** The entry names the dataset and tombstones, never a key. */
  "datasetErase",
  "compact",
  /** A server's own supervisor was started or stopped over HTTP; about no run. */
  "startSupervisor",
  "stopSupervisor",
  /** An act that was refused for want of rights: nothing changed. */
  "denied",
] as const;
/** One of `AUDIT_ACTIONS`. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What a change hands to the store, to be written with it. */
export interface AuditStamp {
  /** Who acts. */
  readonly actor: Actor;
  /** What is done. */
  readonly action: AuditAction;
  /** Why; null where none was given. */
  readonly reason: string | null;
}

/** What of a run an entry shows: enough to see the change, never its input or output. */
export interface AuditState {
  /** State of the run. */
  readonly status: RunStatus;
  /** 1, and one more for each restart. */
  readonly generation: number;
  /** Recoveries used after dead or silent workers. */
  readonly recoveries: number;
  /** Retries used after idle timeouts. */
  readonly retries: number;
  /** What was asked of the run's worker and is not carried out yet. */
  readonly wish: "pause" | "cancel" | "fail" | null;
}

/** One entry. Entries are never changed, and outlive the run they tell of. */
export interface AuditRecord extends AuditStamp {
  /** Ascending in the order of the changes. */
  readonly id: number;
  /** Milliseconds UTC. */
  readonly at: number;
  /** Run it was done to; null for none in particular. */
  readonly runId: string | null;
  /** Workflow of the run; null without a run. */
  readonly workflow: string | null;
  /** Owner of the run; null without one. */
  readonly owner: string | null;
  /** Null before a run is made, and for what concerns no run. */
  readonly before: AuditState | null;
  /** Null after a run is deleted, and for what was denied. */
  readonly after: AuditState | null;
}

/** Which entries, newest first. */
export interface AuditQuery {
  readonly runId?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly limit: number;
  /** From the `next` of the page before. */
  readonly cursor?: string | undefined;
}
