/** From a claim to its execution in this process. */
import type { Claim, Clock, Lease } from "@holdfast/core";
import { systemClock } from "../base/system-clock.js";
import { type Engine, requireWorkflow } from "../opened/engine.js";
import type { Execution } from "../run/execution.js";
import { type ExecuteResult, executeRun } from "./execute-run.js";

/** Execute a claimed run. `askedAtMs` is the monotonic instant before the claim was sent. */
export function executeClaim(...call: Parameters<typeof execute>): Promise<ExecuteResult> {
  const [opened, claim] = call;
  const leave = opened.company.enter(claim.run);
  const result = execute(...call);
  opened.underWay.add(result);
  const forget = () => {
    opened.underWay.delete(result);
    leave();
  };
  result.then(forget, forget);
  return result;
}

async function execute(
  opened: Engine,
  claim: Claim,
  askedAtMs: number,
  onShutdown: "handBack" | "pause",
  onExecution?: ((execution: Execution) => void) | undefined,
  onReporting?: (() => void) | undefined,
): Promise<ExecuteResult> {
  const { run, token, nonce, isReopening } = claim;
  const workflow = requireWorkflow(opened, run.workflow);
  const lease: Lease = {
    runId: run.id,
    token,
    nonce,
    generation: run.generation,
    askedAtMs,
    leaseMs: opened.deps.leaseMs,
    stallAfterMs: run.policy.stallAfterMs,
  };
  // Followers hear of the claim now, not when the first stage begins.
  opened.deps.hints.notifyFollowers(run.id);
  let end = () => {};
  try {
    return await executeRun(
      {
        run,
        lease,
        workflow,
        isReopening,
        onShutdown,
        onExecution: (execution) => {
          end = opened.executions.enter(execution);
          if (opened.closing.signal.aborted) execution.stopping.stop({ why: "shutdown", isAborting: true });
          onExecution?.(execution);
        },
        onReporting,
      },
      opened.deps,
    );
  } finally {
    end();
  }
}

/**
 * Keeps the process alive while something is under way whose timers and threads would let it end. On another clock than
 * the machine's nothing is waited for in real time, and a simulated worker that "died" would keep the process for ever.
 */
export function keepAlive(clock: Clock): { release(): void } {
  if (clock !== systemClock) return { release: () => {} };
  // Longer than any run; the handle is what counts, it never fires.
  const handle = setInterval(() => {}, 2 ** 31 - 1);
  return { release: () => clearInterval(handle) };
}
