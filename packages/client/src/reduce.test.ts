/** A page of events at once is the same as one after the other. */
import type { EventFrame } from "@holdfast/protocol";
import { expect, test } from "vitest";
import { type ClientRun, reduceEvents, reduceRun } from "./reduce.js";

const stage = (name: string): ClientRun["stages"][number] => ({
  name,
  title: name,
  label: null,
  kind: "primary",
  status: "pending",
  attempts: [],
});
const RUN = {
  id: "r",
  status: "queued",
  generation: 1,
  head: 1,
  updatedAt: 1,
  startedAt: null,
  lease: null,
  wish: null,
  stages: [stage("a"), stage("b")],
} as unknown as ClientRun;

const STORY: readonly [type: string, data: object][] = [
  ["run.claimed", {}],
  ["stage.started", { stage: "a", attempt: 1 }],
  ["stage.retrying", { stage: "a", attempt: 1, error: { name: "Error", message: "once" } }],
  ["stage.started", { stage: "a", attempt: 2 }],
  ["log", { text: "a line" }],
  ["stage.completed", { stage: "a", attempt: 2 }],
  ["stage.started", { stage: "b", attempt: 1 }],
  ["stage.started", { stage: "undeclared", attempt: 1 }],
  ["run.recovered", { action: "resume", reason: "silent", recoveries: 1 }],
  ["run.claimed", {}],
  ["stage.started", { stage: "b", attempt: 2 }],
  ["stage.failed", { stage: "b", attempt: 2, error: { name: "Error", message: "no" } }],
  ["run.failed", { reason: "stage", error: { name: "Error", message: "no" } }],
  ["run.restarted", { generation: 2 }],
  ["run.claimed", {}],
  ["stage.started", { stage: "a", attempt: 3 }],
  ["run.paused", { reason: "asked" }],
  ["run.resumed", { through: "b" }],
  ["run.completed", {}],
];
const EVENTS = STORY.map(([type, data], index) => ({ seq: index + 2, at: 10 * index, type, data })) as EventFrame[];

test("a page of events at once is the same as one after the other, wherever it is cut", () => {
  const one = EVENTS.reduce(reduceRun, RUN);
  expect(one).toMatchObject({ status: "completed", generation: 2, through: "b", head: EVENTS.length + 1 });
  // The time of a restarted run counts from the first claim of its new generation.
  expect(one.startedAt).toBe(EVENTS[EVENTS.findIndex(({ type }) => type === "run.restarted") + 1]?.at);
  expect(one.stages.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "a interrupted",
    "b pending",
    "undeclared pending",
  ]);
  for (let cut = 0; cut <= EVENTS.length; cut++) {
    expect(reduceEvents(reduceEvents(RUN, EVENTS.slice(0, cut)), EVENTS.slice(cut))).toEqual(one);
  }
});

test("what it was given stays as it was", () => {
  const before = structuredClone(RUN);
  reduceEvents(RUN, EVENTS);
  expect(RUN).toEqual(before);
});

const eventsOf = (story: typeof STORY, from = 2) =>
  story.map(([type, data], index) => ({ seq: index + from, at: 10 * index, type, data })) as EventFrame[];

test("a run that waits holds no worker, its wait stays open, and ends with its run at the latest", () => {
  const waiting = reduceEvents(
    RUN,
    eventsOf([
      ["run.claimed", {}],
      ["stage.started", { stage: "a", attempt: 1, wait: { kind: "sleep", dueAt: 99 } }],
      ["run.waiting", { reason: "sleep a", wakeAt: 99 }],
    ]),
  );
  expect(waiting).toMatchObject({ status: "waiting", reason: "sleep a", wakeAt: 99, lease: null });
  expect(waiting.stages[0]).toMatchObject({
    status: "waiting",
    attempts: [{ status: "waiting", finishedAt: null, wait: { kind: "sleep", dueAt: 99 } }],
  });
  const woken = reduceEvents(
    waiting,
    eventsOf([
      ["stage.completed", { stage: "a", attempt: 1, ms: 90 }],
      ["run.woken", { stage: "a" }],
    ]),
  );
  expect(woken).toMatchObject({ status: "queued", reason: null, wakeAt: null });
  expect(woken.stages[0]).toMatchObject({ status: "completed", attempts: [{ status: "completed" }] });
  const paused = reduceEvents(waiting, eventsOf([["run.paused", { reason: "lunch" }]]));
  expect(paused.stages[0]?.status).toBe("waiting");
  const cancelled = reduceEvents(waiting, eventsOf([["run.cancelled", { reason: null }]]));
  expect(cancelled.stages[0]).toMatchObject({ status: "interrupted", attempts: [{ status: "interrupted" }] });
});
