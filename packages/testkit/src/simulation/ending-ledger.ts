/**
 * Ends, removals and recoveries of runs, recorded beside the store from the calls only, like `store-ledger.ts`.
 *
 * Checked call by call:
 * - A cleanup shows and removes finished runs only, and never the newest ones that it was told to keep.
 * - Nothing removes a run that a worker holds.
 * - Nothing is recorded about a removed run.
 *
 * It also counts the runs that ended, including those that a cleanup removed, to check the store's counts.
 */
import type {
  FinishedQuery,
  FinishedRun,
  MapCommit,
  RecoveryDecision,
  RequeueRequest,
  RunId,
  RunReport,
  WaitsWoken,
} from "@holdfast/core";
import { isFinished } from "@holdfast/core";
import type { StoreMethod } from "../faults/store-faults.js";
import { holds } from "./violation.js";

export interface RunEnding {
  readonly workflow: string;
  /** By the wall clock, as the store records it; null while the run is not finished. */
  finishedAtMs: number | null;
  isRemoved: boolean;
  /** Deleted by a person, not by a cleanup. */
  isDeleted: boolean;
  /** Recoveries charged since the last recorded outcome, or a person's resume, restart or reset, as of the newest recovery. */
  recoveries: number;
  /** Deaths of its holder since an outcome of a stage or an item was recorded. */
  deaths: number;
}

/** A call and its answer, with its time by the wall clock. */
export interface EndingCall {
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
  readonly result: unknown;
  readonly wallMs: number;
  /** Returns the run's present holder; null if nobody holds it. */
  readonly holderOf: (runId: string) => string | null;
  /** Whether the run was held when the call was made. */
  readonly wasHeld: boolean;
}

type Outcome = { readonly kind?: string };

export class EndingLedger {
  private readonly runs = new Map<string, RunEnding>();

  /** Null for a run that was never created. */
  of(runId: string): RunEnding | null {
    return this.runs.get(runId) ?? null;
  }

  /** Number of runs that are finished, or were when a cleanup removed them. Runs deleted by a person do not count. */
  get endedCount(): number {
    return [...this.runs.values()].filter(({ finishedAtMs, isDeleted }) => finishedAtMs !== null && !isDeleted).length;
  }

  isRemoved(runId: string): boolean {
    return this.runs.get(runId)?.isRemoved === true;
  }

  /** Records a call. @throws {InvariantBroken} */
  replay({ method, args, result, wallMs, holderOf, wasHeld }: EndingCall): void {
    const [first, second] = args;
    const { kind } = (result ?? {}) as Outcome;
    switch (method) {
      case "createRun": {
        const { id, workflow } = first as { id: RunId; workflow: string };
        if (kind !== "created") return;
        this.runs.set(id, {
          workflow,
          finishedAtMs: null,
          isRemoved: false,
          isDeleted: false,
          recoveries: 0,
          deaths: 0,
        });
        return;
      }
      case "report":
        if (kind === "written") {
          const { status } = second as RunReport;
          this.end(first, status === "continued" ? "queued" : status, wallMs);
        }
        // One that was asked to pause is paused instead.
        if (
          kind === "written" &&
          (second as RunReport).status === "waiting" &&
          (result as { wish: unknown }).wish === null
        )
          this.cameThrough(first);
        return;
      case "openWait":
        if (kind === "settled") this.cameThrough(first);
        return;
      case "wakeWaits":
        for (const ended of (result as WaitsWoken).settled) this.cameThrough(ended);
        return;
      case "steer":
        if (kind !== "moved") return;
        this.end(first, (first as { wish: string }).wish === "pause" ? "paused" : "cancelled", wallMs);
        return;
      case "recover":
        if (result === true) this.recovered(first, second as Exclude<RecoveryDecision, { action: "none" }>, wallMs);
        return;
      case "requeue":
      case "restart": {
        const run = this.named(first);
        if (run === null || (kind !== "queued" && kind !== "claimed")) return;
        run.finishedAtMs = null;
        if (wasHeld) run.deaths++;
        if (method === "restart" || (first as RequeueRequest).isByPerson) run.recoveries = 0;
        return;
      }
      case "finishAttempt": {
        const { status, isRecord = false } = second as { status: string; isRecord?: boolean };
        if (kind === "written" && (status === "completed" || isRecord)) this.cameThrough(first);
        return;
      }
      case "commitMap":
        if (kind === "written" && (second as MapCommit).results.length > 0) this.cameThrough(first);
        return;
      case "resetRecoveries": {
        const run = this.runs.get(first as string);
        if (run !== undefined && kind === "reset") run.recoveries = 0;
        return;
      }
      case "deleteRun":
        if (kind !== "moved") return;
        this.remove(first as string, holderOf(first as string), "person");
        return;
      case "removeFinished": {
        const { runId } = first as FinishedRun;
        if (result !== true) return;
        holds(this.of(runId)?.finishedAtMs != null, () => `a cleanup removed ${runId}, which is not finished`);
        this.remove(runId, holderOf(runId), "cleanup");
        return;
      }
      case "listFinished":
        this.checkListed(first as FinishedQuery, (result as { rows: readonly FinishedRun[] }).rows);
        return;
      default:
        return;
    }
  }

  private named(call: unknown): RunEnding | null {
    return this.of((call as { runId: string }).runId);
  }

  private end(call: unknown, status: Parameters<typeof isFinished>[0], wallMs: number): void {
    const run = this.named(call);
    if (run !== null && isFinished(status)) run.finishedAtMs = wallMs;
  }

  private recovered(call: unknown, decision: Exclude<RecoveryDecision, { action: "none" }>, wallMs: number): void {
    const run = this.named(call);
    if (run === null) return;
    if (decision.uses === "recovery" || decision.uses === "suspicion") {
      run.recoveries = (run.deaths > 0 ? run.recoveries : 0) + (decision.uses === "recovery" ? 1 : 0);
      run.deaths++;
    }
    if (decision.action === "fail" || decision.action === "cancel") run.finishedAtMs = wallMs;
  }

  private cameThrough(call: unknown): void {
    const run = this.named(call);
    if (run !== null) run.deaths = 0;
  }

  private remove(runId: string, holder: string | null, by: "person" | "cleanup"): void {
    const run = this.of(runId);
    holds(holder === null, () => `${runId} was removed while ${holder} holds it`);
    holds(run?.isRemoved !== true, () => `${runId} was removed twice`);
    if (run === null) return;
    run.isRemoved = true;
    run.isDeleted = by === "person";
  }

  private checkListed({ keepLast = 0 }: FinishedQuery, rows: readonly FinishedRun[]): void {
    for (const { runId, workflow } of rows) {
      const run = this.of(runId);
      const isThere = run !== null && run.finishedAtMs !== null && !run.isRemoved;
      holds(isThere, () => `a cleanup was shown ${runId}, which is not finished`);
      const at = run.finishedAtMs ?? 0;
      const others = [...this.runs.values()].filter((other) => other !== run && other.workflow === workflow);
      // Runs of equal age: the store decides which is newer.
      const newer = others.filter(
        ({ finishedAtMs, isRemoved }) => !isRemoved && finishedAtMs !== null && finishedAtMs >= at,
      );
      holds(
        newer.length >= keepLast,
        () => `a cleanup was shown ${runId}, one of the last ${keepLast} of ${workflow} that it is to keep`,
      );
    }
  }
}
