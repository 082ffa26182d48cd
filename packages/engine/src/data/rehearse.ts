/**
 * What a changed input would change: the workflow function is called with it once, answered from the records alone, and
 * what its stages and maps declare is compared with what they were recorded under. No stage, no item and no source of
 * items is executed, and nothing is written. Code between stages runs as it does on every resume.
 *
 * A stage whose record no longer fits answers with that record all the same, so that what lies behind it is looked at too;
 * a map answers with another digest, so that stages which declare its results follow.
 */
import {
  type Clock,
  type DriftItem,
  type MapState,
  type RunRecord,
  StageFailedError,
  type StageHistory,
  type Store,
} from "@holdfast/core";
import type { ArtifactStore } from "../artifact/artifact-store.js";
import type { RunContext, StageOptions } from "../context.js";
import { CallRegistry } from "../execution/call-registry.js";
import { inputsDrift } from "../execution/drift.js";
import { loadOutput } from "../execution/outputs.js";
import { hashInputs } from "../execution/stage-call.js";
import { hashLike } from "../hash.js";
import type { MapRef } from "../refs.js";
import type { Workflow } from "../workflow.js";
import { driftOf, hashConfig, inputsOf, type MapCallOptions, makeSource } from "./map/map-stage.js";

/** Without a call or an answer for so long, the function waits for what only an execution gives. */
const QUIET_MS = 100;

export interface Rehearsal {
  readonly drift: readonly DriftItem[];
  /** Stages whose record no longer fits. */
  readonly outdated: ReadonlySet<string>;
  /** The config hashes that maps would have. */
  readonly configHashes: ReadonlyMap<string, string>;
}

export interface RehearsalParts {
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
}

export async function rehearse(
  parts: RehearsalParts,
  workflow: Workflow,
  run: RunRecord,
  recorded: { readonly history: readonly StageHistory[]; readonly maps: readonly MapState[] },
): Promise<Rehearsal> {
  const rehearsed = new Rehearsed(parts, workflow, run, recorded);
  await rehearsed.play();
  return rehearsed;
}

const never = () => new Promise<never>(() => {});

class Rehearsed implements Rehearsal {
  readonly drift: DriftItem[] = [];
  readonly outdated = new Set<string>();
  readonly configHashes = new Map<string, string>();
  private readonly registry: CallRegistry;
  private readonly history: ReadonlyMap<string, StageHistory>;
  private answering = 0;
  private changedAt = 0;

  constructor(
    private readonly parts: RehearsalParts,
    private readonly workflow: Workflow,
    private readonly run: RunRecord,
    private readonly recorded: { readonly history: readonly StageHistory[]; readonly maps: readonly MapState[] },
  ) {
    this.registry = new CallRegistry(workflow.stages);
    this.history = new Map(recorded.history.map((entry) => [entry.stage, entry]));
  }

  /** Until the function has ended, or waits for what is not recorded. */
  async play(): Promise<void> {
    const { run, parts } = this;
    const context = {
      input: run.input,
      runId: run.id,
      startedAt: run.startedAt ?? run.createdAt,
      stage: (name: string, options: unknown) => this.stage(name, options),
      map: (name: string, given: unknown, options: MapCallOptions) => this.map(name, given, options),
    };
    const body = async () => this.workflow.definition.run(context as unknown as RunContext<unknown, string>);
    let isEnded = false;
    // What it throws is for the execution to judge.
    const ended = body().then(
      () => undefined,
      () => undefined,
    );
    void ended.then(() => {
      isEnded = true;
    });
    this.noteChange();
    while (!isEnded) {
      const quietMs = parts.clock.monotonicMs() - this.changedAt;
      if (this.answering === 0 && quietMs >= QUIET_MS) return;
      await Promise.race([ended, parts.clock.sleep(QUIET_MS)]);
    }
  }

  private noteChange(): void {
    this.changedAt = this.parts.clock.monotonicMs();
  }

  private async stage(name: string, given: unknown): Promise<unknown> {
    this.registry.register(name);
    const options = typeof given === "function" ? {} : (given as StageOptions<never>);
    const record = this.history.get(name)?.record ?? null;
    this.noteChange();
    if (record === null) return never();
    this.compare(name, record.inputsHash, hashInputs(name, record.inputsHash, options.inputs));
    return this.answer(name);
  }

  private async map(name: string, given: unknown, options: MapCallOptions): Promise<unknown> {
    this.registry.register(name);
    this.noteChange();
    const source = makeSource(this.parts.store, name, given, options);
    const state = this.recorded.maps.find(({ stage }) => stage === name);
    const configHash = hashConfig(name, state?.configHash, options.config);
    this.configHashes.set(name, configHash);
    const drifts = state === undefined ? [] : driftOf(state, { stage: name, options, source });
    this.drift.push(...drifts);
    const record = this.history.get(name)?.record ?? null;
    if (record === null) return never();
    // A map that a fork kept has no state of its own: its record's inputs tell.
    if (state === undefined)
      this.compare(name, record.inputsHash, hashLike(record.inputsHash, inputsOf(options, source), name));
    else if (drifts.length > 0) this.outdated.add(name);
    const answer = (await this.answer(name)) as MapRef;
    return this.outdated.has(name) ? { ...answer, digest: `${answer.digest} done again` } : answer;
  }

  private compare(stage: string, was: string | null, now: string | null): void {
    if (was === now) return;
    this.outdated.add(stage);
    this.drift.push(inputsDrift(stage, was, now));
  }

  private async answer(stage: string): Promise<unknown> {
    const record = this.history.get(stage)?.record ?? null;
    if (record === null) return never();
    if (record.outcome === "failed") {
      throw new StageFailedError(stage, record.attempt, record.error ?? { name: "Error", message: "the stage failed" });
    }
    this.answering++;
    try {
      return await loadOutput(record.output, this.run.id, this.parts.artifacts);
    } finally {
      this.answering--;
      this.noteChange();
    }
  }
}
