/** What a stage's code gets: its context, made for one attempt. */
import { CheckpointInvalidError, WrongUseError } from "@holdfast/core";
import type { Checkpoint, StageContext, StageOptions } from "../context.js";
import { Interrupted, type StageSignal } from "../interrupted.js";
import { validate } from "../schema.js";
import { type AttemptTimeout, idempotencyKeyOf } from "./attempt.js";
import type { AttemptFiles } from "./attempt-files.js";
import { acquireResources } from "./exclusive.js";
import type { Execution } from "./execution.js";
import { decodeJson, encodeOutput } from "./outputs.js";
import type { StageEvents } from "./stage-events.js";

export interface StageAttempt {
  readonly execution: Execution;
  readonly stage: string;
  readonly attempt: number;
  readonly options: StageOptions<never>;
  readonly files: AttemptFiles;
  readonly events: StageEvents;
}

export function makeStageContext(of: StageAttempt, signal: StageSignal, timeout: AttemptTimeout): StageContext<never> {
  const { execution, stage, attempt, files, events } = of;
  const { deps, run, lease } = execution;
  return {
    attempt,
    idempotencyKey: idempotencyKeyOf(run.id, lease.generation, stage),
    signal,
    log: (message, data) => events.log(message, data),
    metric: (name, value) => events.log(`metric ${name}`, { metric: name, value }),
    logCall: (call) => execution.calls.add({ stage, attempt, ...call }),
    rows: deps.data.rows,
    checkpoint: makeCheckpoint(of) as Checkpoint<never>,
    artifact: files.api,
    dataset: deps.data.datasets(of, signal),
    results: deps.data.results(execution),
    progress: (done, total, label) => {
      const counted = total === undefined ? String(done) : `${done}/${total}`;
      events.setLabel([stage, counted, label].filter((part) => part !== undefined && part !== "").join(" · "));
    },
    gate: (gate, passed, score, threshold) => {
      events.push({
        type: "gate.checked",
        data: { stage, attempt, gate, passed, score: score ?? null, threshold: threshold ?? null },
      });
      return passed;
    },
    exclusive: makeExclusive(of, signal, timeout),
  };
}

function makeCheckpoint({ execution, stage, attempt, options, events }: StageAttempt): Checkpoint<unknown> {
  const { deps, fence } = execution;
  const save = async (json: string | null) => {
    const outcome = await deps.store.saveCheckpoint(fence, { stage, attempt, json });
    // A stage whose lease is gone is not answered any more; its signal has aborted with the reason.
    if (!execution.accepts(outcome)) await new Promise<never>(() => {});
    deps.hints.notify(fence.runId);
  };
  return {
    async get() {
      const found = await deps.store.getCheckpoint(fence.runId, stage);
      if (found === null) return null;
      const value = decodeJson(found.json);
      if (options.checkpoint === undefined) return value;
      const fit = await validate(options.checkpoint, value);
      if (fit.ok) return fit.value;
      events.log("the checkpoint no longer fits its schema and is not used", { issues: fit.issues });
      return null;
    },
    async save(value) {
      if (options.checkpoint !== undefined) {
        const fit = await validate(options.checkpoint, value);
        if (!fit.ok) throw new CheckpointInvalidError({ stage, issues: fit.issues });
      }
      await save(encodeOutput(value, `the checkpoint of stage ${stage}`, deps.limits) ?? "null");
    },
    clear: () => save(null),
  };
}

function makeExclusive(of: StageAttempt, signal: StageSignal, timeout: AttemptTimeout): StageContext["exclusive"] {
  const { execution, stage, events } = of;
  let isHolding = false;
  return async (resource, fn) => {
    if (isHolding) {
      throw new WrongUseError({
        problem: `Stage ${stage}: exclusive inside exclusive; ask for all resources in one list.`,
      });
    }
    isHolding = true;
    const resources = typeof resource === "string" ? [resource] : resource;
    const { deps, fence } = execution;
    try {
      timeout.hold();
      const acquired = await acquireResources(deps, fence, resources, signal, (name, holder) =>
        events.setLabel(`waiting for ${name}, held by ${holder}`),
      );
      timeout.run();
      if (acquired.kind === "leaseLost" || acquired.kind === "cancelled") {
        execution.accepts(acquired);
        return await new Promise<never>(() => {});
      }
      // Granted, but so late that the stage was told to stop: what it would do there, its successor may be doing.
      if (!execution.mayBegin()) return await new Promise<never>(() => {});
      if (acquired.kind === "acquired" && signal.aborted) await deps.store.releaseResources(fence, resources);
      if (acquired.kind === "stopped" || signal.aborted) throw signal.reason ?? new Interrupted("shutdown", 0);
      try {
        return await fn({ signal, token: acquired.token });
      } finally {
        await deps.store.releaseResources(fence, resources);
      }
    } finally {
      isHolding = false;
    }
  };
}
