/**
 * A resume, rehearsed: the workflow function is called, its stages and maps are answered from the records by the rules that
 * an execution goes by (`decide-stage.ts`, `decide-map.ts`), and what would run is written down. No stage, no item and no
 * unread source is executed, and nothing is written. Code between stages runs as it does on every resume.
 *
 * What can be known is looked at first. The answer of a map that runs is known where all its items succeed; the output of a
 * stage that runs is not. One that is recorded is answered in its place, and only once nothing else moves: from then on the
 * rest is explored, and whatever depends on outputs is "unknown".
 */
import {
  type DriftItem,
  ItemsFailedError,
  type MapState,
  NO_COST,
  recordError,
  StageFailedError,
  type StageRecord,
  THROUGH_REASON,
  toRecordedCost,
  WrongUseError,
} from "@holdfast/core";
import { systemClock } from "../base/system-clock.js";
import { outdatedBy, outdatedUses } from "../dataset/check-sources.js";
import { erasedKeysOf } from "../dataset/erased.js";
import { countItems, type ItemCount } from "../map/count-items.js";
import { decideMap, wordMissing } from "../map/decide-map.js";
import { foreseeItems } from "../map/foresee-items.js";
import { allowedFailures, makeSource } from "../map/map-stage.js";
import { hashConfig, inputsOf, type MapCallOptions } from "../map/open-map.js";
import { reusableHashes } from "../map/paid-before.js";
import { withRaisedBudget } from "../map/raised-budget.js";
import { hasItemsToRedo, parseRedo } from "../map/selection.js";
import { IterableSource } from "../map/source.js";
import { withinBudget } from "../map/within-budget.js";
import { CallRegistry } from "../run/call-registry.js";
import type { JudgedDrift } from "../run/drift-terms.js";
import { stageFailureIn, wordFailure } from "../run/failure.js";
import { loadOutput } from "../run/outputs.js";
import { owner, silently } from "../run/stray.js";
import { checkMapOptions, checkStageOptions } from "../stage/check-options.js";
import { decideStage, type StageDecision } from "../stage/decide-stage.js";
import { hashInputs } from "../stage/stage-call.js";
import type { RunContext, StageOptions } from "../workflow/context.js";
import type { MapRef } from "../workflow/refs.js";
import { isWithinThrough } from "../workflow/through.js";
import { foreseeCheckpoint } from "./foresee-checkpoint.js";
import type { Ending, Fate, Rehearsal, RehearsalParts, RehearsalRequest, RehearsedMap } from "./rehearsal.js";
import { rehearseWaits } from "./rehearse-waits.js";
import { rehearsedChildren } from "./rehearsed-children.js";

/** Without a call or an answer for so long, the function waits for what only an execution gives. */
const QUIET_MS = 100;
/** The same where a stage is known to be waited for: what else was ready has run by then. */
const WAITING_MS = 10;
const QUIET_TURNS = 10;

export async function rehearse(parts: RehearsalParts, request: RehearsalRequest): Promise<Rehearsal> {
  const play = new Play(parts, request);
  await play.run();
  return play;
}

const never = () => new Promise<never>(() => {});
/** In the digest of a map whose results change: no recorded hash was made of it. */
const REDONE = "results that this resume changes: ";

interface Declared {
  readonly inputs: unknown;
  readonly inputsHash: string | null;
}

class Play implements Rehearsal {
  readonly fates = new Map<string, Fate>();
  readonly maps = new Map<string, RehearsedMap>();
  readonly drift: DriftItem[] = [];
  readonly refused: DriftItem[] = [];
  readonly checkpoints = new Map<string, DriftItem | null>();
  ending: Ending | null = null;

  private registry: CallRegistry;
  private readonly records: Map<string, StageRecord>;
  private readonly replayedFailures = new Set<string>();
  /** Answers that stand in for outputs that nobody knows. */
  private held: (() => void)[] = [];
  /** Such an answer was given: what is asked from now on may not be asked, or asked otherwise. */
  private isGuessing = false;
  /** A map that runs was answered: a drift from here on stops the run, it does not refuse the resume. */
  private isBehindItems = false;
  private hasPassedThrough = false;
  private isParked = false;
  private isWaiting = false;
  /** Why the run would pause. */
  private pause: string | null = null;
  private answering = 0;
  /** Calls and answers so far. */
  private changes = 0;

  constructor(
    private readonly parts: RehearsalParts,
    private readonly request: RehearsalRequest,
  ) {
    this.registry = new CallRegistry(request.workflow.stages);
    this.records = new Map(request.history.flatMap(({ stage, record }) => (record === null ? [] : [[stage, record]])));
  }

  /** Until the function has ended, or waits for what is not recorded. A failure that ended the run is tried again. */
  async run(): Promise<void> {
    for (;;) {
      const ended = await this.play();
      const failed = ended?.kind === "threw" ? stageFailureIn(ended.error) : null;
      if (failed === null || !this.replayedFailures.delete(failed.stage)) return this.conclude(ended);
      // Of a run that is not failed it is not told whether somebody resumed the failure before.
      if (this.isGuessing || !this.request.terms.isReopening) {
        this.fates.set(failed.stage, "unknown");
        return;
      }
      // What was begun beside it ends first, and may pause the run before the failure is tried again.
      this.registry.close();
      await this.untilQuiet();
      if (this.pause !== null) return this.conclude(ended);
      this.records.delete(failed.stage);
      this.fates.delete(failed.stage);
      this.registry = new CallRegistry(this.request.workflow.stages);
    }
  }

  private conclude(ended: Ended | null): void {
    if (this.isGuessing || this.refused.length > 0) return;
    if (this.pause !== null) this.ending = { status: "paused", reason: this.pause };
    else if (ended?.kind === "returned") this.ending = { status: "completed", reason: null };
    else if (ended?.kind === "threw") this.ending = { status: "failed", reason: wordFailure(ended.error) };
    else if (this.isParked && !this.isWaiting) this.ending = { status: "paused", reason: THROUGH_REASON };
  }

  private async play(): Promise<Ended | null> {
    const { run, workflow } = this.request;
    const { registry } = this;
    const context = {
      input: run.input,
      runId: run.id,
      startedAt: run.startedAt ?? run.createdAt,
      folder: this.parts.artifacts.runFolder(run.id),
      stage: silently((name: string, given: unknown, fn: unknown) =>
        registry.isCurrent ? this.stage(name, given, fn) : never(),
      ),
      ...rehearsedChildren((name) => (registry.isCurrent ? this.stage(name, {}, never) : never())),
      ...rehearseWaits(workflow, this.parts.clock, (name) =>
        registry.isCurrent ? this.stage(name, {}, never) : never(),
      ),
      map: silently((name: string, given: unknown, options: MapCallOptions, fn: unknown) =>
        registry.isCurrent ? this.map(name, given, options, fn) : never(),
      ),
    };
    const call = async () => workflow.definition.run(context as unknown as RunContext<unknown, string>);
    let ended: Ended | null = null;
    const ending = owner.run({ stage: null, onStray: () => {} }, call).then(
      () => {
        ended = { kind: "returned" };
      },
      (error) => {
        ended = { kind: "threw", error };
      },
    );
    this.noteChange();
    while (ended === null) {
      await Promise.race([ending, this.untilQuiet()]);
      if (ended !== null || this.answering > 0) continue;
      if (this.held.length === 0) return null;
      this.isGuessing = true;
      for (const give of this.held.splice(0)) give();
    }
    return ended;
  }

  /**
   * Until nothing has moved for a while. On another clock than the machine's nothing but records can be waited for, so turns
   * of the event loop are enough, and nobody has to move that clock on.
   */
  private async untilQuiet(): Promise<void> {
    const { clock } = this.parts;
    for (let seen = -1; seen !== this.changes; ) {
      seen = this.changes;
      if (clock === systemClock) {
        await clock.sleep(this.isWaiting || this.isParked || this.held.length > 0 ? WAITING_MS : QUIET_MS);
      } else {
        for (let turn = 0; turn < QUIET_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.answering > 0) seen = -1;
    }
  }

  private noteChange(): void {
    this.changes++;
  }

  private async stage(name: string, given: unknown, maybeFn: unknown): Promise<unknown> {
    this.registry.register(name);
    this.noteChange();
    const [options, fn] = typeof given === "function" ? [{}, given] : [given as StageOptions<never>, maybeFn];
    if (typeof fn !== "function") throw new WrongUseError({ problem: `Stage ${name}: a function is expected.` });
    checkStageOptions(name, options);
    this.notePassing(name);
    const isGuessed = this.isGuessing;
    const record = this.records.get(name) ?? null;
    const declared = declare(name, record, options.inputs);
    const outdated = await this.outdated(record);
    const decision = decideStage(record, { inputsHash: declared.inputsHash, outdated }, this.request.terms);
    if (decision.kind === "answer") return this.answer(name, record, decision, isGuessed);
    const isSure = !isGuessed || isRedone(declared.inputs) || outdated !== null;
    const isWithin = isWithinThrough(this.request.run, name, this.hasPassedThrough);
    const find = isWithin ? foreseeCheckpoint(this.parts.store, this.request, name, options, this.checkpoints) : null;
    const checkpoint = find === null ? null : await this.during(find);
    const judged = [
      ...(decision.kind === "run" ? [] : [decision.judged]),
      ...(checkpoint === null ? [] : [checkpoint]),
    ];
    const settled: StageDecision = checkpoint?.verdict === "refuse" ? { kind: "refuse", judged: checkpoint } : decision;
    const isBegun = this.begin(name, settled, { isSure, declared, judged });
    if (isBegun && isSure && settled.kind === "run") this.isWaiting = true;
    if (!isBegun || record === null || record.outcome === "failed") return never();
    await this.untilGuessing();
    return this.load(record);
  }

  private async map(name: string, given: unknown, options: MapCallOptions, fn: unknown): Promise<unknown> {
    this.registry.register(name);
    this.noteChange();
    if (typeof fn !== "function") throw new WrongUseError({ problem: `Map ${name}: a function is expected.` });
    checkMapOptions(name, options);
    const { store } = this.parts;
    const { run, terms } = this.request;
    const source = makeSource(store, name, given, options);
    if (source instanceof IterableSource) source.passOver(() => erasedKeysOf(store, run.id));
    const state = this.request.maps.find(({ stage }) => stage === name) ?? null;
    const map = { stage: name, configHash: hashConfig(name, state?.configHash, options.config), source };
    this.maps.set(name, { configHash: map.configHash, count: null });
    this.notePassing(name);
    const isGuessed = this.isGuessing;
    const record = this.records.get(name) ?? null;
    const declared = declare(name, record, inputsOf(options, source));
    const redo = parseRedo(run.directive?.only ?? null);
    const results = { store, runId: run.id, stage: name, configHash: map.configHash };
    const isReopened = record !== null && redo !== null && (await this.during(hasItemsToRedo(results, redo)));
    const { inputsHash } = declared;
    const outdated = isReopened ? null : await this.outdated(record);
    const decision: StageDecision = isReopened ? { kind: "run" } : decideStage(record, { inputsHash, outdated }, terms);
    if (decision.kind === "answer") return this.answer(name, record, decision, isGuessed);
    const uses = await this.during(outdatedUses(store, run, name));
    const again = { redo, isAllAgain: uses.some(({ isSource }) => !isSource) };
    const decided = decideMap(state, map, again, terms);
    const foreseen = await this.during(foreseeItems(store, run.id, { stage: name, source, state }, decided, terms));
    const now = foreseen.decision;
    const of = { isSure: !isGuessed, declared, judged: now.judged };
    const isBegun = this.begin(name, now.isRefused ? { kind: "refuse" } : decision, of);
    const isRunning = isBegun && !isGuessed && !now.isRefused && decision.kind !== "refuse";
    if (isRunning) {
      if (!this.request.isCounting && !terms.isRedoingItems) {
        this.isWaiting = true;
        return never();
      }
      const openIntents = state === null ? [] : await this.during(store.listOpenIntents(run.id, name));
      const isFirstExecution = run.startedAt === null && run.generation === 1;
      const configHashes = reusableHashes(map.configHash, options.config);
      const counting = { store, run, map, configHashes, state, openIntents, decision: now, isFirstExecution };
      const counted = withinBudget(
        await this.during(countItems(counting)),
        withRaisedBudget(options, name, run),
        state,
      );
      const count = foreseen.isLeavingOut ? { ...counted, items: null, calls: null, after: null } : counted;
      this.maps.set(name, { configHash: map.configHash, count });
      if (count.after !== null) return this.answerMap(name, options, state, count.after);
      this.isWaiting = true;
    }
    if (!isBegun || record?.outcome !== "completed") return never();
    await this.untilGuessing();
    // Of one that would run nobody knows whether it ends well, and so whether what comes behind is asked for at all.
    const digest = now.isRefused || decision.kind === "refuse" ? `${REDONE}${name}` : `unknown results of ${name}`;
    return { ...((await this.load(record)) as MapRef), digest };
  }

  /** The answer of a map that runs and whose items all succeed. */
  private answerMap(
    stage: string,
    options: MapCallOptions,
    state: MapState | null,
    after: NonNullable<ItemCount["after"]>,
  ): MapRef | Promise<never> {
    const { missing, errors: failed, total } = after;
    if (missing > 0) {
      this.pause ??= wordMissing(missing);
      return never();
    }
    this.isBehindItems = !this.request.terms.isRedoingItems;
    const allowed = allowedFailures(options.maxFailed ?? 0, total);
    if (failed > allowed) {
      const error = new ItemsFailedError({ stage, failed, total, allowed });
      throw new StageFailedError(stage, 1, recordError(error));
    }
    const digest = `${REDONE}${stage}`;
    return {
      kind: "map",
      runId: this.request.run.id,
      stage,
      digest,
      total,
      ok: total - failed,
      failed,
      ...toRecordedCost(state?.cost ?? NO_COST),
    };
  }

  private async outdated(record: StageRecord | null): Promise<DriftItem | null> {
    const { run } = this.request;
    if (record === null || run.directive?.outdated === undefined) return null;
    return this.during(outdatedBy(this.parts.store, run, record));
  }

  private notePassing(stage: string): void {
    if (stage === this.request.run.through) this.hasPassedThrough = true;
  }

  /** A stage whose record does not answer: whether it begins, or would without a refusal. */
  private begin(
    stage: string,
    decision: { readonly kind: "run" | "redo" | "refuse" | "answer"; readonly judged?: JudgedDrift | null },
    of: { readonly isSure: boolean; readonly declared: Declared; readonly judged?: readonly JudgedDrift[] },
  ): boolean {
    const judged = of.judged?.length ? of.judged : decision.judged ? [decision.judged] : [];
    for (const one of judged) this.noteDrift(one, of.declared.inputs, of.isSure);
    if (decision.kind !== "refuse" && !isWithinThrough(this.request.run, stage, this.hasPassedThrough)) {
      this.isParked = true;
      return false;
    }
    if (this.fates.get(stage) !== "run") {
      this.fates.set(stage, of.isSure ? (decision.kind === "refuse" ? "refuse" : "run") : "unknown");
    }
    return true;
  }

  private noteDrift({ drift, verdict, isTold }: JudgedDrift, inputs: unknown, isSure: boolean): void {
    // What only follows from items that are done again on purpose is no drift of the input.
    if (isTold || !isRedone(inputs)) this.drift.push(drift);
    if (verdict !== "refuse" || !isSure || this.isGuessing) return;
    if (this.isBehindItems) this.pause ??= "drift";
    else this.refused.push(drift);
  }

  /** From the record. Behind a guess it answers for certain only where nothing that it depends on can have changed. */
  private async answer(
    stage: string,
    record: StageRecord | null,
    { judged }: Extract<StageDecision, { readonly kind: "answer" }>,
    isGuessed: boolean,
  ): Promise<unknown> {
    if (record === null) return never();
    if (judged !== null) this.drift.push(judged.drift);
    const isSure = !isGuessed || record.inputsHash === null || this.request.terms.accept === "reuse";
    this.fates.set(stage, isSure ? "keep" : "unknown");
    if (record.outcome === "failed") {
      this.replayedFailures.add(stage);
      throw new StageFailedError(stage, record.attempt, record.error ?? NO_ERROR);
    }
    return this.load(record);
  }

  private load({ output }: StageRecord): Promise<unknown> {
    return this.during(loadOutput(output, this.request.run.id, this.parts.artifacts));
  }

  private async during<T>(work: Promise<T>): Promise<T> {
    this.answering++;
    try {
      return await work;
    } finally {
      this.answering--;
      this.noteChange();
    }
  }

  private async untilGuessing(): Promise<void> {
    if (!this.isGuessing) await new Promise<void>((resolve) => this.held.push(resolve));
  }
}

type Ended = { readonly kind: "returned" } | { readonly kind: "threw"; readonly error: unknown };

const NO_ERROR = { name: "Error", message: "the stage failed" };

function declare(stage: string, record: StageRecord | null, inputs: unknown): Declared {
  return { inputs, inputsHash: hashInputs(stage, record?.inputsHash, inputs) };
}

/** Whether a value carries results that the resume changes: its hash is then none that was ever recorded. */
function isRedone(inputs: unknown): boolean {
  return inputs !== undefined && (JSON.stringify(inputs) ?? "").includes(REDONE);
}
