/**
 * Whether a worker that works until nothing is left may end. A run under a lease that is silent, and whose holder cannot be
 * proven dead (a container started again has another pid namespace), is still to be taken over: it is waited for. One whose
 * lease is renewed is another worker's.
 */
import type { RunId, RunningFacts } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";

const PAGE_COUNT = 200;
/** Two readings of one beat differ by how long the reads took. */
const SAME_BEAT_MS = 500;

export class IdleWatch {
  /** When the leases of others were last renewed, as first seen. */
  private readonly seen = new Map<RunId, { readonly token: number; readonly beatAtMs: number }>();

  constructor(
    private readonly opened: Engine,
    private readonly workflows: readonly string[],
    /** This worker takes silent runs over; else only what is queued is its work. */
    private readonly isSupervising: boolean,
  ) {}

  /** Asked while this worker executes nothing. */
  async isIdle(): Promise<boolean> {
    const { store } = this.opened.deps;
    for (const workflow of this.workflows) {
      // Not even for later.
      if ((await store.listRuns({ status: "queued", workflow, limit: 1 })).rows.length > 0) return false;
    }
    return !this.isSupervising || !(await this.isAnySilent());
  }

  private async isAnySilent(): Promise<boolean> {
    const { store, clock } = this.opened.deps;
    for (let after: RunId | null = null; ; ) {
      const page: readonly RunningFacts[] = await store.listRunning({ after, limit: PAGE_COUNT });
      const nowMs = clock.monotonicMs();
      if (page.some((running) => this.workflows.includes(running.lease.workflow) && !this.isRenewed(running, nowMs))) {
        return true;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_COUNT) return false;
      after = last.lease.runId;
    }
  }

  /** Its holder has given a sign of life since this worker first looked. */
  private isRenewed({ lease }: RunningFacts, nowMs: number): boolean {
    const { runId, token } = lease;
    const beatAtMs = nowMs - lease.silentForMs;
    const first = this.seen.get(runId);
    if (first?.token === token) return beatAtMs > first.beatAtMs + SAME_BEAT_MS;
    this.seen.set(runId, { token, beatAtMs });
    return false;
  }
}
