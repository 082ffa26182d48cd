/** A run's live row as the moves between states see it. */
import type { RunStatus, WishKind } from "@holdfast/core";
import { expiresAtOf, type StoreInstant } from "./lease-rules.js";
import type { OutputColumns } from "./output-columns.js";

// Phases as stored: an index into the list below.
export const QUEUED = 0;
export const RUNNING = 1;
export const PAUSED = 2;
export const WAITING = 3;

export const STATUS_OF_PHASE = ["queued", "running", "paused", "waiting"] as const satisfies readonly RunStatus[];

/** A run before a move: what is the same for live and finished ones, and its live row while there is one. */
export interface RunState {
  readonly runK: number;
  readonly status: RunStatus;
  readonly live: LiveRow | null;
}

export interface LiveRow {
  run_k: number;
  workflow_k: number;
  phase: number;
  wake_at: number | null;
  token: number;
  nonce: string | null;
  holder_k: number | null;
  since: number | null;
  lease_ms: number | null;
  beat_at: number | null;
  progress_at: number | null;
  stall_ms: number;
  next_seq: number;
  wish: WishKind | null;
  wish_reason: string | null;
  is_reopening: number;
  through: string | null;
  generation: number;
  recoveries: number;
  deaths: number;
  in_company: number;
  retries: number;
  open_attempts: number;
  has_record: number;
  has_progressed: number;
  directive: string | null;
  updated_at: number;
  priority: number;
  not_before: number | null;
  /** Owner and dedupe key; null: none. */
  dedupe: string | null;
  /** 1: it waits for the end of the active run of its key. */
  is_successor: number;
  boot_id?: string | null;
  holder: string | null;
  host: string | null;
  pid: number | null;
}

/** A lease as it is sent to the caller's thread, which turns it into a `LeaseView`. */
export interface LeaseRow {
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  readonly since: number;
  readonly expiresAt: number;
  readonly token: number;
}

export function leaseRow(
  live: Pick<LiveRow, "holder" | "host" | "pid" | "since" | "token"> & Parameters<typeof expiresAtOf>[0],
  now: StoreInstant,
): LeaseRow {
  return {
    holder: live.holder ?? "",
    host: live.host ?? "",
    pid: live.pid ?? 0,
    since: live.since ?? 0,
    expiresAt: expiresAtOf(live, now),
    token: live.token,
  };
}

/** Where a run is put that nobody runs. */
export interface WaitingTerms {
  readonly phase: typeof QUEUED | typeof PAUSED | typeof WAITING;
  readonly wakeAt: number | null;
  readonly reason: string | null;
}

/** Whether the run stays out of the queue although it is queued: the active run of its dedupe key has not ended. */
export const isHeld = ({ is_successor }: LiveRow, { phase }: WaitingTerms): boolean =>
  is_successor === 1 && phase === QUEUED;

export interface Ending {
  readonly status: "completed" | "failed" | "cancelled";
  readonly reason: string | null;
  readonly errorJson: string | null;
  readonly output: OutputColumns;
}
