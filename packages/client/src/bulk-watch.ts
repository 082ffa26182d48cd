/**
 * A job over many runs, followed to its end: each request waits at the server until the job has moved. Where nobody answers it goes on
 * when somebody does; a job that is not known any more, or a refusal, ends it with the server's problem.
 */
import { type BulkJob, bulkJob } from "@holdfast/protocol";
import { backoffMs } from "./backoff.js";
import { HoldfastRequestError, type Http, type Problem } from "./http.js";
import { Watched } from "./stores.js";

export type { BulkJob } from "@holdfast/protocol";

export interface BulkState {
  /** Null before the first answer. */
  readonly job: BulkJob | null;
  /** Why the server does not tell of it; null while it does. */
  readonly problem: Problem | null;
}

export class BulkWatch {
  readonly state = new Watched<BulkState>({ job: null, problem: null });
  private readonly ended = new AbortController();

  constructor(
    private readonly http: Http,
    private readonly jobId: string,
    private readonly random: () => number,
  ) {
    void this.follow();
  }

  readonly close = (): void => this.ended.abort();

  private async follow(): Promise<void> {
    const { signal } = this.ended;
    const path = `/api/bulk/jobs/${encodeURIComponent(this.jobId)}`;
    for (let failures = 0; !signal.aborted; ) {
      const { job } = this.state.get();
      try {
        const after = job === null ? "" : `?after=${job.revision}`;
        const next = bulkJob.parse(await this.http.json("GET", `${path}${after}`, { signal }));
        failures = 0;
        if (!signal.aborted) this.state.set({ job: next, problem: null });
        if (next.state !== "running") return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof HoldfastRequestError && error.problem !== null && !error.problem.retryable) {
          this.state.set({ job, problem: error.problem });
          return;
        }
        await this.pause(backoffMs(failures++, this.random));
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.ended.signal.addEventListener("abort", () => resolve(clearTimeout(timer)), { once: true });
    });
  }
}
