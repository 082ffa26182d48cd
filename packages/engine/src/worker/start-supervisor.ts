/**
 * A supervisor without a worker: what every worker has beside its runs, for a process that executes none. It reports itself,
 * so that others see who looks after runs; to the store it is a worker of no workflows.
 */
import { type Actor, HoldfastError, type WorkerReport } from "@holdfast/core";
import type { SuperviseOptions, SupervisorHandle } from "../manage/supervise-facade.js";
import { Supervisor } from "../manage/supervisor.js";
import type { Engine } from "../opened/engine.js";
import { keepReporting, takeName } from "../opened/workers.js";
import { keepAlive } from "./take.js";

/** Returns once the first scan is done. */
export async function startSupervisor(shared: Engine, options: SuperviseOptions): Promise<SupervisorHandle> {
  const stop = new AbortController();
  const end = () => stop.abort();
  const signals = [options.signal, shared.closing.signal].filter((signal) => signal !== undefined);
  for (const signal of signals) signal.addEventListener("abort", end, { once: true });
  if (signals.some((signal) => signal.aborted)) end();
  const own = takeName(shared);
  const { opened } = own;
  const { holder, clock } = opened.deps;
  const alive = keepAlive(clock);
  const startedAt = clock.nowMs();
  // Nothing is executed here, so whatever can wait is done at once.
  const supervisor = new Supervisor(opened, {
    signal: stop.signal,
    isIdle: () => true,
    onSupervise: options.onSupervise,
  });
  const report = (): WorkerReport => {
    const { lastScanAt } = supervisor;
    return { holder, workflows: [], concurrency: 0, executing: 0, isSupervising: true, lastScanAt };
  };
  const release = () => {
    for (const signal of signals) signal.removeEventListener("abort", end);
    own.release();
    alive.release();
  };
  try {
    if (!stop.signal.aborted) await supervisor.scan();
  } catch (error) {
    release();
    throw error;
  }
  const supervising = Promise.all([supervisor.supervise(), keepReporting(opened, report, stop.signal)]);
  const ended = supervising
    // One of the two ended by a defect: the other must not go on alone.
    .catch(async (error: unknown) => {
      end();
      await opened.deps.store.removeWorker(holder).catch(ignoreStore);
      throw error;
    })
    .finally(release)
    .then(() => {});
  opened.underWay.add(ended);
  const forget = () => void opened.underWay.delete(ended);
  ended.then(forget, forget);
  const note = (actor: Actor, action: "startSupervisor" | "stopSupervisor") =>
    opened.deps.store.appendAudit({ stamp: { actor, action, reason: null }, runId: null });
  const stopNow = async ({ by }: { readonly by?: Actor | undefined } = {}) => {
    const isNews = !stop.signal.aborted;
    end();
    await ended;
    if (isNews && by !== undefined) await note(by, "stopSupervisor");
  };
  if (shared.actor.via === "http") await note(shared.actor, "startSupervisor");
  return {
    // A promise of its own: a defect is an unhandled rejection where nobody looks at `done`.
    done: ended.then(() => {}),
    status: () => ({
      holder: holder.name,
      startedAt,
      lastScanAt: supervisor.lastScanAt,
      isStopped: stop.signal.aborted,
    }),
    stop: stopNow,
    [Symbol.asyncDispose]: () => stopNow(),
  };
}

function ignoreStore(error: unknown): void {
  if (!(error instanceof HoldfastError)) throw error;
}
