/**
 * What a stage's code gets: its context, made for one attempt. Its parts are made when they are asked for: a run may have
 * many thousand stages that use none of them.
 */
import { CheckpointInvalidError, WrongUseError } from "@holdfast/core";
import { validate } from "../base/schema.js";
import type { AttemptAbort } from "../run/attempt-abort.js";
import type { Execution } from "../run/execution.js";
import { decodeJson, encodeOutput } from "../run/outputs.js";
import type { Checkpoint, StageContext, StageOptions } from "../workflow/context.js";
import { Interrupted, type StageSignal } from "../workflow/interrupted.js";
import { type AttemptTimeout, idempotencyKeyOf } from "./attempt.js";
import { AttemptFiles } from "./attempt-files.js";
import { acquireResources } from "./exclusive.js";
import { StageEvents } from "./stage-events.js";

/** One attempt at a stage, with what it leaves beside its outcome. */
export class StageAttempt {
  readonly events: StageEvents;
  private madeFiles: AttemptFiles | null = null;

  constructor(
    readonly execution: Execution,
    readonly stage: string,
    readonly attempt: number,
    readonly options: StageOptions<never>,
  ) {
    this.events = new StageEvents(execution, stage, attempt);
    // Opened now where every attempt has files of its own: meta.json tells when it began.
    if (execution.deps.isWritingStageFiles) this.openFiles();
  }

  /** The files, where any were opened. */
  get files(): AttemptFiles | null {
    return this.madeFiles;
  }

  openFiles(): AttemptFiles {
    const { execution, stage, attempt } = this;
    this.madeFiles ??= new AttemptFiles(execution, { runId: execution.subject.run.id, stage, attempt });
    return this.madeFiles;
  }
}

export class LiveStageContext implements StageContext<never> {
  private madeExclusive: StageContext["exclusive"] | null = null;

  constructor(
    private readonly stageAttempt: StageAttempt,
    private readonly abort: AttemptAbort,
    private readonly timeout: AttemptTimeout,
  ) {}

  get signal(): StageSignal {
    return this.abort.signal;
  }

  get attempt(): number {
    return this.stageAttempt.attempt;
  }

  get idempotencyKey(): string {
    const { execution, stage } = this.stageAttempt;
    return idempotencyKeyOf(execution.subject.run.id, execution.subject.lease.generation, stage);
  }

  get log(): StageContext["log"] {
    return (message, data) => this.stageAttempt.events.log(message, data);
  }

  get metric(): StageContext["metric"] {
    return (name, value) => this.stageAttempt.events.log(`metric ${name}`, { metric: name, value });
  }

  get logCall(): StageContext["logCall"] {
    const { execution, stage, attempt } = this.stageAttempt;
    return (call) => execution.calls.add({ stage, attempt, ...call });
  }

  get rows(): StageContext["rows"] {
    return this.stageAttempt.execution.data.rows(this.stageAttempt.execution, this.stageAttempt);
  }

  get checkpoint(): Checkpoint<never> {
    return makeCheckpoint(this.stageAttempt) as Checkpoint<never>;
  }

  get artifact(): StageContext["artifact"] {
    return this.stageAttempt.openFiles().api;
  }

  get dataset(): StageContext["dataset"] {
    return this.stageAttempt.execution.data.datasets(this.stageAttempt, this.signal);
  }

  get results(): StageContext["results"] {
    return this.stageAttempt.execution.data.results(this.stageAttempt.execution);
  }

  get progress(): StageContext["progress"] {
    const { execution, stage, events } = this.stageAttempt;
    return (done, total, label) => {
      execution.reached.note(stage, done, total);
      const counted = total === undefined ? String(done) : `${done}/${total}`;
      events.setLabel([stage, counted, label].filter((part) => part !== undefined && part !== "").join(" · "));
    };
  }

  get gate(): StageContext["gate"] {
    const { stage, attempt, events } = this.stageAttempt;
    return (gate, passed, score, threshold) => {
      const judged = { gate, passed, score: score ?? null, threshold: threshold ?? null };
      events.push({ type: "gate.checked", data: { stage, attempt, ...judged } });
      return passed;
    };
  }

  /** Made once: it remembers that something is held. */
  get exclusive(): StageContext["exclusive"] {
    this.madeExclusive ??= makeExclusive(this.stageAttempt, this.signal, this.timeout);
    return this.madeExclusive;
  }
}

function makeCheckpoint({ execution, stage, attempt, options }: StageAttempt): Checkpoint<unknown> {
  const {
    deps,
    subject: { fence },
  } = execution;
  const save = async (json: string | null) => {
    const outcome = await deps.store.saveCheckpoint(fence, { stage, attempt, json });
    // A stage whose lease is gone is not answered any more; its signal has aborted with the reason.
    if (!execution.writer.accepts(outcome)) await new Promise<never>(() => {});
    deps.hints.notifyFollowers(fence.runId);
  };
  return {
    async get() {
      const found = await deps.store.getCheckpoint(fence.runId, stage);
      if (found === null) return null;
      const value = decodeJson(found.json);
      if (options.checkpoint === undefined) return value;
      const fit = await validate(options.checkpoint, value);
      if (fit.ok) return fit.value;
      // Somebody accepted it as it was saved; else it was compared before the stage began, and fitted.
      if (execution.drift.terms.accept === "reuse") return value;
      throw new CheckpointInvalidError({ stage, issues: fit.issues });
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

function makeExclusive(
  stageAttempt: StageAttempt,
  signal: StageSignal,
  timeout: AttemptTimeout,
): StageContext["exclusive"] {
  const { execution, stage, events } = stageAttempt;
  let isHolding = false;
  return async (resource, fn) => {
    if (isHolding) {
      throw new WrongUseError({
        problem: `Stage ${stage}: exclusive inside exclusive; ask for all resources in one list.`,
      });
    }
    isHolding = true;
    const resources = typeof resource === "string" ? [resource] : resource;
    const {
      deps,
      subject: { fence },
    } = execution;
    try {
      timeout.suspend();
      const acquired = await acquireResources(deps, fence, resources, signal, {
        onWaiting: (name, { holder }) => events.setLabel(`waiting for ${name}, held by ${holder}`),
      });
      timeout.run();
      if (acquired.kind === "acquired") for (const name of resources) execution.writer.resources.add(name);
      if (acquired.kind === "leaseLost" || acquired.kind === "cancelled") {
        execution.writer.accepts(acquired);
        return await new Promise<never>(() => {});
      }
      // Granted, but so late that the stage was told to stop: what it would do there, its successor may be doing.
      if (!execution.stopping.mayBegin()) return await new Promise<never>(() => {});
      if (acquired.kind === "acquired" && signal.aborted) await execution.writer.release(resources);
      if (acquired.kind !== "acquired" || signal.aborted) throw signal.reason ?? new Interrupted("shutdown", 0);
      try {
        return await fn({ signal, token: acquired.token });
      } finally {
        await execution.writer.release(resources);
      }
    } finally {
      isHolding = false;
    }
  };
}
