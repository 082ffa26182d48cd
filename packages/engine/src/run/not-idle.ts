/**
 * Waits that are no idleness: for a backoff, for a rate, or within a timeout that the stage itself declares. While one is under
 * way the execution writes a sign of progress now and then, and once more at its end, so that whoever judges the run, in whatever
 * process, counts from there. A wait shorter than that interval writes nothing.
 *
 * The event loop writes them: a stage that blocks it is idle, however long it said that it takes.
 */
import type { Clock, RecoveryPolicy, RunRecord, Timer } from "@holdfast/core";

/** Small beside the two hours that are the default, and rare beside heartbeats. */
const EVERY_MS = 30_000;
/** Signs within one idle timeout of the workflow's own: a wait is never judged by more than a quarter of it. */
const SIGNS = 4;

export class NotIdle {
  private readonly everyMs: number;
  private readonly waits = new Set<number>();
  private waitCount = 0;
  private timer: Timer | null = null;

  constructor(
    policy: RecoveryPolicy,
    private readonly clock: Clock,
    private readonly sign: () => void,
  ) {
    this.everyMs = Math.max(1, Math.min(EVERY_MS, (policy.idleTimeoutMs ?? Number.POSITIVE_INFINITY) / SIGNS));
  }

  /** A wait begins; the function that is returned ends it, and may be called again. */
  begin(): () => void {
    const wait = this.waitCount++;
    const sinceMs = this.clock.monotonicMs();
    this.waits.add(wait);
    this.arm();
    return () => {
      if (!this.waits.delete(wait)) return;
      if (this.clock.monotonicMs() - sinceMs >= this.everyMs) this.sign();
      if (this.waits.size === 0) this.close();
    };
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private arm(): void {
    this.timer ??= this.clock.setTimer(this.everyMs, () => {
      this.timer = null;
      if (this.waits.size === 0) return;
      this.sign();
      this.arm();
    });
  }
}

/**
 * Where the workflow sets no idle timeout, a timeout that a stage or an item declares says how long it may take, and is kept by
 * this very process: until then the run is not idle. A timeout shorter than the interval of signs needs none.
 */
export function beginDeclared(
  { subject, notIdle }: { readonly subject: { readonly run: RunRecord }; readonly notIdle: NotIdle },
  timeoutMs: number | undefined,
): () => void {
  const isDefault = subject.run.policy.defaulted?.includes("idleTimeoutMs") === true;
  return timeoutMs !== undefined && timeoutMs > EVERY_MS && isDefault ? notIdle.begin() : () => {};
}

/** A wait for the outside, or before another try: no idleness. */
export function waitDeclared(
  { notIdle, deps }: { readonly notIdle: NotIdle; readonly deps: { readonly clock: Clock } },
  ms: number,
  fire: () => void,
): { cancel(): void } {
  const goOn = notIdle.begin();
  const timer = deps.clock.setTimer(ms, () => {
    goOn();
    fire();
  });
  return {
    cancel: () => {
      goOn();
      timer.cancel();
    },
  };
}
