/** What a supervisor without a worker offers to whoever starts it. Types only. */
import type { Actor } from "@holdfast/core";
import type { SuperviseEvent } from "./facade.js";

/** Options of `startSupervisor`. */
export interface SuperviseOptions {
  /** Aborting it stops the supervisor. Default: until `stop` or `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Called for what the supervisor did. Must not throw. Default: nobody is told. */
  readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
}

/** What a supervisor says of itself. */
export interface SupervisorStatus {
  /** Name under which it reports itself and is audited. */
  readonly holder: string;
  /** When it was started, milliseconds UTC. */
  readonly startedAt: number;
  /** When its newest scan ended, milliseconds UTC; null while every scan so far met trouble of the store. */
  readonly lastScanAt: number | null;
  /** Whether it was stopped, or is about to end. */
  readonly isStopped: boolean;
}

/** A supervisor under way in this process. Disposing of it stops it. */
export interface SupervisorHandle extends AsyncDisposable {
  /** Resolves when it has ended. Rejects when a defect ended it. */
  readonly done: Promise<void>;
  /** Says how it stands. */
  status(): SupervisorStatus;
  /**
   * Ends it and resolves when it has ended; a decision that is being written is written first. May be called twice. With `by`
   * the audit log records who stopped it; as its start is recorded where it was asked for over HTTP.
   */
  stop(options?: { readonly by?: Actor | undefined }): Promise<void>;
}
