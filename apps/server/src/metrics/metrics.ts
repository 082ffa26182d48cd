/**
 * The metrics of GET /metrics. Names carry their base unit. Labels are closed lists (registered workflows or routes, states),
 * never a run ID, a user or a message. Counters count this process since it started. Gauges come
 * from a read of the store that all scrapes within 15 s share.
 */
import type { Holdfast, SuperviseEvent, WorkEvent } from "@holdfast/engine";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { LabelSet } from "./label-set.js";
import { WorkerProcesses } from "./worker-processes.js";

/** From a quick answer to a stuck one. */
const HTTP_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** From a second to a week. */
const RUN_BUCKETS_S = [1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600, 86_400, 3 * 86_400, 7 * 86_400];

export class Metrics {
  readonly registry = new Registry();
  private readonly workflows: LabelSet;
  private readonly taken = new Map<string, number>();
  private readonly registers = [this.registry];

  private readonly httpDuration = new Histogram({
    name: "holdfast_http_request_duration_seconds",
    help: "Time from the arrival of a request to the end of its response, without streams.",
    labelNames: ["route", "method", "status_class"] as const,
    buckets: HTTP_BUCKETS_S,
    registers: this.registers,
  });
  private readonly runsTotal = new Counter({
    name: "holdfast_runs_total",
    help: "Executions that ended in this process, by outcome: the run ended, paused or was handed back.",
    labelNames: ["workflow", "outcome"] as const,
    registers: this.registers,
  });
  private readonly runDuration = new Histogram({
    name: "holdfast_run_duration_seconds",
    help: "Time from this process's claim of a run to its release.",
    labelNames: ["workflow", "outcome"] as const,
    buckets: RUN_BUCKETS_S,
    registers: this.registers,
  });
  private readonly leasesLost = new Counter({
    name: "holdfast_leases_lost_total",
    help: "Runs that this process lost to another worker, or because the store was not writable.",
    labelNames: ["reason"] as const,
    registers: this.registers,
  });
  private readonly managementActions = new Counter({
    name: "holdfast_management_actions_total",
    help: "Requests of recover, checkTimeouts and cleanup over HTTP.",
    labelNames: ["action", "result", "dry_run"] as const,
    registers: this.registers,
  });
  private readonly resumes = new Counter({
    name: "holdfast_run_resumes_total",
    help: "Runs resumed or restarted, by a person over HTTP or by this process's supervisor.",
    labelNames: ["workflow", "cause"] as const,
    registers: this.registers,
  });

  /** Of this process's worker. */
  readonly processes = new WorkerProcesses(this.registry);

  constructor(
    facts: Pick<Holdfast, "storeWait"> &
      Pick<Holdfast["storage"], "limitations"> & { readonly version: string; readonly workflows: readonly string[] },
    private readonly nowMs: () => number,
  ) {
    this.workflows = new LabelSet(facts.workflows, (label) => overflow.inc({ label }));
    const overflow = new Counter({
      name: "holdfast_metrics_overflow_total",
      help: 'Values counted as "other", since too many or unknown ones came.',
      labelNames: ["label"] as const,
      registers: this.registers,
    });
    const build = new Gauge({
      name: "holdfast_build_info",
      help: "Always 1; the labels have the versions.",
      labelNames: ["version", "node"] as const,
      registers: this.registers,
    });
    new Gauge({
      name: "holdfast_store_wait_seconds",
      help: "How long runs executed here have been waiting for a busy or full store; 0 while it accepts their writes.",
      registers: this.registers,
      collect() {
        const since = facts.storeWait()?.since;
        this.set(since === undefined ? 0 : Math.max(0, (nowMs() - since) / 1_000));
      },
    });
    new Gauge({
      name: "holdfast_store_limitation",
      help: "1 where the store works only partly; NO_SESSION_LOCK: a pooler stands before PostgreSQL and no direct address is set.",
      labelNames: ["code"] as const,
      registers: this.registers,
      collect() {
        this.reset();
        this.set({ code: "NO_SESSION_LOCK" }, 0);
        for (const { code } of facts.limitations()) this.set({ code }, 1);
      },
    });
    build.set({ version: facts.version, node: process.version }, 1);
    collectDefaultMetrics({ register: this.registry });
  }

  onRequest(route: string, method: string, status: number, durationMs: number): void {
    this.httpDuration.observe({ route, method, status_class: `${Math.floor(status / 100)}xx` }, durationMs / 1_000);
  }

  onManagement(action: string, result: "done" | "refused", isCheckOnly: boolean): void {
    this.managementActions.inc({ action, result, dry_run: String(isCheckOnly) });
  }

  onResume(workflow: string, cause: "person" | "stalled" | "idle" | "neverStarted"): void {
    this.resumes.inc({ workflow: this.workflows.of(workflow), cause });
  }

  /** To be told of what this process's worker takes and lets go of. */
  onRun(event: WorkEvent): void {
    if (event.kind === "taken") {
      this.taken.set(event.runId, this.nowMs());
      return;
    }
    const since = this.taken.get(event.runId);
    this.taken.delete(event.runId);
    const labels = { workflow: this.workflows.of(event.workflow), outcome: event.status };
    this.runsTotal.inc(labels);
    if (event.status === "lost") this.leasesLost.inc({ reason: "taken_over_or_unwritable" });
    if (since !== undefined) this.runDuration.observe(labels, (this.nowMs() - since) / 1_000);
  }

  /** To be told of what this process's supervisor did. */
  onSupervise(event: SuperviseEvent): void {
    if (event.kind === "recovered" && event.action === "resume") this.onResume(event.workflow, event.cause);
  }

  /** A workflow's name as a label. */
  workflowLabel(workflow: string): string {
    return this.workflows.of(workflow);
  }
}
