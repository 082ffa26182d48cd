/**
 * Audit log: who did what to a run, when and why. Each entry is written in the transaction of the change it describes.
 * Every requested change has an entry, and every entry has a change, except denied requests and the start or stop of a
 * supervisor.
 *
 * Requests through the command, HTTP, or a library call that changes a run are audited. What a worker does on its own
 * (claim, report, heartbeat) is in the run's events only. Supervisor decisions are in both.
 */
import type { RunStatus } from "./run-status.js";

/** Channels through which requests arrive. */
export const ACTOR_VIAS = ["cli", "http", "library", "supervisor"] as const;
/** One of `ACTOR_VIAS`. */
export type ActorVia = (typeof ACTOR_VIAS)[number];

/** Who makes a request, and through which channel. Plain data, since it crosses threads and is stored. */
export interface Actor {
  /** A user of the system, a token's subject, a key's name, or, for the supervisor, the worker's name. */
  readonly id: string;
  /** Channel of the request. */
  readonly via: ActorVia;
  /** ID of the HTTP request, for matching with the server's log; null for other channels. */
  readonly requestId: string | null;
}

/** All audited actions. */
export const AUDIT_ACTIONS = [
  "start",
  "resume",
  "restart",
  "fork",
  "pause",
  "cancel",
  "fail",
  "delete",
  /** A signal was sent to a run. The reason names it. */
  "signal",
  /** A question of a run was answered. The reason names it, with the note. */
  "answer",
  "resetRecoveries",
  "recover",
  "cleanup",
  "datasetDelete",
  /** The entry names the dataset and its tombstones, never a key. */
  "datasetErase",
  "compact",
  "backup",
  /** A cause of failures was marked, or its mark removed. The entry names its fingerprint; it concerns no run. */
  "resolveCause",
  "ignoreCause",
  "reopenCause",
  /** The entry names the schedule; it concerns no run. */
  "schedulePut",
  "schedulePause",
  "scheduleResume",
  "scheduleTrigger",
  "scheduleBackfill",
  "scheduleDelete",
  /** A server's own supervisor was started or stopped over HTTP. Concerns no run. */
  "startSupervisor",
  "stopSupervisor",
  /** The actor lacked permission, and nothing changed. */
  "denied",
] as const;
/** One of `AUDIT_ACTIONS`. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Audit data that a caller passes to the store with a change. */
export interface AuditStamp {
  /** Actor of the change. */
  readonly actor: Actor;
  /** Action performed. */
  readonly action: AuditAction;
  /** Reason given; null if none was. */
  readonly reason: string | null;
}

/** Control state of a run as shown in an entry: enough to see the change, without its input or output. */
export interface AuditState {
  /** State of the run. */
  readonly status: RunStatus;
  /** 1 for a new run, plus 1 for each restart. */
  readonly generation: number;
  /** Recoveries used after dead or silent workers. */
  readonly recoveries: number;
  /** Retries used after idle timeouts. */
  readonly retries: number;
  /** Pending request to the run's worker. */
  readonly wish: "pause" | "cancel" | "fail" | null;
}

/** One entry. Entries never change, and they outlive the run they describe. */
export interface AuditRecord extends AuditStamp {
  /** Ascending in the order of the changes. */
  readonly id: number;
  /** When the change was made, in milliseconds UTC. */
  readonly at: number;
  /** Run that was changed; null if the action concerns no particular run. */
  readonly runId: string | null;
  /** Workflow of the run; null without a run. */
  readonly workflow: string | null;
  /** Owner of the run; null without one. */
  readonly owner: string | null;
  /** State before the change; null if the run is new or no run is concerned. */
  readonly before: AuditState | null;
  /** State after the change; null if the run was deleted or the request was denied. */
  readonly after: AuditState | null;
}

/** Selects entries, newest first. */
export interface AuditQuery {
  readonly runId?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string | undefined;
}
