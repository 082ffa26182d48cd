/** The contract's management over PostgreSQL: counts, cleanup, workers, audit, the facts of health. */
import {
  type AuditQuery,
  type AuditStamp,
  type CauseMark,
  type CauseMarkRequest,
  type ChangeTerms,
  type CompactOutcome,
  type Cost,
  type CountQuery,
  type FacetQuery,
  type FailureCounts,
  type FailureQuery,
  type FinishedQuery,
  type FinishedRun,
  type Holder,
  isFinished,
  type ManagementStore,
  NANOS_MAX,
  parseStored,
  type ResetOutcome,
  RUN_STATUSES,
  type RunActivity,
  type RunCounts,
  type RunFacets,
  type RunId,
  type RunPage,
  type RunQuery,
  type RunStore,
  type StoreDefaults,
  type StoreLimitation,
  type WaitingRun,
  type WorkerRecord,
  type WorkerReport,
} from "@holdfast/core";
import { readCursor, toAudit, toCheckedRunRecord, toRunCounts, toRunningFacts, toWorker } from "@holdfast/store-sql";
import { compact } from "./compact.js";
import { listAudit, trimAudit } from "./sql/audit.js";
import { listCauseMarks, markCause } from "./sql/cause-marks.js";
import { hasSuspects } from "./sql/claim.js";
import { deleteRemovedRows, listFinished, removeFinished } from "./sql/cleanup.js";
import { appendAudit } from "./sql/control.js";
import { countRuns, probe } from "./sql/counts.js";
import { countFacets } from "./sql/facets.js";
import { getDefault } from "./sql/facts.js";
import { countFailures } from "./sql/failures.js";
import { instantAt } from "./sql/lease-rules.js";
import { listActivityOf, listNeverStarted, resetRecoveries } from "./sql/recovery.js";
import { listCostsOf } from "./sql/run-costs.js";
import { listRuns } from "./sql/run-list.js";
import { declareSearch, listSearchFields } from "./sql/search.js";
import { listWorkers, removeWorker, reportWorker } from "./sql/workers.js";
import { PostgresSignals } from "./store-signals.js";

const FINISHED = RUN_STATUSES.filter(isFinished);

export abstract class PostgresManagement extends PostgresSignals implements ManagementStore {
  async countRuns({ windowMs, owner, workflow, tag, groupBy = [] }: CountQuery): Promise<RunCounts> {
    const asked = {
      windowMs,
      owner: owner ?? null,
      workflow: workflow ?? null,
      tag: tag ?? null,
      isByWorkflow: groupBy.includes("workflow"),
      isByOwner: groupBy.includes("owner"),
    };
    return toRunCounts(await this.db.read((ctx) => countRuns(ctx, asked)));
  }

  async countFailures({ owner, workflow, since, dayOffsetMs = 0 }: FailureQuery): Promise<FailureCounts> {
    const asked = { owner: owner ?? null, workflow: workflow ?? null, since, dayOffsetMs };
    const { rows, isWhole } = await this.db.read((ctx) => countFailures(ctx, asked));
    return {
      isWhole,
      rows: rows.map(({ run_id, first_at, last_at, ...row }) => ({
        ...row,
        runId: run_id as RunId,
        firstAt: first_at,
        lastAt: last_at,
      })),
    };
  }

  // ── Lists of runs

  async listRuns(query: RunQuery): Promise<RunPage> {
    const { limit } = query;
    const { rows, now } = await this.db.read(async (ctx) => ({
      rows: await listRuns(ctx, query),
      now: instantAt(ctx.wallMs),
    }));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rows: page.map((row) => toCheckedRunRecord(row, now)),
      next: rows.length > limit && last !== undefined ? String(last.run_k) : null,
    };
  }

  countFacets(query: FacetQuery): Promise<RunFacets> {
    return this.db.read((ctx) => countFacets(ctx, query));
  }

  async listCostsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, Cost>> {
    const rows = await this.db.read((ctx) => listCostsOf(ctx, runIds));
    return new Map(
      rows.map(({ run_id, nanos, calls, tokens }) => [
        run_id as RunId,
        { nanos: Math.min(nanos, NANOS_MAX), unpricedCalls: calls, unpricedTokens: tokens },
      ]),
    );
  }

  declareSearch(workflow: string, fields: readonly string[], runsMax: number): Promise<boolean> {
    return this.db.writeAside("strict", (ctx) => declareSearch(ctx, workflow, fields, runsMax));
  }

  listSearchFields(): ReturnType<RunStore["listSearchFields"]> {
    return this.db.read(listSearchFields);
  }

  markCause(request: CauseMarkRequest): Promise<CauseMark | null> {
    return this.db.writeAside("strict", (ctx) => markCause(ctx, request));
  }

  listCauseMarks(scopes: readonly string[]): Promise<readonly CauseMark[]> {
    return this.db.read((ctx) => listCauseMarks(ctx, scopes));
  }

  // ── Health

  async listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>> {
    const { rows, now } = await this.db.read(async (ctx) => ({
      rows: await listActivityOf(ctx, runIds),
      now: instantAt(ctx.wallMs),
    }));
    return new Map(
      rows.map(({ runId, status, idleForMs, running }) => {
        const facts = running === null ? null : toRunningFacts(running, now);
        return [runId, { status, idleForMs: facts?.facts.idleForMs ?? idleForMs, running: facts }];
      }),
    );
  }

  async listNeverStarted(options: {
    readonly after: RunId | null;
    readonly limit: number;
  }): Promise<readonly WaitingRun[]> {
    const rows = await this.db.read((ctx) => listNeverStarted(ctx, options.after, options.limit));
    return rows.map(({ run_id, workflow, waiting_ms, limit_ms }) => ({
      runId: run_id as RunId,
      workflow,
      waitingForMs: waiting_ms,
      startTimeoutMs: limit_ms,
    }));
  }

  hasSuspects(workflows: readonly string[]): Promise<boolean> {
    return this.db.read((ctx) => hasSuspects(ctx, workflows));
  }

  resetRecoveries(runId: RunId, terms: ChangeTerms): Promise<ResetOutcome> {
    return this.db.write("strict", runId, (ctx) => resetRecoveries(ctx, runId, terms));
  }

  // ── Cleanup

  async listFinished(query: FinishedQuery): ReturnType<ManagementStore["listFinished"]> {
    const { olderThanMs, statuses = FINISHED, workflow = null, owner = null, keepLast = 0, limit } = query;
    const after = query.cursor === undefined ? null : readCursor(query.cursor, 2);
    const asked = {
      ...{ olderThanMs, workflow, owner, keepLast, limit },
      statuses: statuses.filter(isFinished),
      after: after === null ? null : after,
    };
    const rows = await this.db.read((ctx) => listFinished(ctx, asked));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rows: page.map((row) => ({
        runId: row.run_id as RunId,
        workflow: row.workflow,
        owner: row.owner,
        status: row.status,
        finishedAt: row.finished_at,
      })),
      next: rows.length > limit && last !== undefined ? `${last.finished_at}_${last.run_k}` : null,
    };
  }

  removeFinished(run: FinishedRun, audit: AuditStamp | null): Promise<boolean> {
    return this.db.writeAside("strict", (ctx) => removeFinished(ctx, run, audit));
  }

  async getDefaults(): Promise<StoreDefaults> {
    const json = await this.db.read((ctx) => getDefault(ctx, "retention"));
    const copying = await this.db.read((ctx) => getDefault(ctx, "copying"));
    return {
      retention: json === null ? null : parseStored(json, "the store's retention"),
      ...(copying === null ? {} : { copyingFrom: parseStored(copying, "the mark of a copy") }),
    };
  }

  compact(): Promise<CompactOutcome> {
    return compact(this.db);
  }

  deleteRemovedRows(rowsMax: number): Promise<number> {
    return this.db.writeAside("soft", (ctx) => deleteRemovedRows(ctx, rowsMax));
  }

  // ── Workers

  async reportWorker(report: WorkerReport): Promise<void> {
    await this.db.writeAside("soft", (ctx) => reportWorker(ctx, report));
  }

  async removeWorker(holder: Holder): Promise<void> {
    await this.db.writeAside("soft", (ctx) => removeWorker(ctx, holder));
  }

  async listWorkers(): Promise<readonly WorkerRecord[]> {
    return (await this.db.read(listWorkers)).map(toWorker);
  }

  // ── Audit

  async listAudit(query: AuditQuery): ReturnType<ManagementStore["listAudit"]> {
    const { limit } = query;
    const rows = await this.db.read((ctx) => listAudit(ctx, query));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { rows: page.map(toAudit), next: rows.length > limit && last !== undefined ? String(last.id) : null };
  }

  async appendAudit(entry: { readonly stamp: AuditStamp; readonly runId: string | null }): Promise<void> {
    await this.db.writeAside("soft", (ctx) => appendAudit(ctx, entry));
  }

  trimAudit(olderThanMs: number, limit: number): Promise<number> {
    return this.db.writeAside("soft", (ctx) => trimAudit(ctx, olderThanMs, limit));
  }

  limitations(): readonly StoreLimitation[] {
    return this.db.limitations();
  }

  async probe(): Promise<void> {
    await this.db.write("strict", null, probe);
  }
}
