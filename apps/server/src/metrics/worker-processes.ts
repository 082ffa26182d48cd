/** The child processes of this server's worker: how many can execute runs, how many died, and whether none will start. */
import type { ProcessEvent } from "@holdfast/engine";
import { Counter, Gauge, type Registry } from "prom-client";

/** One death is replaced within a second and no reason to send callers elsewhere; two without a start between them are. */
const DEATHS_MAX = 2;

export class WorkerProcesses {
  private readonly ready = new Set<number>();
  private deathsSinceReady = 0;
  private readonly count: Gauge;
  private readonly deaths: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.count = new Gauge({
      name: "holdfast_worker_processes",
      help: "Child processes of this server's worker that can execute runs.",
      registers,
    });
    this.deaths = new Counter({
      name: "holdfast_worker_process_deaths_total",
      help: "Child processes of this server's worker that ended unexpectedly: killed, crashed, or ended by user code.",
      registers,
    });
  }

  /** Whether the worker cannot execute anything: its children die before they are ready. */
  get areDown(): boolean {
    return this.ready.size === 0 && this.deathsSinceReady >= DEATHS_MAX;
  }

  onProcess(event: ProcessEvent): void {
    if (event.kind === "ready") {
      this.ready.add(event.pid);
      this.deathsSinceReady = 0;
    } else {
      if (event.pid !== null) this.ready.delete(event.pid);
      if (!event.isExpected) {
        this.deaths.inc();
        this.deathsSinceReady += 1;
      }
    }
    this.count.set(this.ready.size);
  }
}
