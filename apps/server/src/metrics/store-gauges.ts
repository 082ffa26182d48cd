/** Gauges read from the store: one read at most in 15 s, however often and by however many they are scraped. */

import type { StoreFacts, WorkerRecord } from "@holdfast/core";
import type { HealthView, Holdfast, Statistics } from "@holdfast/engine";
import { Gauge } from "prom-client";
import { ALL_WORKFLOWS } from "./label-set.js";
import type { Metrics } from "./metrics.js";

export const READ_EVERY_MS = 15_000;

interface Reading {
  readonly statistics: Statistics;
  readonly health: readonly HealthView[];
  readonly workers: readonly (WorkerRecord & { readonly isDead: boolean })[];
  readonly facts: StoreFacts;
}

export class StoreGauges {
  private readAtMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | null = null;
  private readonly active;
  private readonly stalled;
  private readonly depth;
  private readonly oldest;
  private readonly slots;
  private readonly size;

  constructor(
    private readonly holdfast: Holdfast,
    private readonly metrics: Metrics,
    private readonly nowMs: () => number,
  ) {
    const registers = [metrics.registry];
    const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Gauge({ name, help, labelNames: [...labelNames], registers });
    this.active = gauge("holdfast_runs_active", "Unfinished runs.", ["workflow", "status"]);
    this.stalled = gauge("holdfast_runs_stalled", "Unfinished runs that waiting alone will not fix.", ["workflow"]);
    this.depth = gauge("holdfast_queue_depth", "Runs waiting for a worker.", ["queue", "state"]);
    this.oldest = gauge("holdfast_queue_oldest_waiting_seconds", "Longest time that a run has been waiting.", [
      "queue",
    ]);
    this.slots = gauge("holdfast_worker_slots", "Slots of living workers, used and free.", ["pool", "state"]);
    this.size = gauge("holdfast_db_size_bytes", "Size of the store in bytes.", ["file"]);
  }

  /** Fresh enough when this resolves. Scrapes that come together share one read. */
  async refresh(): Promise<void> {
    if (this.nowMs() - this.readAtMs < READ_EVERY_MS) return;
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    await this.reading;
  }

  private async read(): Promise<void> {
    const { management, storage } = this.holdfast;
    const [statistics, health, workers, facts] = await Promise.all([
      management.stats(),
      management.health({ limit: 500 }),
      management.workers(),
      storage.facts(),
    ]);
    this.set({ statistics, health, workers, facts });
    this.readAtMs = this.nowMs();
  }

  private set({ statistics, health, workers, facts }: Reading): void {
    const { active } = statistics;
    for (const [status, count] of Object.entries(active)) this.active.set({ workflow: ALL_WORKFLOWS, status }, count);
    // No row for all together: whoever sums over the workflows would count each twice.
    this.stalled.reset();
    for (const { name } of this.holdfast.workflows) this.stalled.set({ workflow: this.metrics.workflowLabel(name) }, 0);
    for (const { workflow, stuck } of health) {
      if (stuck) this.stalled.inc({ workflow: this.metrics.workflowLabel(workflow) });
    }
    this.depth.set({ queue: "default", state: "ready" }, active.queued);
    const waits = health.filter(({ status }) => status === "queued").map(({ idleMs }) => idleMs);
    this.oldest.set({ queue: "default" }, Math.max(0, ...waits) / 1_000);
    const living = workers.filter(({ isDead }) => !isDead);
    const sum = (of: (worker: WorkerRecord) => number) => living.reduce((total, worker) => total + of(worker), 0);
    const used = sum(({ executing }) => executing);
    this.slots.set({ pool: "default", state: "busy" }, used);
    this.slots.set({ pool: "default", state: "free" }, Math.max(0, sum(({ concurrency }) => concurrency) - used));
    this.size.set({ file: "main" }, facts.sizeBytes);
  }
}
