/**
 * The Store contract over one SQLite file: turns calls into operations of `writes.ts` and their rows into records.
 * Where an operation runs (writer thread, this thread, the reading connection) was decided when the store was opened.
 */
import {
  type ArtifactRecord,
  type AttemptFinish,
  type AttemptRecord,
  type AttemptStart,
  type Beat,
  type BeatAnswer,
  type CheckpointRecord,
  type Claim,
  type ClaimRequest,
  type ClaimRunOutcome,
  type CreateOutcome,
  type DeleteOutcome,
  type EventQuery,
  type EventText,
  type Fence,
  type LeaseFacts,
  type MoveOutcome,
  type OpenWaitView,
  type ProgressWrite,
  type RecordedError,
  type RecoverRequest,
  type RecoveryDecision,
  type RequeueRequest,
  type RestartRequest,
  type RunCreate,
  type RunEvent,
  type RunEventInput,
  type RunId,
  type RunningFacts,
  type RunRecord,
  type RunReport,
  type RunStatus,
  type StageHistory,
  type StageRecord,
  type SteerRequest,
  type Store,
  StoreClosedError,
  type StoreExamination,
  type StoreFacts,
  toEventText,
  type WaitAnswer,
  type WaitOpen,
  type WaitsWoken,
  type WriteOutcome,
} from "@holdfast/core";
import {
  toArtifact,
  toAttempt,
  toBeatAnswer,
  toCheckpoint,
  toEvent,
  toHistory,
  toStageRecord,
  toWriteOutcome,
} from "@holdfast/store-sql";
import { toCheckedRunRecord, toClaim, toClaims, toRequeueOutcome, toRunningFacts } from "./decode.js";
import { PIECE_COUNT } from "./sql/event-text.js";
import { SqliteManagement } from "./store-management.js";

type Requeued = ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus };

/** Made by `openSqliteStore`. */
export class SqliteStore extends SqliteManagement implements Store {
  readonly kind = "sqlite";

  // ── Runs

  async createRun(create: RunCreate): Promise<CreateOutcome> {
    const result = await this.write("createRun", create);
    if (result.kind === "existing") return { ...result, runId: result.runId as RunId };
    if (result.kind === "idTaken") return { ...result, runId: result.runId as RunId };
    return { kind: "created", claim: result.claim === null ? null : toClaim(result.claim, this.parts.time) };
  }

  async getRun(runId: string): Promise<RunRecord | null> {
    const row = await this.read("getRun", runId);
    return row === null ? null : toCheckedRunRecord(row, this.parts.time);
  }

  async getSecrets(runId: string): Promise<string | null> {
    return this.read("getSecrets", runId);
  }

  async findRunIds(prefix: string, limit: number): Promise<readonly RunId[]> {
    return (await this.read("findRunIds", prefix, limit)) as RunId[];
  }

  deleteRun(...args: Parameters<Store["deleteRun"]>): Promise<DeleteOutcome> {
    return this.write("deleteRun", ...args);
  }

  async requeue(request: RequeueRequest): Promise<Requeued> {
    return toRequeueOutcome(await this.write("requeue", request), this.parts.time);
  }

  async restart(request: RestartRequest): Promise<Requeued> {
    return toRequeueOutcome(await this.write("restart", request), this.parts.time);
  }

  steer(request: SteerRequest): Promise<MoveOutcome> {
    return this.write("steer", request);
  }

  async report(fence: Fence, report: RunReport): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("report", fence, report));
  }

  // ── Leases

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    return toClaims(await this.write("claim", request), this.parts.time);
  }

  async beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]> {
    return (await this.write("beat", beats)).map(toBeatAnswer);
  }

  async getLease(runId: string): Promise<LeaseFacts | null> {
    return (await this.getRunningFacts(runId))?.lease ?? null;
  }

  async listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<RunningFacts[]> {
    const rows = await this.read("listRunning", options);
    return rows.map((row) => toRunningFacts(row, this.parts.time));
  }

  async getRunningFacts(runId: string): Promise<RunningFacts | null> {
    const row = await this.read("getLease", runId);
    return row === null ? null : toRunningFacts(row, this.parts.time);
  }

  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean> {
    return this.write("recover", request, decision);
  }

  wakePaused(limit: number): Promise<number> {
    return this.write("wakePaused", limit);
  }

  async openWait(fence: Fence, wait: WaitOpen): Promise<WaitAnswer> {
    const result = await this.write("openWait", fence, wait);
    if (result.kind === "duplicate") throw new Error("the fence of a wait answered that a stage is recorded already");
    return result.kind === "settled" ? { ...result, record: toStageRecord(result.record) } : result;
  }

  wakeWaits(limit: number): Promise<WaitsWoken> {
    return this.write("wakeWaits", limit);
  }

  listOpenWaits(runId: RunId): Promise<readonly OpenWaitView[]> {
    return this.read("listOpenWaits", runId);
  }

  getNextDueMs(): Promise<number | null> {
    return this.read("getNextDueMs");
  }

  async acquireResources(fence: Fence, resources: readonly string[]): ReturnType<Store["acquireResources"]> {
    const result = await this.write("acquireResources", fence, resources);
    switch (result.kind) {
      case "held": {
        const by = { runId: result.runId as RunId, holder: result.holder };
        return { kind: "held", resource: result.resource, by };
      }
      case "acquired":
      case "leaseLost":
      case "cancelled":
        return result;
      case "duplicate":
        throw new Error("the fence of a resource answered that a stage is recorded already");
    }
  }

  async releaseResources(fence: Fence, resources: readonly string[]): Promise<void> {
    await this.write("releaseResources", fence, resources);
  }

  // ── Attempts

  async startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("startAttempt", fence, start));
  }

  async finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("finishAttempt", fence, finish));
  }

  async reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("reopenStage", fence, stage, why));
  }

  async loadHistory(runId: RunId): Promise<readonly StageHistory[]> {
    return toHistory(await this.read("loadHistory", runId));
  }

  async getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null> {
    const row = await this.read("getStageRecord", runId, stage);
    return row === null ? null : toStageRecord(row);
  }

  async listAttempts(runId: RunId): Promise<readonly AttemptRecord[]> {
    return (await this.read("listAttempts", runId)).map(toAttempt);
  }

  async listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>> {
    const found = new Map<RunId, AttemptRecord[]>(runIds.map((runId) => [runId, []]));
    for (const row of await this.read("listAttemptsOf", runIds)) {
      found.get(row.run_id as RunId)?.push(toAttempt(row));
    }
    return found;
  }

  async saveCheckpoint(fence: Fence, checkpoint: Parameters<Store["saveCheckpoint"]>[1]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("saveCheckpoint", fence, checkpoint));
  }

  async getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null> {
    const row = await this.read("getCheckpoint", runId, stage);
    return row === null ? null : toCheckpoint(row);
  }

  async recordArtifact(fence: Fence, artifact: Parameters<Store["recordArtifact"]>[1]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("recordArtifact", fence, artifact));
  }

  async listArtifacts(runId: RunId, stage?: string | undefined): Promise<readonly ArtifactRecord[]> {
    return (await this.read("listArtifacts", runId, stage)).map(toArtifact);
  }

  // ── Events

  async appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("appendEvents", fence, events));
  }

  async listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]> {
    return (await this.read("listEvents", runId, query)).map((row) => toEvent(runId, row));
  }

  async listEventText(runId: RunId, query: Pick<EventQuery, "after" | "limit">): Promise<EventText> {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    const apart = query.limit > PIECE_COUNT ? await this.parts.readText?.(runId, query) : null;
    const { json, ...rest } = apart ?? (await this.read("listEventText", runId, query));
    if (json !== null) return { json, ...rest };
    // The body of an event is damaged. Reading the events one by one names it.
    return toEventText(await this.listEvents(runId, query), query.limit);
  }

  listEventsNow(runId: RunId, query: EventQuery): readonly RunEvent[] {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    const rows = this.parts.readNow?.("listEvents", [runId, query]) ?? [];
    return rows.map((row) => toEvent(runId, row));
  }

  async setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("setProgress", fence, progress));
  }

  // ── The store itself

  async facts(options: { readonly check?: boolean | undefined } = {}): Promise<StoreFacts> {
    const { sizeBytes, engineVersion, schemaVersion, runCounts, problems } = await this.read("readFacts", options);
    const logBytes = await this.parts.sizeOfLog();
    return {
      kind: "sqlite",
      location: this.location,
      engineVersion,
      schemaVersion,
      durability: this.parts.durability,
      sizeBytes: sizeBytes + logBytes,
      runCounts,
      problems,
    };
  }

  async examine({ check = false }: { readonly check?: boolean | undefined } = {}): Promise<StoreExamination> {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    const [examined, logBytes] = await Promise.all([this.parts.examine(check), this.parts.sizeOfLog()]);
    return { ...examined, logBytes };
  }

  async backup(file: string): Promise<void> {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    await this.parts.backup(file);
  }

  flushNow(withinMs: number): void {
    if (this.closed === null) this.parts.writer.flushNow(withinMs);
  }

  close(): Promise<void> {
    this.closed ??= this.parts.release();
    return this.closed;
  }
}
