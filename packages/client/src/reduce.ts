/**
 * Computes a run's state from its events. Pure, so that a snapshot plus the events after it equals a later snapshot. Only
 * fields that events describe are changed here; progress, lease and health arrive as latest values.
 */
import type { EventFrame, ProgressFrame, run } from "@holdfast/protocol";
import type { z } from "zod";

/** A run as the server returns it, without its output. */
export type ClientRun = z.output<typeof run>;
type Stage = ClientRun["stages"][number];
type Attempt = Stage["attempts"][number];
// biome-ignore lint/suspicious/noExplicitAny: the facts of an event, by its type; what is missing stays as it was
type Facts = any;

export const reduceRun = (run: ClientRun, event: EventFrame): ClientRun => reduceEvents(run, [event]);

/** Applies a whole page at once, so that a run with a thousand stages is copied once, not once for each event. */
export function reduceEvents(run: ClientRun, events: readonly EventFrame[]): ClientRun {
  if (events.length === 0) return run;
  const next = { ...run };
  const stages = new Stages(run.stages);
  for (const event of events) {
    next.head = event.seq;
    next.updatedAt = Math.max(next.updatedAt, event.at);
    Object.assign(next, changeOfRun(next, stages, event, event.data ?? {}));
  }
  next.stages = stages.list;
  return next;
}

function changeOfRun(run: ClientRun, stages: Stages, event: EventFrame, facts: Facts): Partial<ClientRun> {
  switch (event.type) {
    case "run.claimed":
      return { status: "running", reason: null, startedAt: run.startedAt ?? event.at, wakeAt: null };
    case "run.paused":
      return { ...rest(stages, event), status: "paused", reason: facts.reason ?? null, wakeAt: facts.wakeAt ?? null };
    case "run.waiting":
      return { ...rest(stages, event), status: "waiting", reason: facts.reason ?? null, wakeAt: facts.wakeAt ?? null };
    case "run.woken":
      return { status: "queued", reason: null, wakeAt: null };
    case "run.resumed":
      return { ...REOPENED, through: facts.through ?? null };
    case "run.handed_back":
      return { ...rest(stages, event), status: "queued", reason: null };
    case "run.recovered":
      // After a recovery that pauses, fails or cancels the run, a separate event says so.
      if (facts.action !== "resume") return {};
      return {
        ...rest(stages, event),
        status: "queued",
        reason: facts.reason ?? null,
        recoveries: facts.recoveries,
      };
    case "run.restarted":
      // Attempts of earlier generations stay visible but no longer count.
      endWaits(stages, event);
      stages.changeAll(() => ({ status: "pending" }));
      return { ...REOPENED, generation: facts.generation, lastError: null, startedAt: null };
    case "run.continued":
      endWaits(stages, event);
      stages.changeAll(() => ({ status: "pending" }));
      return { ...rest(stages, event), status: "queued", reason: null, generation: facts.generation, lastError: null };
    case "run.completed":
      endWaits(stages, event);
      return { ...rest(stages, event), status: "completed", reason: null, finishedAt: event.at };
    case "run.failed":
      endWaits(stages, event);
      return {
        ...rest(stages, event),
        status: "failed",
        finishedAt: event.at,
        reason: facts.reason ?? null,
        error: facts.error ?? null,
      };
    case "run.cancelled":
      endWaits(stages, event);
      return { ...rest(stages, event), status: "cancelled", reason: facts.reason ?? null, finishedAt: event.at };
    case "stage.started":
    case "stage.completed":
    case "stage.failed":
    case "stage.retrying":
      stages.change(String(facts.stage), (stage) => changeOf(stage, run.generation, event, facts));
      return {};
    default:
      return {};
  }
}

/**
 * Applies the latest values of fields that events do not describe. A frame that was read before the newest event may have an
 * outdated status; a frame that is ahead of the events waits for them (`RunWatch`).
 */
export function applyProgress(run: ClientRun, frame: ProgressFrame): ClientRun {
  const { status, reason, wish, progress, revision } = frame;
  const { published = run.published } = frame;
  const latest = { ...run, wish, progress, published, revision, updatedAt: Math.max(run.updatedAt, frame.at) };
  return frame.head < run.head ? latest : { ...latest, status, reason };
}

/** State of a run that nobody executes: running attempts were interrupted, and no wish is pending. */
function rest(stages: Stages, event: EventFrame): Pick<ClientRun, "lease" | "wish"> {
  interrupt(stages, event, "running");
  return { lease: null, wish: null };
}

/** The run has ended, or begins again: nobody waits any more. */
const endWaits = (stages: Stages, event: EventFrame) => interrupt(stages, event, "waiting");

function interrupt(stages: Stages, event: EventFrame, status: "running" | "waiting"): void {
  stages.changeAll((stage) => {
    if (stage.status !== status) return null;
    const attempts = stage.attempts.map(
      (attempt): Attempt =>
        attempt.status === status ? { ...attempt, status: "interrupted", finishedAt: event.at } : attempt,
    );
    return { status: "interrupted", attempts };
  });
}

const REOPENED = {
  status: "queued",
  reason: null,
  finishedAt: null,
  error: null,
  output: null,
  wish: null,
  wakeAt: null,
} as const;

/** Stages changed by events: the list is copied at the first change, each stage at its own. */
class Stages {
  private places: Map<string, number> | null = null;
  private copy: Stage[] | null = null;

  constructor(private readonly first: Stage[]) {}

  get list(): Stage[] {
    return this.copy ?? this.first;
  }

  change(name: string, changeOf: (stage: Stage) => Partial<Stage>): void {
    this.places ??= new Map(this.first.map((stage, place) => [stage.name, place]));
    this.copy ??= [...this.first];
    const place = this.places.get(name) ?? this.copy.length;
    this.places.set(name, place);
    const stage: Stage = this.copy[place] ?? {
      name,
      title: name,
      label: null,
      kind: "primary",
      status: "pending",
      attempts: [],
    };
    this.copy[place] = { ...stage, ...changeOf(stage) };
  }

  /** Null leaves a stage unchanged. */
  changeAll(changeOf: (stage: Stage) => Partial<Stage> | null): void {
    this.copy = this.list.map((stage) => {
      const change = changeOf(stage);
      return change === null ? stage : { ...stage, ...change };
    });
  }
}

function changeOf(
  stage: Stage,
  generation: number,
  event: EventFrame,
  facts: Facts,
): Pick<Stage, "status" | "attempts"> & Partial<Pick<Stage, "label">> {
  const { attempt } = facts;
  const set = (change: Partial<Attempt>): Attempt[] =>
    stage.attempts.map((one) => (one.attempt === attempt ? { ...one, ...change } : one));
  switch (event.type) {
    case "stage.started": {
      const started: Attempt = {
        attempt,
        generation,
        status: facts.wait === undefined ? "running" : "waiting",
        label: facts.label ?? null,
        startedAt: event.at,
        finishedAt: null,
        error: null,
        wait: facts.wait ?? null,
      };
      const attempts = [...stage.attempts.filter((one) => one.attempt !== attempt), started];
      return { status: started.status, label: started.label ?? stage.label, attempts };
    }
    case "stage.completed":
      return { status: "completed", attempts: set({ status: "completed", finishedAt: event.at }) };
    case "stage.failed":
      return {
        status: "failed",
        attempts: set({ status: "failed", finishedAt: event.at, error: facts.error ?? null }),
      };
    default: {
      // A person's resume reopened a recorded failure, or an attempt failed and another follows.
      const isEnd = stage.attempts.some((one) => one.attempt === attempt && one.status === "running");
      const attempts = isEnd
        ? set({ status: "failed", finishedAt: event.at, error: facts.error ?? null })
        : stage.attempts;
      return { status: "pending", attempts };
    }
  }
}
