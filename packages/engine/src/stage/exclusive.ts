/**
 * Named resources held by a run: taken all at once or not at all, so two runs that want the same two cannot wait for each
 * other. A hold lives as long as the run's lease; a run that lost its lease holds nothing.
 */
import type { Fence, Store, WriteOutcome } from "@holdfast/core";
import { WrongUseError } from "@holdfast/core";
import type { ExecutorDeps } from "../run/deps.js";

/**
 * First look after 50 ms, then longer, up to a second: what another process frees is found soon, and a busy resource costs
 * little. What is freed in this process is looked for at once.
 */
const LOOK_MS = { first: 50, max: 1_000 } as const;

type Looked = Awaited<ReturnType<Store["acquireResources"]>>;
type HeldBy = Extract<Looked, { readonly kind: "held" }>["by"];

export interface WaitRule {
  /** Whether to wait for what this one holds; asked at each look. Left out: always. */
  readonly isWaiting?: ((by: HeldBy) => boolean | Promise<boolean>) | undefined;
  readonly onWaiting: (resource: string, by: HeldBy) => void;
}

export type Acquired =
  | { readonly kind: "acquired"; readonly token: number }
  | { readonly kind: "stopped" }
  /** Another holds one of them, and it is not waited for. */
  | Extract<Looked, { readonly kind: "held" }>
  /** The run's lease does not allow it any more. */
  | Extract<WriteOutcome, { readonly kind: "leaseLost" | "cancelled" }>;

/** Wait until all of `resources` are ours, the run's lease is lost, or `signal` aborts. */
export async function acquireResources(
  deps: Pick<ExecutorDeps, "store" | "hints">,
  fence: Fence,
  resources: readonly string[],
  signal: AbortSignal,
  { isWaiting = () => true, onWaiting }: WaitRule,
): Promise<Acquired> {
  const sorted = [...new Set(resources)].sort();
  if (sorted.some((name) => name === "" || name.length > 1_024)) {
    throw new WrongUseError({ problem: "exclusive: each resource needs a name of 1 to 1024 characters." });
  }
  const watch = deps.hints.watchResources(sorted);
  try {
    for (let lookMs: number = LOOK_MS.first; !signal.aborted; lookMs = Math.min(LOOK_MS.max, lookMs * 2)) {
      const outcome = await deps.store.acquireResources(fence, sorted);
      if (outcome.kind !== "held" || !(await isWaiting(outcome.by))) return outcome;
      onWaiting(outcome.resource, outcome.by);
      await watch.wait(signal, lookMs);
    }
  } finally {
    watch.end();
  }
  return { kind: "stopped" };
}
