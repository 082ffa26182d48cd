/**
 * A run's state from its events: pure, so that a snapshot with the events after it equals the snapshot taken later. Only what
 * events tell is changed here; progress, lease and health come as latest values.
 */
import type { EventFrame, ProgressFrame, run } from "@holdfast/protocol";
import type { z } from "zod";

/** A run as the server answers it, without its output. */
export type ClientRun = z.output<typeof run>;
type Stage = ClientRun["stages"][number];
type Attempt = Stage["attempts"][number];
// biome-ignore lint/suspicious/noExplicitAny: the facts of an event, by its type; what is missing stays as it was
type Facts = any;

export function reduceRun(run: ClientRun, event: EventFrame): ClientRun {
  const facts: Facts = event.data ?? {};
  const next: ClientRun = { ...run, head: event.seq, updatedAt: Math.max(run.updatedAt, event.at) };
  switch (event.type) {
    case "run.claimed":
      return { ...next, status: "running", reason: null, startedAt: run.startedAt ?? event.at, wakeAt: null };
    case "run.paused":
      return { ...atRest(next, event), status: "paused", reason: facts.reason ?? null, wakeAt: facts.wakeAt ?? null };
    case "run.resumed":
      return { ...reopened(next), through: facts.through ?? null };
    case "run.handed_back":
      return { ...atRest(next, event), status: "queued", reason: null };
    case "run.recovered":
      // A recovery that pauses, fails or cancels is followed by the event that says so.
      return facts.action === "resume"
        ? { ...atRest(next, event), status: "queued", reason: facts.reason ?? null, recoveries: facts.recoveries }
        : next;
    case "run.restarted":
      return { ...reopened(next), generation: facts.generation, stages: run.stages.map(untried), lastError: null };
    case "run.completed":
      return { ...atRest(next, event), status: "completed", reason: null, finishedAt: event.at };
    case "run.failed": {
      const failed = { ...atRest(next, event), status: "failed" as const, finishedAt: event.at };
      return { ...failed, reason: facts.reason ?? null, error: facts.error ?? null };
    }
    case "run.cancelled":
      return { ...atRest(next, event), status: "cancelled", reason: facts.reason ?? null, finishedAt: event.at };
    case "stage.started":
    case "stage.completed":
    case "stage.failed":
    case "stage.retrying":
      return { ...next, stages: withStage(next, event, facts) };
    default:
      return next;
  }
}

/**
 * The newest value of what events do not tell. A frame that was read before the newest event may have an older status, which
 * the event has changed; a frame that is ahead of the events waits for them (`RunWatch`).
 */
export function applyProgress(run: ClientRun, frame: ProgressFrame): ClientRun {
  const { status, reason, wish, progress, revision } = frame;
  const latest = { ...run, wish, progress, revision, updatedAt: Math.max(run.updatedAt, frame.at) };
  return frame.head < run.head ? latest : { ...latest, status, reason };
}

/** Nobody executes it: attempts that were under way were interrupted, and no wish is left. */
function atRest(run: ClientRun, event: EventFrame): ClientRun {
  const stages = run.stages.map((stage): Stage => {
    if (stage.status !== "running") return stage;
    const attempts = stage.attempts.map(
      (attempt): Attempt =>
        attempt.status === "running" ? { ...attempt, status: "interrupted", finishedAt: event.at } : attempt,
    );
    return { ...stage, status: "interrupted", attempts };
  });
  return { ...run, stages, lease: null, wish: null };
}

const reopened = (run: ClientRun): ClientRun => ({
  ...run,
  status: "queued",
  reason: null,
  finishedAt: null,
  error: null,
  output: null,
  wish: null,
  wakeAt: null,
});

/** Attempts of the generations before stay visible and no longer count. */
const untried = (stage: Stage): Stage => ({ ...stage, status: "pending" });

function withStage(run: ClientRun, event: EventFrame, facts: Facts): Stage[] {
  const name = String(facts.stage);
  const found = run.stages.find((stage) => stage.name === name);
  const stage: Stage = found ?? { name, title: name, label: null, kind: "primary", status: "pending", attempts: [] };
  const changed = { ...stage, ...changeOf(stage, run.generation, event, facts) };
  if (found === undefined) return [...run.stages, changed];
  return run.stages.map((one) => (one === found ? changed : one));
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
        status: "running",
        label: facts.label ?? null,
        startedAt: event.at,
        finishedAt: null,
        error: null,
      };
      const attempts = [...stage.attempts.filter((one) => one.attempt !== attempt), started];
      return { status: "running", label: started.label ?? stage.label, attempts };
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
