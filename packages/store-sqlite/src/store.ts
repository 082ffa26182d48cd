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
  type ChangeTerms,
  type CheckpointRecord,
  type Claim,
  type ClaimRequest,
  type ClaimRunOutcome,
  type CreateOutcome,
  type DeleteOutcome,
  type EventQuery,
  type EventText,
  type Fence,
  isPattern,
  type LeaseFacts,
  type MoveOutcome,
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
  type StageDeclaration,
  type StageHistory,
  type StageRecord,
  type SteerRequest,
  type Store,
  StoreClosedError,
  type StoreFacts,
  type WriteOutcome,
} from "@holdfast/core";
import {
  toArtifact,
  toAttempt,
  toBeatAnswer,
  toCheckedRunRecord,
  toCheckpoint,
  toClaim,
  toEvent,
  toEventText,
  toHistory,
  toRequeueOutcome,
  toRunningFacts,
  toStageRecord,
  toWriteOutcome,
} from "./decode.js";
import { eventCode } from "./event-codes.js";
import { eventArgs, fenceArgs, outputArgs } from "./operations.js";
import { PIECE_COUNT } from "./sql/event-text.js";
import { SqliteManagement } from "./store-management.js";

type Requeued = ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus };
const json = (value: object | null | undefined) =>
  value === null || value === undefined ? null : JSON.stringify(value);

/** Made by `openSqliteStore`. */
export class SqliteStore extends SqliteManagement implements Store {
  readonly kind = "sqlite";

  // ── Runs

  async createRun(create: RunCreate): Promise<CreateOutcome> {
    const { id, workflow, version, owner, inputJson, givenJson, secretsJson, stages, policy, through, claim } = create;
    const result = await this.write("createRun", [
      {
        id,
        workflow,
        version,
        owner,
        inputJson,
        givenJson,
        secretsJson,
        stages: stageArgs(stages),
        policyJson: JSON.stringify(policy),
        stallMs: policy.stallAfterMs,
        through,
        idempotencyKey: create.idempotencyKey,
        idempotencyHash: create.idempotencyHash,
        formerIdempotencyHash: create.formerIdempotencyHash,
        forkedRunId: create.forkedFrom?.runId ?? null,
        forkedStage: create.forkedFrom?.stage ?? null,
        forkKeeps: create.forkedFrom?.keeps ?? [],
        claim,
        audit: create.audit,
      },
    ]);
    if (result.kind === "existing") return { ...result, runId: result.runId as RunId };
    if (result.kind === "idTaken") return { ...result, runId: result.runId as RunId };
    return { kind: "created", claim: result.claim === null ? null : toClaim(result.claim, this.parts.time) };
  }

  async getRun(runId: string): Promise<RunRecord | null> {
    const row = await this.read("getRun", [runId]);
    return row === null ? null : toCheckedRunRecord(row, this.parts.time);
  }

  async getSecrets(runId: string): Promise<string | null> {
    return this.read("getSecrets", [runId]);
  }

  async findRunIds(prefix: string, limit: number): Promise<readonly RunId[]> {
    return (await this.read("findRunIds", [prefix, limit])) as RunId[];
  }

  deleteRun(
    runId: RunId,
    terms: ChangeTerms & { readonly evenIfForked?: boolean | undefined } = {},
  ): Promise<DeleteOutcome> {
    return this.write("deleteRun", [runId, terms, terms.evenIfForked ?? false]);
  }

  async requeue(request: RequeueRequest): Promise<Requeued> {
    const { runId, from, by, through, isByPerson, claim, audit, ifRevision } = request;
    const deadToken = request.deadHolder?.token ?? null;
    const directiveJson = json(request.directive);
    const result = await this.write("requeue", [
      {
        runId,
        from,
        by,
        through,
        isByPerson,
        directiveJson,
        deadToken,
        input: request.input,
        claim,
        audit,
        ifRevision,
      },
    ]);
    return toRequeueOutcome(result, this.parts.time);
  }

  async restart(request: RestartRequest): Promise<Requeued> {
    const result = await this.write("restart", [{ ...request, stages: stageArgs(request.stages) }]);
    return toRequeueOutcome(result, this.parts.time);
  }

  steer(request: SteerRequest): Promise<MoveOutcome> {
    return this.write("steer", [request]);
  }

  async report(fence: Fence, report: RunReport): Promise<WriteOutcome> {
    const result = await this.write("report", [
      fence.runId,
      fence.token,
      fence.nonce,
      report.status,
      "reason" in report ? report.reason : null,
      report.status === "failed" ? JSON.stringify(report.error) : null,
      ...outputArgs(report.status === "completed" ? report.output : null),
      report.status === "completed" ? report.stageCount : 0,
      "wakeInMs" in report ? report.wakeInMs : null,
    ]);
    return toWriteOutcome(result);
  }

  // ── Leases

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    const { holder, leaseMs, workflows, limit, suspects = "first", aloneAfter = 2, codes } = request;
    const rows = await this.write("claim", [holder, leaseMs, workflows, limit, suspects, aloneAfter, codes]);
    return rows.map((row) => toClaim(row, this.parts.time));
  }

  async beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]> {
    const rows = beats.map((beat) => [beat.runId, beat.token, beat.nonce, beat.leaseMs] as const);
    return (await this.write("beat", [rows])).map(toBeatAnswer);
  }

  async getLease(runId: string): Promise<LeaseFacts | null> {
    return (await this.getRunningFacts(runId))?.lease ?? null;
  }

  async listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<RunningFacts[]> {
    const rows = await this.read("listRunning", [options.after, options.limit]);
    return rows.map((row) => toRunningFacts(row, this.parts.time));
  }

  async getRunningFacts(runId: string): Promise<RunningFacts | null> {
    const row = await this.read("getLease", [runId]);
    return row === null ? null : toRunningFacts(row, this.parts.time);
  }

  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean> {
    return this.write("recover", [{ ...request, decision }]);
  }

  wakePaused(limit: number): Promise<number> {
    return this.write("wakePaused", [limit]);
  }

  async acquireResources(fence: Fence, resources: readonly string[]): ReturnType<Store["acquireResources"]> {
    const result = await this.write("acquireResources", [...fenceArgs(fence), resources]);
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
    await this.write("releaseResources", [...fenceArgs(fence), resources]);
  }

  // ── Attempts

  async startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome> {
    const { runId, token, nonce } = fence;
    return toWriteOutcome(
      await this.write("startAttempt", [
        runId,
        token,
        nonce,
        start.stage,
        start.attempt,
        start.inputsHash,
        start.label ?? null,
      ]),
    );
  }

  async finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome> {
    const { runId, token, nonce } = fence;
    const { stage, attempt, status } = finish;
    const output = outputArgs(status === "completed" ? finish.output : null);
    const isRecord = status === "completed" || (status === "failed" && finish.isRecord) ? 1 : 0;
    const error = status === "completed" ? null : json(finish.error);
    const ms = status === "completed" ? finish.ms : status === "failed" ? finish.afterMs : 0;
    return toWriteOutcome(
      await this.write("finishAttempt", [
        runId,
        token,
        nonce,
        stage,
        attempt,
        status,
        isRecord,
        output[0],
        output[1],
        output[2],
        error,
        ms,
      ]),
    );
  }

  async reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("reopenStage", [...fenceArgs(fence), stage, json(why)]));
  }

  async loadHistory(runId: RunId): Promise<readonly StageHistory[]> {
    return toHistory(await this.read("loadHistory", [runId]));
  }

  async getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null> {
    const row = await this.read("getStageRecord", [runId, stage]);
    return row === null ? null : toStageRecord(row);
  }

  async listAttempts(runId: RunId): Promise<readonly AttemptRecord[]> {
    return (await this.read("listAttempts", [runId])).map(toAttempt);
  }

  async listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>> {
    const found = new Map<RunId, AttemptRecord[]>(runIds.map((runId) => [runId, []]));
    for (const row of await this.read("listAttemptsOf", [JSON.stringify(runIds)])) {
      found.get(row.run_id as RunId)?.push(toAttempt(row));
    }
    return found;
  }

  async saveCheckpoint(fence: Fence, checkpoint: Parameters<Store["saveCheckpoint"]>[1]): Promise<WriteOutcome> {
    const { stage, attempt, json } = checkpoint;
    return toWriteOutcome(await this.write("saveCheckpoint", [...fenceArgs(fence), stage, attempt, json]));
  }

  async getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null> {
    const row = await this.read("getCheckpoint", [runId, stage]);
    return row === null ? null : toCheckpoint(row);
  }

  async recordArtifact(fence: Fence, artifact: Parameters<Store["recordArtifact"]>[1]): Promise<WriteOutcome> {
    const { stage, attempt, name, sha256, sizeBytes } = artifact;
    return toWriteOutcome(
      await this.write("recordArtifact", [...fenceArgs(fence), stage, attempt, name, sha256, sizeBytes]),
    );
  }

  async listArtifacts(runId: RunId, stage?: string | undefined): Promise<readonly ArtifactRecord[]> {
    return (await this.read("listArtifacts", [runId, stage ?? null])).map(toArtifact);
  }

  // ── Events

  async appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome> {
    const rows = events.map(({ type, data }) => {
      const { stage, ...body } = data as { stage?: string };
      return [eventCode(type), stage ?? null, JSON.stringify(body)] as const;
    });
    return toWriteOutcome(await this.write("appendEvents", [...fenceArgs(fence), rows]));
  }

  async listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]> {
    return (await this.read("listEvents", eventArgs(runId, query))).map((row) => toEvent(runId, row));
  }

  async listEventText(runId: RunId, { after, limit }: Pick<EventQuery, "after" | "limit">): Promise<EventText> {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    const isLong = limit > PIECE_COUNT;
    const apart = isLong ? await this.parts.readText?.(runId, after, limit) : null;
    const { json, ...rest } = apart ?? (await this.read("listEventText", [runId, after, limit]));
    if (json !== null) return { json, ...rest };
    // A body is damaged: read one by one, it is named.
    return toEventText(await this.listEvents(runId, { after, limit }), limit);
  }

  listEventsNow(runId: RunId, query: EventQuery): readonly RunEvent[] {
    if (this.closed !== null) throw new StoreClosedError({ location: this.location });
    const rows = this.parts.readNow?.("listEvents", eventArgs(runId, query)) ?? [];
    return rows.map((row) => toEvent(runId, row));
  }

  async setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome> {
    const { items, label, reached } = progress;
    const [low, high] = items?.etaMs ?? [null, null];
    const row = items === null ? null : ([items.done, items.total, items.failed, items.ratePerS, low, high] as const);
    const reachedJson = reached === undefined ? null : JSON.stringify(reached);
    return toWriteOutcome(await this.write("setProgress", [...fenceArgs(fence), row, label, reachedJson]));
  }

  // ── The store itself

  async facts(options: { readonly check?: boolean | undefined } = {}): Promise<StoreFacts> {
    const { sizeBytes, engineVersion, schemaVersion, runCounts, problems } = await this.read("readFacts", [
      options.check === true,
    ]);
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

/** The declared stages as recorded; how many is known only without patterns. */
export function stageArgs(stages: readonly StageDeclaration[] | null) {
  return { json: json(stages), count: stages === null || stages.some(isPattern) ? null : stages.length };
}
