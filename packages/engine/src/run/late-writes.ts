/**
 * Writes that outlive their execution: answers that were paid for, and the ending of a run whose lease this process no
 * longer executes. They wait for the store as long as this process lives, and are made in order with the first write that
 * the store takes: paid answers before the lease is given back, so that whoever takes the run finds them.
 *
 * Bounded: beyond `PAID_BYTES_MAX` a paid answer is not kept. Its open intent still says that it may have been charged.
 */
import type { Clock, Fence, Lease, PaidResult, RunReport, Store, WriteOutcome } from "@holdfast/core";
import { PatientStore } from "./patient-store.js";
import type { StoreWaits } from "./store-waits.js";

/** 64 MiB: tens of thousands of answers of a model, and less than what a worker takes anyway. */
const PAID_BYTES_MAX = 64 * 1024 * 1024;
/** What a result costs beside its output. */
const PAID_OVERHEAD_BYTES = 1_024;

export class LateWrites {
  private readonly patient: PatientStore;
  private paidBytes = 0;
  /** Tokens of the leases that wait to be given back, by run. */
  private readonly handedBack = new Map<string, number>();

  constructor(store: Store, clock: Clock, waits: StoreWaits) {
    this.patient = new PatientStore(store, clock, waits);
  }

  /** The store, waited for without a lease: for what is read before an execution begins. */
  get store(): Store {
    return this.patient.store;
  }

  /** Resolves with whether it is kept in the store. */
  async savePaid(paid: PaidResult): Promise<boolean> {
    const bytes = PAID_OVERHEAD_BYTES + 2 * (paid.outputJson?.length ?? 0);
    if (this.paidBytes + bytes > PAID_BYTES_MAX) return false;
    this.paidBytes += bytes;
    try {
      await this.store.savePaid(paid);
      return true;
    } catch {
      return false;
    } finally {
      this.paidBytes -= bytes;
    }
  }

  /** From now on until the promise settles, the lease is about to be given back by `report`. */
  async handBack(lease: Pick<Lease, "runId" | "token">, giveBack: () => Promise<unknown>): Promise<void> {
    this.handedBack.set(lease.runId, lease.token);
    try {
      await giveBack();
    } finally {
      if (this.handedBack.get(lease.runId) === lease.token) this.handedBack.delete(lease.runId);
    }
  }

  /** Whether this process waits to give that lease back: nobody here needs to recover its run. */
  isHandingBack({ runId, token }: Pick<Lease, "runId" | "token">): boolean {
    return this.handedBack.get(runId) === token;
  }

  report(fence: Fence, report: RunReport): Promise<WriteOutcome> {
    return this.store.report(fence, report);
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.patient.end();
  }
}
