/** Taking a queued run without a worker. */
import type { Claim, RunRecord } from "@holdfast/core";

export interface Taken {
  readonly claim: Claim;
  /** The monotonic instant before the claim was sent. */
  readonly askedAtMs: number;
}

/** Takes a run that is queued; null where another was quicker. */
export type Take = (run: RunRecord) => Promise<Taken | null>;
