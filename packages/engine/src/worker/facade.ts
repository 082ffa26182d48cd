/** What a worker offers to whoever starts it. Types only. */
import type { RunStatus } from "@holdfast/core";
import type { SuperviseEvent } from "../manage/facade.js";

/** Executing runs in child processes. */
export interface IsolateOptions {
  /**
   * A module whose default export is a list of workflows, or a function of `options` that returns one (or a promise of one):
   * a path or a file URL. It must give the workflows that the Holdfast was opened with, since functions cannot be sent to
   * another process.
   */
  readonly module: string | URL;
  /** What the module's function is called with, as JSON. Default: undefined. */
  readonly options?: unknown;
  /** At most so many child processes. Default: the cores of the machine, and never more than `concurrency`. */
  readonly processes?: number | undefined;
}

/** News of a worker's child processes. */
export type ProcessEvent =
  | {
      /** The process can take runs. */
      readonly kind: "ready";
      /** Process id. */
      readonly pid: number;
    }
  | {
      /** The process is gone. */
      readonly kind: "ended";
      /** Process id; null where the system could not start it. */
      readonly pid: number | null;
      /** True when it ended well, with nothing left to do. Otherwise its runs are recovered, and it is replaced while there is work. */
      readonly isExpected: boolean;
      /** Runs that it was executing. */
      readonly runIds: readonly string[];
      /** Exit code; null when a signal ended it. */
      readonly code: number | null;
      /** Signal that ended it; null for an exit. */
      readonly signal: string | null;
    };

/** Options of a worker. */
export interface WorkOptions {
  /** Runs executed at a time. Default 4. */
  readonly concurrency?: number | undefined;
  /** Aborting it drains the worker: runs finish or pause within `stopGraceMs`. Default: until `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Return when nothing is queued or running here. Default false. */
  readonly untilIdle?: boolean | undefined;
  /** Only these workflows. Default: all that the Holdfast was opened with. */
  readonly workflows?: readonly string[] | undefined;
  /**
   * After how many deaths of its process in a row, without an outcome of a stage or an item between them, a run is executed
   * with nothing else in this process. Default 2: the first death is most often the machine's, and while one run is alone all
   * others wait. 1 is for a worker that is one of several processes.
   */
  readonly aloneAfter?: 1 | 2 | undefined;
  /** Called for each run that this worker takes, and when its execution here ended. Must not throw. Default: nobody is told. */
  readonly onRun?: ((event: WorkEvent) => void) | undefined;
  /** Look after all runs of the store as well: recovery, waking, retention. Default true. */
  readonly supervise?: boolean | undefined;
  /**
   * Execute runs in child processes, so that user code which ends its process (a crash, `process.exit`, a heap that
   * overflows) ends no other run's. Left out: in this process. A store in memory has one process, so it stays here too.
   */
  readonly isolate?: IsolateOptions | undefined;
  /** Called when a child process begins or ends. Must not throw. Default: nobody is told. */
  readonly onProcess?: ((event: ProcessEvent) => void) | undefined;
  /** Called for what the supervisor did. Must not throw. Default: nobody is told. */
  readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
}

/** A run that a worker took, or whose execution there ended. */
export type WorkEvent = {
  /** Id of the run. */
  readonly runId: string;
  /** Name of its workflow. */
  readonly workflow: string;
} & (
  | {
      /** The worker claimed the run. */
      readonly kind: "taken";
    }
  | {
      /** The execution here ended. */
      readonly kind: "ended";
      /** State of the run. `lost`: another worker holds it now, or the store could not be written. `queued`: handed back. */
      readonly status: RunStatus | "lost";
    }
);

/** A worker under way in this process. Disposing of it drains it. */
export interface Worker extends AsyncDisposable {
  /** Resolves when it has ended: drained, idle (`untilIdle`), or closed. Rejects when a defect ended it. */
  readonly done: Promise<void>;
  /**
   * Claims nothing more, lets what is under way finish within `withinMs` (default: `stopGraceMs`), hands the rest back to the
   * queue, and resolves when the worker has ended. Stages are told to clean up in the last 5 s of it; 0 aborts them at once. A
   * second call waits with the first.
   */
  drain(options?: { readonly withinMs?: number | undefined }): Promise<void>;
}
