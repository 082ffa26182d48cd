/** The Store contract over PostgreSQL: each method is one transaction or one read of the functions in `sql/`. */
import {
  type ArtifactRecord,
  type AttemptFinish,
  type AttemptRecord,
  type AttemptStart,
  type Beat,
  type BeatAnswer,
  type ChangeListener,
  type ChangeTerms,
  type ChangeTopic,
  type CheckpointRecord,
  type CreateOutcome,
  type DeleteOutcome,
  type EventQuery,
  type EventText,
  type Fence,
  type LeaseFacts,
  type MoveOutcome,
  type ProgressWrite,
  type RecordedError,
  type RecoverRequest,
  type RecoveryDecision,
  type RunCreate,
  type RunEvent,
  type RunEventInput,
  type RunId,
  type RunningFacts,
  type RunRecord,
  type RunReport,
  type SqlTransaction,
  type StageHistory,
  type StageRecord,
  type SteerRequest,
  type Store,
  type StoreExamination,
  type StoreFacts,
  toEventText,
  type Unsubscribe,
  type WriteOutcome,
  WrongUseError,
} from "@holdfast/core";
import {
  toArtifact,
  toAttempt,
  toCheckedRunRecord,
  toCheckpoint,
  toEvent,
  toHistory,
  toRunningFacts,
  toStageRecord,
  toWriteOutcome,
  type WriteResult,
} from "@holdfast/store-sql";
import type { Durability } from "./batch.js";
import type { ChangeFeed } from "./change-feed.js";
import type { SqlContext } from "./context.js";
import { createRunIn } from "./create-in.js";
import type { Database } from "./database.js";
import {
  finishAttempt,
  getStageRecord,
  listAttempts,
  listAttemptsOf,
  loadHistory,
  reopenStage,
  startAttempt,
} from "./sql/attempts.js";
import { beatMany } from "./sql/beat-batch.js";
import { wakePaused } from "./sql/claim.js";
import { deleteRun } from "./sql/cleanup.js";
import { appendEvents, listEvents } from "./sql/events.js";
import { examine } from "./sql/examine.js";
import { readFacts } from "./sql/facts.js";
import { instantAt } from "./sql/lease-rules.js";
import { steer } from "./sql/moves.js";
import { findOrphans } from "./sql/orphans.js";
import { getCheckpoint, listArtifacts, recordArtifact, saveCheckpoint, setProgress } from "./sql/records.js";
import { getLease, listRunning, noteGone, recover } from "./sql/recovery.js";
import { report } from "./sql/report.js";
import { REPORTS, reportCall } from "./sql/report-batch.js";
import { acquireResources, releaseResources } from "./sql/resources.js";
import { findRunIds } from "./sql/run-list.js";
import { getRun, getSecrets } from "./sql/runs.js";
import { eventsCall, finishCall, STAGES, type StageCall, startCall } from "./sql/stage-batch.js";
import { stamped } from "./stamped.js";
import { PostgresWaits } from "./store-waits.js";

/** Made by `openPostgresStore`. */
export class PostgresStore extends PostgresWaits implements Store {
  readonly kind = "postgres";
  readonly location: string;
  readonly beatModule = null;

  constructor(
    db: Database,
    readonly processModule: Store["processModule"],
    private readonly changes: ChangeFeed,
  ) {
    super(db);
    this.location = db.location;
    db.onChanged = (topic) => changes.tell(topic);
  }

  /** Callers hand it on by itself. */
  readonly subscribe = (topics: readonly ChangeTopic[], onChange: ChangeListener): Unsubscribe =>
    this.changes.subscribe(topics, onChange);

  private async fenced(
    durability: Durability,
    fence: Fence,
    work: (ctx: SqlContext) => Promise<WriteResult>,
  ): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write(durability, fence.runId, work));
  }

  private async staged(
    durability: Durability,
    call: StageCall,
    work: (ctx: SqlContext) => Promise<WriteResult>,
  ): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.writeMany(durability, call.fence.runId as RunId, STAGES, () => call, work));
  }

  // ── Runs

  readonly createRunIn = (transaction: SqlTransaction, create: RunCreate): Promise<CreateOutcome> =>
    createRunIn(this.db, transaction, create);

  async getRun(runId: string): Promise<RunRecord | null> {
    const row = await this.db.readTimeless((ctx) => getRun(ctx, runId));
    return row === null ? null : toCheckedRunRecord(row, instantAt(row.read_at));
  }

  getSecrets(runId: string): Promise<string | null> {
    return this.db.readTimeless((ctx) => getSecrets(ctx, runId));
  }

  async findRunIds(prefix: string, limit: number): Promise<readonly RunId[]> {
    return (await this.db.readTimeless((ctx) => findRunIds(ctx, prefix, limit))) as RunId[];
  }

  deleteRun(
    runId: RunId,
    terms: ChangeTerms & { readonly evenIfForked?: boolean | undefined } = {},
  ): Promise<DeleteOutcome> {
    return this.db.write("strict", runId, (ctx) => deleteRun(ctx, runId, terms, terms.evenIfForked ?? false));
  }

  steer(request: SteerRequest): Promise<MoveOutcome> {
    return this.db.write("strict", request.runId, (ctx) => steer(ctx, request));
  }

  async report(fence: Fence, ending: RunReport): Promise<WriteOutcome> {
    const singly = (ctx: SqlContext) => report(ctx, fence, ending);
    const call = reportCall(fence, ending);
    return toWriteOutcome(await this.db.writeMany("strict", fence.runId, REPORTS, () => call, singly));
  }

  // ── Leases

  async beat(beats: readonly Beat[]): Promise<readonly BeatAnswer[]> {
    return beats.length === 0 ? [] : this.db.beat((client) => beatMany(client, beats));
  }

  async getLease(runId: string): Promise<LeaseFacts | null> {
    return (await this.getRunningFacts(runId))?.lease ?? null;
  }

  async listRunning(options: { readonly after: RunId | null; readonly limit: number }): Promise<RunningFacts[]> {
    const { after, limit } = options;
    const { result, now } = await this.db.read((ctx) => stamped(ctx, listRunning(ctx, after, limit)));
    if (result.length === 0) return [];
    return noteGone(result, await this.db.presence.listGone()).map((found) => toRunningFacts(found, now));
  }

  async getRunningFacts(runId: string): Promise<RunningFacts | null> {
    const { result, now } = await this.db.read((ctx) => stamped(ctx, getLease(ctx, runId)));
    if (result === null) return null;
    const [found] = noteGone([result], await this.db.presence.listGone());
    return found === undefined ? null : toRunningFacts(found, now);
  }

  recover(request: RecoverRequest, decision: Exclude<RecoveryDecision, { action: "none" }>): Promise<boolean> {
    return this.db.write("strict", request.runId, (ctx) => recover(ctx, { ...request, decision }));
  }

  async wakePaused(limit: number): Promise<number> {
    const woken = await this.db.write("strict", null, (ctx) => wakePaused(ctx, limit));
    if (woken > 0) this.db.onChanged("*");
    return woken;
  }

  async acquireResources(fence: Fence, resources: readonly string[]): ReturnType<Store["acquireResources"]> {
    const result = await this.db.write("strict", null, (ctx) => acquireResources(ctx, fence, resources), fence.runId);
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
    await this.db.write("soft", null, (ctx) => releaseResources(ctx, fence, resources), fence.runId);
  }

  // ── Attempts

  startAttempt(fence: Fence, start: AttemptStart): Promise<WriteOutcome> {
    return this.staged("soft", startCall(fence, start), (ctx) => startAttempt(ctx, fence, start));
  }

  finishAttempt(fence: Fence, finish: AttemptFinish): Promise<WriteOutcome> {
    return this.staged("strict", finishCall(fence, finish), (ctx) => finishAttempt(ctx, fence, finish));
  }

  reopenStage(fence: Fence, stage: string, why: RecordedError | null): Promise<WriteOutcome> {
    return this.fenced("strict", fence, (ctx) => reopenStage(ctx, fence, stage, why));
  }

  async loadHistory(runId: RunId): Promise<readonly StageHistory[]> {
    return toHistory(await this.db.readTimeless((ctx) => loadHistory(ctx, runId)));
  }

  async getStageRecord(runId: RunId, stage: string): Promise<StageRecord | null> {
    const row = await this.db.readTimeless((ctx) => getStageRecord(ctx, runId, stage));
    return row === null ? null : toStageRecord(row);
  }

  async listAttempts(runId: RunId): Promise<readonly AttemptRecord[]> {
    return (await this.db.readTimeless((ctx) => listAttempts(ctx, runId))).map(toAttempt);
  }

  async listAttemptsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, readonly AttemptRecord[]>> {
    const found = new Map<RunId, AttemptRecord[]>(runIds.map((runId) => [runId, []]));
    for (const row of await this.db.readTimeless((ctx) => listAttemptsOf(ctx, runIds))) {
      found.get(row.run_id as RunId)?.push(toAttempt(row));
    }
    return found;
  }

  saveCheckpoint(fence: Fence, checkpoint: Parameters<Store["saveCheckpoint"]>[1]): Promise<WriteOutcome> {
    return this.fenced("strict", fence, (ctx) => saveCheckpoint(ctx, fence, checkpoint));
  }

  async getCheckpoint(runId: RunId, stage: string): Promise<CheckpointRecord | null> {
    const row = await this.db.readTimeless((ctx) => getCheckpoint(ctx, runId, stage));
    return row === null ? null : toCheckpoint(row);
  }

  recordArtifact(fence: Fence, artifact: Parameters<Store["recordArtifact"]>[1]): Promise<WriteOutcome> {
    return this.fenced("soft", fence, (ctx) => recordArtifact(ctx, fence, artifact));
  }

  async listArtifacts(runId: RunId, stage?: string | undefined): Promise<readonly ArtifactRecord[]> {
    return (await this.db.readTimeless((ctx) => listArtifacts(ctx, runId, stage ?? null))).map(toArtifact);
  }

  // ── Events

  appendEvents(fence: Fence, events: readonly RunEventInput[]): Promise<WriteOutcome> {
    return this.staged("soft", eventsCall(fence, events), (ctx) => appendEvents(ctx, fence, events));
  }

  async listEvents(runId: RunId, query: EventQuery): Promise<readonly RunEvent[]> {
    return (await this.db.readTimeless((ctx) => listEvents(ctx, runId, query))).map((row) => toEvent(runId, row));
  }

  /** Built from the events themselves: they have come over a connection already. */
  async listEventText(runId: RunId, query: Pick<EventQuery, "after" | "limit">): Promise<EventText> {
    return toEventText(await this.listEvents(runId, query), query.limit);
  }

  /** A server answers nobody at once. */
  listEventsNow(_runId: RunId, _query: EventQuery): readonly RunEvent[] {
    this.db.checkOpen();
    return [];
  }

  setProgress(fence: Fence, progress: ProgressWrite): Promise<WriteOutcome> {
    return this.fenced("soft", fence, (ctx) => setProgress(ctx, fence, progress));
  }

  // ── The store itself

  async facts(options: { readonly check?: boolean | undefined } = {}): Promise<StoreFacts> {
    const { problems, ...read } = await this.db.read(async (ctx) => ({
      ...(await readFacts(ctx)),
      problems: options.check === true ? await findOrphans(ctx) : [],
    }));
    return { kind: "postgres", location: this.location, durability: "full", problems, ...read };
  }

  examine(options: { readonly check?: boolean | undefined } = {}): Promise<StoreExamination> {
    return this.db.read((ctx) => examine(ctx, options.check === true));
  }

  async backup(_file: string): Promise<void> {
    throw new WrongUseError({
      problem: `${this.location}: a PostgreSQL store is backed up by its server's own tools, such as pg_dump.`,
    });
  }

  flushNow(_withinMs: number): void {}

  async close(): Promise<void> {
    await this.changes.close();
    await this.db.close();
  }
}
