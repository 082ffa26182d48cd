/** The contract's management over one SQLite file: counts, cleanup, workers, audit, the facts of health. */
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
  type ManagementStore,
  NANOS_MAX,
  parseStored,
  type ResetOutcome,
  type RunActivity,
  type RunCounts,
  type RunFacets,
  type RunId,
  type RunPage,
  type RunQuery,
  type RunStore,
  type StoreDefaults,
  type WaitingRun,
  type WorkerRecord,
  type WorkerReport,
} from "@holdfast/core";
import { toAudit, toRunCounts, toWorker } from "@holdfast/store-sql";
import { toCheckedRunRecord, toRunningFacts } from "./decode.js";
import { SqliteSignals } from "./store-signals.js";

export abstract class SqliteManagement extends SqliteSignals implements ManagementStore {
  async countRuns(query: CountQuery): Promise<RunCounts> {
    return toRunCounts(await this.read("countRuns", query));
  }

  async countFailures(query: FailureQuery): Promise<FailureCounts> {
    const { rows, isWhole } = await this.read("countFailures", query);
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

  markCause(request: CauseMarkRequest): Promise<CauseMark | null> {
    return this.write("markCause", request);
  }

  listCauseMarks(scopes: readonly string[]): Promise<readonly CauseMark[]> {
    return this.read("listCauseMarks", scopes);
  }

  // ── Lists of runs

  async listRuns(query: RunQuery): Promise<RunPage> {
    const { limit } = query;
    const rows = await this.read("listRuns", query);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      rows: page.map((row) => toCheckedRunRecord(row, this.parts.time)),
      next: rows.length > limit && last !== undefined ? String(last.run_k) : null,
    };
  }

  countFacets(query: FacetQuery): Promise<RunFacets> {
    return this.read("countFacets", query);
  }

  async listCostsOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, Cost>> {
    const rows = await this.read("listCostsOf", runIds);
    return new Map(
      rows.map(({ run_id, nanos, calls, tokens }) => [
        run_id as RunId,
        { nanos: Math.min(nanos, NANOS_MAX), unpricedCalls: calls, unpricedTokens: tokens },
      ]),
    );
  }

  declareSearch(workflow: string, fields: readonly string[], runsMax: number): Promise<boolean> {
    return this.write("declareSearch", workflow, fields, runsMax);
  }

  listSearchFields(): ReturnType<RunStore["listSearchFields"]> {
    return this.read("listSearchFields");
  }

  // ── Health

  async listActivityOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunActivity>> {
    const rows = await this.read("listActivityOf", runIds);
    return new Map(
      rows.map(({ runId, status, idleForMs, running }) => {
        const facts = running === null ? null : toRunningFacts(running, this.parts.time);
        return [runId, { status, idleForMs: facts?.facts.idleForMs ?? idleForMs, running: facts }];
      }),
    );
  }

  async listNeverStarted(options: {
    readonly after: RunId | null;
    readonly limit: number;
  }): Promise<readonly WaitingRun[]> {
    const rows = await this.read("listNeverStarted", options);
    return rows.map(({ run_id, workflow, waiting_ms, limit_ms }) => ({
      runId: run_id as RunId,
      workflow,
      waitingForMs: waiting_ms,
      startTimeoutMs: limit_ms,
    }));
  }

  hasSuspects(workflows: readonly string[]): Promise<boolean> {
    return this.read("hasSuspects", workflows);
  }

  resetRecoveries(runId: RunId, terms: ChangeTerms): Promise<ResetOutcome> {
    return this.write("resetRecoveries", runId, terms);
  }

  // ── Cleanup

  async listFinished(query: FinishedQuery): ReturnType<ManagementStore["listFinished"]> {
    const { limit } = query;
    const rows = await this.read("listFinished", query);
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
    return this.write("removeFinished", run, audit);
  }

  async getDefaults(): Promise<StoreDefaults> {
    const json = await this.read("getDefault", "retention");
    const copying = await this.read("getDefault", "copying");
    return {
      retention: json === null ? null : parseStored(json, "the store's retention"),
      ...(copying === null ? {} : { copyingFrom: parseStored(copying, "the mark of a copy") }),
    };
  }

  compact(): Promise<CompactOutcome> {
    return this.write("compact");
  }

  deleteRemovedRows(rowsMax: number): Promise<number> {
    return this.write("deleteRemovedRows", rowsMax);
  }

  // ── Workers

  async reportWorker(report: WorkerReport): Promise<void> {
    await this.write("reportWorker", report);
  }

  async removeWorker(holder: Holder): Promise<void> {
    await this.write("removeWorker", holder);
  }

  async listWorkers(): Promise<readonly WorkerRecord[]> {
    return (await this.read("listWorkers")).map(toWorker);
  }

  // ── Audit

  async listAudit(query: AuditQuery): ReturnType<ManagementStore["listAudit"]> {
    const { limit } = query;
    const rows = await this.read("listAudit", query);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { rows: page.map(toAudit), next: rows.length > limit && last !== undefined ? String(last.id) : null };
  }

  async appendAudit(entry: { readonly stamp: AuditStamp; readonly runId: string | null }): Promise<void> {
    await this.write("appendAudit", entry);
  }

  trimAudit(olderThanMs: number, limit: number): Promise<number> {
    return this.write("trimAudit", olderThanMs, limit);
  }

  async probe(): Promise<void> {
    await this.write("probe");
  }
}
