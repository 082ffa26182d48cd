/**
 * Calls to the store and its answers, in commit order: who holds which run, what was accepted, what was acknowledged.
 * Recorded beside the store from the calls only, so that it can contradict the store.
 *
 * Checked call by call:
 * - A run has at most one lease at a time; tokens rise with every claim; no two claims share a nonce.
 * - A fenced write is accepted only under the newest lease, and under a cancel or fail wish only if it reports that
 *   outcome.
 * - A run is charged for the end of a process only if it was alone in it, or for the third time in a row.
 * - A lease is taken from a holder only if that holder is dead, or was disturbed (stopped, cut off) and gave no sign of
 *   life for the stall limit: no false takeover.
 * - A stage's outcome is recorded once, unless the stage was reopened or the run restarted.
 * - No commit of a map moves the mark past a position without a result, not even until a failed commit is sent again.
 */
import {
  type AuditStamp,
  type Claim,
  type ClaimRunOutcome,
  type Clock,
  type CreateOutcome,
  DEATHS_UNCHARGED_MAX,
  type Fence,
  type MapCommit,
  RECOVERY_DEFAULTS,
  type RecoverRequest,
  type RunReport,
  storeMethodsOf,
  type WaitOpen,
  type WaitsWoken,
  type WishKind,
} from "@holdfast/core";
import type { StoreCall } from "../faults/store-faults.js";
import { type Acknowledged, acknowledgedBy } from "./acknowledged.js";
import { EndingLedger } from "./ending-ledger.js";
import { holds } from "./violation.js";
import { WaitLedger } from "./wait-ledger.js";

/** A caller, as far as it matters to the ledger. */
export interface Caller {
  readonly name: string;
  readonly isDead: boolean;
  /** Returns whether its silence is expected: it is stopped, or was recently cut off from the store. */
  isDisturbed(): boolean;
}

interface HeldLease {
  readonly token: number;
  readonly nonce: string;
  readonly holder: Caller;
  /** When its newest heartbeat or write was accepted, on the monotonic clock. */
  lastSignMs: number;
}

export interface RunLedger {
  lease: HeldLease | null;
  /** Another run was taken from the process that holds this one. */
  isInCompany: boolean;
  lastToken: number;
  generation: number;
  wish: WishKind | null;
  /** Stages with a recorded outcome, in this generation. */
  readonly recorded: Set<string>;
  /** In this generation: intents of items as "stage:key#attempt", and outcomes of items by "stage:key". */
  readonly intents: Set<string>;
  readonly results: Map<string, "ok" | "error">;
  /** Positions of these results by map, as "stage:index". */
  readonly positions: Set<string>;
  /** Newest committed checkpoint by stage, with its commit order. */
  readonly checkpoints: Map<string, { readonly json: string | null; readonly order: number }>;
  acknowledged: Acknowledged[];
}

interface Entry {
  readonly order: number;
  readonly atMs: number;
  readonly wallMs: number;
  readonly caller: Caller;
  readonly call: StoreCall;
  readonly result: unknown;
}

type QueueOutcome = ClaimRunOutcome | { readonly kind: "queued" };

const FENCED: ReadonlySet<string> = new Set(storeMethodsOf("fencedWrite"));

export class StoreLedger {
  readonly runs = new Map<string, RunLedger>();
  /** Runs named by a call since the last check. */
  readonly touched = new Set<string>();
  /** By nonce, the claim that it came with. */
  private readonly nonces = new Map<string, { caller: Caller; atMs: number; runIds: Set<string> }>();
  private pending: Entry[] = [];
  private lastOrder = 0;
  readonly endings = new EndingLedger();
  private readonly waits = new WaitLedger();
  private readonly managed = new Map<Caller, number>();

  constructor(private readonly clock: Pick<Clock, "monotonicMs" | "nowMs">) {}

  /**
   * Number of recoveries that this caller has applied, and of runs it has cleaned up, as management. @throws
   * {InvariantBroken}
   */
  managedBy(caller: Caller): number {
    this.check();
    return this.managed.get(caller) ?? 0;
  }

  /** Records a call that is made now. The returned function takes its result. */
  note(caller: Caller, call: StoreCall): (result: unknown) => void {
    const order = ++this.lastOrder;
    const atMs = this.clock.monotonicMs();
    const wallMs = this.clock.nowMs();
    return (result) => this.pending.push({ order, atMs, wallMs, caller, call, result });
  }

  /** Records that the caller got the answer. Only what a caller was told must last. */
  acknowledge(call: StoreCall, result: unknown): void {
    const runId = (call.args[0] as { runId?: string } | undefined)?.runId;
    if (runId === undefined) return;
    const run = this.of(runId);
    run.acknowledged.push(...acknowledgedBy(call, result, this.lastOrder, run.generation));
  }

  of(runId: string): RunLedger {
    let run = this.runs.get(runId);
    if (run === undefined) {
      run = {
        lease: null,
        isInCompany: false,
        lastToken: 0,
        generation: 1,
        wish: null,
        recorded: new Set(),
        intents: new Set(),
        results: new Map(),
        positions: new Set(),
        checkpoints: new Map(),
        acknowledged: [],
      };
      this.runs.set(runId, run);
    }
    return run;
  }

  /** Checks what was committed since, in order. @throws {InvariantBroken} */
  check(): void {
    const entries = this.pending.sort((a, b) => a.order - b.order);
    this.pending = [];
    for (const entry of entries) this.replay(entry);
  }

  private replay(entry: Entry): void {
    const { method, args } = entry.call;
    const runId = (args[0] as { runId?: string } | undefined)?.runId;
    const wasHeld = runId !== undefined && this.of(runId).lease !== null;
    if (FENCED.has(method)) this.replayFenced(entry, args[0] as Fence, entry.result as { kind: string });
    else this.replayMove(entry);
    const holderOf = (runId: string) => this.of(runId).lease?.holder.name ?? null;
    this.endings.replay({ method, args, result: entry.result, wallMs: entry.wallMs, holderOf, wasHeld });
    if (entry.result === true && isManaging(entry.call)) {
      this.managed.set(entry.caller, (this.managed.get(entry.caller) ?? 0) + 1);
    }
  }

  private replayMove({ atMs, caller, call: { method, args }, result }: Entry): void {
    switch (method) {
      case "createRun": {
        const create = args[0] as { id: string };
        this.touched.add(create.id);
        const claim = (result as CreateOutcome & { claim?: Claim | null }).claim;
        if (claim) this.take(caller, claim, atMs);
        return;
      }
      case "claim":
        for (const claim of result as readonly Claim[]) {
          const held = this.of(claim.run.id).lease;
          holds(held === null, () => `${claim.run.id} was given to ${caller.name} while ${held?.holder.name} holds it`);
          this.take(caller, claim, atMs);
        }
        return;
      case "beat":
        this.replayBeats(args[0] as readonly Fence[], result as readonly { kind: string }[], atMs);
        return;
      case "requeue":
      case "restart":
        this.replayQueued(caller, method, args[0] as { runId: string }, result as QueueOutcome, atMs);
        return;
      case "recover": {
        const { runId } = args[0] as { runId: string };
        this.touched.add(runId);
        if (result !== true) return;
        this.checkCharge(runId, args[1] as { readonly uses: string });
        this.release(runId, caller, atMs);
        return;
      }
      case "deleteRun":
      case "resetRecoveries":
        this.touched.add(args[0] as string);
        return;
      case "removeFinished":
        this.touched.add((args[0] as { runId: string }).runId);
        return;
      case "wakeWaits":
        for (const { runId, stage } of (result as WaitsWoken).settled) {
          this.touched.add(runId);
          const { lease } = this.of(runId);
          this.waits.ended(runId, stage, atMs);
          holds(
            lease === null,
            () => `the wait ${stage} of ${runId} was ended while ${lease?.holder.name} holds the run`,
          );
        }
        return;
      case "steer": {
        const { runId, wish } = args[0] as { runId: string; wish: WishKind };
        this.touched.add(runId);
        const run = this.of(runId);
        if ((result as { kind: string }).kind !== "asked") return;
        if (wish !== "pause" || run.wish === null) run.wish = wish;
        return;
      }
      default:
        return;
    }
  }

  private replayFenced({ atMs, caller, call, order }: Entry, fence: Fence, result: { kind: string }): void {
    const { method, args } = call;
    this.touched.add(fence.runId);
    const isAccepted = ["written", "acquired", "open", "settled"].includes(result.kind);
    if (!isAccepted) return;
    const run = this.of(fence.runId);
    const { lease } = run;
    holds(
      lease !== null && lease.token === fence.token && lease.nonce === fence.nonce,
      () =>
        `${method} of ${caller.name} on ${fence.runId} was accepted under token ${fence.token}, ` +
        (lease === null ? "though nobody holds the run" : `though ${lease.holder.name} holds it under ${lease.token}`),
    );
    lease.lastSignMs = atMs;
    if (method === "report") {
      const { status } = args[1] as RunReport;
      const isObeying =
        (run.wish === "cancel" && status === "cancelled") || (run.wish === "fail" && status === "failed");
      const isBound = run.wish === "cancel" || run.wish === "fail";
      holds(!isBound || isObeying, () => `${fence.runId} was reported ${status} under the wish to ${run.wish} it`);
      run.lease = null;
      run.wish = null;
      return;
    }
    holds(
      run.wish !== "cancel" && run.wish !== "fail",
      () => `${method} of ${caller.name} on ${fence.runId} was accepted under the wish to ${run.wish} it`,
    );
    if (method === "openWait") this.waits.looked(fence.runId, args[1] as WaitOpen, result.kind === "settled", atMs);
    else this.replayRecord(run, call, fence, order);
  }

  private replayRecord(run: RunLedger, call: StoreCall, fence: Fence, order: number): void {
    if (call.method === "finishAttempt") {
      const finish = call.args[1] as { stage: string; status: string; isRecord?: boolean };
      if (finish.status !== "completed" && finish.isRecord !== true) return;
      holds(
        !run.recorded.has(finish.stage),
        () => `stage ${finish.stage} of ${fence.runId} was recorded twice in generation ${run.generation}`,
      );
      run.recorded.add(finish.stage);
    } else if (call.method === "reopenStage") {
      run.recorded.delete(call.args[1] as string);
      this.waits.forget(fence.runId, call.args[1] as string);
    } else if (call.method === "saveCheckpoint") {
      const { stage, json } = call.args[1] as { stage: string; json: string | null };
      run.checkpoints.set(stage, { json, order });
    } else if (call.method === "commitMap") {
      const { stage, intents, results, lowWater } = call.args[1] as MapCommit;
      for (const { key, attempt } of intents) run.intents.add(`${stage}:${key}#${attempt}`);
      for (const { key, index, outcome } of results) {
        run.results.set(`${stage}:${key}`, outcome);
        run.positions.add(`${stage}:${index}`);
      }
      const hole = Array.from({ length: lowWater }, (_, at) => at).find((at) => !run.positions.has(`${stage}:${at}`));
      const where = `${fence.runId}: a commit of map ${stage}`;
      holds(hole === undefined, () => `${where} puts the mark at ${lowWater}, with no result at ${hole}`);
    }
  }

  private replayBeats(beats: readonly Fence[], answers: readonly { kind: string }[], atMs: number): void {
    beats.forEach(({ runId, token, nonce }, i) => {
      if (answers[i]?.kind !== "extended") return;
      const { lease } = this.of(runId);
      holds(
        lease !== null && lease.token === token && lease.nonce === nonce,
        () => `a beat under token ${token} extended a lease on ${runId} that was lost`,
      );
      lease.lastSignMs = atMs;
    });
  }

  private replayQueued(
    caller: Caller,
    method: "requeue" | "restart",
    request: { readonly runId: string },
    result: QueueOutcome,
    atMs: number,
  ): void {
    const { runId } = request;
    this.touched.add(runId);
    if (result.kind !== "queued" && result.kind !== "claimed") return;
    const run = this.of(runId);
    if (run.lease !== null) this.release(runId, caller, atMs);
    run.wish = null;
    if (method === "restart") {
      run.generation++;
      run.recorded.clear();
      run.intents.clear();
      run.results.clear();
      run.positions.clear();
      run.checkpoints.clear();
      this.waits.forgetAll(runId);
    }
    if (result.kind === "claimed") this.take(caller, result.claim, atMs);
  }

  private take(caller: Caller, claim: Claim, atMs: number): void {
    const { run, token, nonce } = claim;
    const ledger = this.of(run.id);
    this.touched.add(run.id);
    holds(token > ledger.lastToken, () => `${run.id} was claimed under token ${token}, after ${ledger.lastToken}`);
    // The runs of one claim may share theirs; those of two claims, or of one run, never.
    const by = this.nonces.get(nonce) ?? { caller, atMs, runIds: new Set() };
    const isOfThisClaim = by.caller === caller && by.atMs === atMs && !by.runIds.has(run.id);
    holds(isOfThisClaim, () => `${run.id} was claimed under a nonce that was used before`);
    holds(
      run.generation === ledger.generation,
      () => `${run.id} was claimed in generation ${run.generation}; it is in ${ledger.generation}`,
    );
    this.nonces.set(nonce, by);
    by.runIds.add(run.id);
    ledger.lastToken = token;
    ledger.isInCompany = false;
    ledger.lease = { token, nonce, holder: caller, lastSignMs: atMs };
    ledger.wish = null;
  }

  /**
   * Checks that a run charged for the end of a process was alone in it, or has died as often as is allowed without a
   * charge.
   */
  private checkCharge(runId: string, { uses }: { readonly uses: string }): void {
    const run = this.of(runId);
    if (uses !== "recovery") return;
    const isAlone = !run.isInCompany && this.besides(run).length === 0;
    const deaths = this.endings.of(runId)?.deaths ?? 0;
    holds(
      isAlone || deaths >= DEATHS_UNCHARGED_MAX,
      () => `${runId} was charged for the death of a process that it shared`,
    );
  }

  private besides(run: RunLedger): readonly RunLedger[] {
    const holder = run.lease?.holder;
    return [...this.runs.values()].filter((other) => other !== run && holder != null && other.lease?.holder === holder);
  }

  private release(runId: string, by: Caller, atMs: number): void {
    const run = this.of(runId);
    for (const other of this.besides(run)) other.isInCompany = true;
    const { lease } = run;
    if (lease !== null) {
      const { holder } = lease;
      const silentMs = atMs - lease.lastSignMs;
      const isLost = holder.isDead || (holder.isDisturbed() && silentMs >= RECOVERY_DEFAULTS.stallAfterMs);
      holds(
        isLost,
        () => `${by.name} took ${runId} away from ${holder.name}, alive and silent for only ${silentMs} ms`,
      );
    }
    run.lease = null;
    run.wish = null;
  }
}

/** True for a recovery or a removal by management. A cancel that finds the holder dead recovers on its own. */
function isManaging({ method, args }: StoreCall): boolean {
  if (method === "recover") return (args[0] as RecoverRequest).audit?.action === "recover";
  return method === "removeFinished" && (args[1] as AuditStamp | null)?.action === "cleanup";
}
