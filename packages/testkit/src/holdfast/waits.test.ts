/** Waits of workflows on the virtual clock: what a run does around them, and what is seen of it meanwhile. */
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testHoldfast } from "./test-holdfast.js";

const input = z.object({});

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input and output
async function open(...workflows: Workflow<any, any, any>[]) {
  const holdfast = await testHoldfast({ workflows });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

/** Journals what its stages did, in order. */
function journal() {
  const lines: string[] = [];
  return { lines, note: (line: string) => void lines.push(line) };
}

test("a sleep of three days ends after three days and not before, and stages around it execute once", async () => {
  const { lines, note } = journal();
  const trial = defineWorkflow({
    name: "trial",
    input,
    run: async ({ stage, sleep }) => {
      await stage("invite", async () => note("invite"));
      await sleep("trial", "3d");
      return stage("ask", async () => {
        note("ask");
        return "asked";
      });
    },
  });
  const holdfast = await open(trial);
  const handle = await holdfast.start(trial, {});
  const result = handle.result();
  await holdfast.clock.advance("1s");
  const parked = await handle.status();
  expect(parked).toMatchObject({ status: "waiting", reason: "sleep trial", lease: null });
  expect(parked.stages).toMatchObject([
    { name: "invite", status: "completed", attempts: [{ wait: null }] },
    {
      name: "trial",
      status: "waiting",
      attempts: [{ status: "waiting", wait: { kind: "sleep", dueAt: parked.wakeAt } }],
    },
  ]);
  expect(await holdfast.runs.health(handle.id)).toMatchObject({ stuck: false, status: "waiting" });
  expect((await holdfast.runs.health(handle.id)).reason).toMatch(/^waits for sleep trial since .*, at most 72 h more$/);
  await holdfast.clock.advance("71h");
  expect(lines).toEqual(["invite"]);
  await holdfast.clock.advance("1h");
  expect(await result).toBe("asked");
  expect(lines).toEqual(["invite", "ask"]);
  const events: string[] = [];
  for await (const { type } of handle.events()) events.push(type);
  expect(events).toEqual([
    "run.created",
    "run.claimed",
    "stage.started",
    "stage.completed",
    "stage.started",
    "run.waiting",
    "stage.completed",
    "run.woken",
    "run.claimed",
    "stage.started",
    "stage.completed",
    "run.completed",
  ]);
});

test("beside a stage that works the run stays with its worker; once all that is left waits, it is parked", async () => {
  const { lines, note } = journal();
  const mixed = defineWorkflow({
    name: "mixed",
    input,
    run: async ({ stage, map, sleep }) => {
      await Promise.all([
        sleep("hour", "1h"),
        sleep("day", "1d"),
        stage("work", { attempts: 2, backoff: { initialMs: 10_000 } }, async ({ attempt }) => {
          note(`work ${attempt}`);
          if (attempt === 1) throw new Error("not yet");
        }),
        map("items", [{ id: "a" }], { key: "id" }, async () => note("item")),
      ]);
      return stage("end", async () => note("end"));
    },
  });
  const holdfast = await open(mixed);
  const handle = await holdfast.start(mixed, {});
  await holdfast.clock.advance("5s");
  expect((await handle.status()).status).toBe("running");
  await holdfast.clock.advance("10s");
  expect(await handle.status()).toMatchObject({ status: "waiting", reason: "sleep hour, sleep day" });
  await holdfast.clock.advance("1h");
  expect(await handle.status()).toMatchObject({ status: "waiting", reason: "sleep day" });
  await holdfast.clock.advance("1d");
  expect((await handle.status()).status).toBe("completed");
  expect(lines).toEqual(["work 1", "item", "work 2", "end"]);
});

test("a wait under two seconds is sat out: the run keeps its worker", async () => {
  const short = defineWorkflow({
    name: "short",
    input,
    run: async ({ sleep, stage }) => {
      await sleep("blink", 1_999);
      await sleep("none", 0);
      return stage("end", async () => 1);
    },
  });
  const holdfast = await open(short);
  const handle = await holdfast.start(short, {});
  await holdfast.clock.advance(1_998);
  expect((await handle.status()).status).toBe("running");
  await holdfast.clock.advance(1);
  expect(await handle.result()).toBe(1);
  expect((await handle.status()).lease).toBeNull();
});

test("an instant that is past ends the sleep at once, and one ahead is waited for by the wall clock", async () => {
  const at = defineWorkflow({
    name: "at",
    input,
    run: async ({ sleep, startedAt }) => {
      await sleep("past", { until: 0 });
      await sleep("ahead", { until: new Date(startedAt + 7_200_000) });
      return "there";
    },
  });
  const holdfast = await open(at);
  const handle = await holdfast.start(at, {});
  await holdfast.clock.advance("119m");
  expect(await handle.status()).toMatchObject({ status: "waiting", reason: "sleep ahead" });
  await holdfast.clock.advance("1m");
  expect(await handle.result()).toBe("there");
});

test.each([
  ["-1", -1],
  ["not a number", Number.NaN],
  ["over ten years", 10 * 365 * 86_400_000 + 1],
  ["no unit", "3 days"],
  ["no date", { until: new Date(Number.NaN) }],
  ["a date too far ahead", { until: 8_640_000_000_000_000 }],
  ["nothing", undefined],
])("a sleep of %s is refused where it is called", async (_, how) => {
  const wrong = defineWorkflow({ name: "wrong", input, run: ({ sleep }) => sleep("nap", how as never) });
  const holdfast = await open(wrong);
  const handle = await holdfast.start(wrong, {});
  await expect(handle.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
  expect((await handle.status()).error).toMatchObject({ code: "WRONG_USE" });
  expect((await handle.status()).error?.message).toContain("Sleep nap");
});

const napping = (note: (line: string) => void) =>
  defineWorkflow({
    name: "napping",
    input,
    stages: ["before", "nap", "after", "last"],
    run: async ({ stage, sleep }) => {
      await stage("before", async () => note("before"));
      await sleep("nap", "1h");
      await stage("after", async () => note("after"));
      return stage("last", async () => note("last"));
    },
  });

test("a paused run's instants do not move; its resume goes on at once with what is over", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {});
  await holdfast.clock.advance("1m");
  await handle.pause("lunch");
  expect(await handle.status()).toMatchObject({ status: "paused", reason: "lunch" });
  await holdfast.clock.advance("2h");
  expect(lines).toEqual(["before"]);
  await holdfast.resume(handle.id);
  await holdfast.clock.advance(0);
  expect((await handle.status()).status).toBe("completed");
});

test("a run that is resumed before the end of its sleep waits on until the same instant", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {});
  await holdfast.clock.advance("10m");
  await handle.pause();
  await holdfast.clock.advance("10m");
  await holdfast.resume(handle.id);
  await holdfast.clock.advance("39m");
  expect((await handle.status()).status).toBe("waiting");
  await holdfast.clock.advance("1m");
  expect(lines).toEqual(["before", "after", "last"]);
});

test("a waiting run is cancelled at once, and refuses a resume", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {});
  await holdfast.clock.advance("1m");
  await expect(holdfast.resume(handle.id)).rejects.toMatchObject({ code: "ILLEGAL_MOVE" });
  await handle.cancel("not needed");
  expect(await handle.status()).toMatchObject({ status: "cancelled", reason: "not needed" });
  expect((await handle.status()).stages[1]).toMatchObject({ name: "nap", status: "interrupted" });
  await holdfast.clock.advance("2h");
  expect(lines).toEqual(["before"]);
});

test("with --through a wait before the stage is waited for, and the run then pauses at the stage", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {}, { through: "after" });
  await holdfast.clock.advance("1m");
  expect((await handle.status()).status).toBe("waiting");
  await holdfast.clock.advance("1h");
  expect(await handle.status()).toMatchObject({ status: "paused", reason: "through" });
  expect(lines).toEqual(["before", "after"]);
});

test("with --through a wait itself, the run pauses once it is over", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {}, { through: "nap" });
  await holdfast.clock.advance("61m");
  expect(await handle.status()).toMatchObject({ status: "paused", reason: "through" });
  expect(lines).toEqual(["before"]);
});

test("a restarted run sleeps anew; a fork from behind a sleep keeps its outcome", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {});
  await holdfast.clock.advance("30m");
  await holdfast.runs.restart(handle.id);
  await holdfast.clock.advance("59m");
  expect(await handle.status()).toMatchObject({ status: "waiting", generation: 2 });
  await holdfast.clock.advance("1m");
  expect((await handle.status()).status).toBe("completed");
  const forked = await holdfast.runs.fork(handle.id, { from: "after" });
  await holdfast.clock.advance(0);
  expect((await forked.status()).status).toBe("completed");
  expect((await forked.status()).stages[1]?.attempts[0]?.wait?.kind).toBe("sleep");
  expect(lines).toEqual(["before", "before", "after", "last", "after", "last"]);
});

test("the plan of a resume knows a sleep as a stage", async () => {
  const { note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const handle = await holdfast.start(workflow, {});
  await holdfast.clock.advance("10m");
  await handle.pause();
  expect(await holdfast.plan(handle.id)).toMatchObject({ keeps: ["before"], redoes: ["nap"], refusal: null });
  await holdfast.clock.advance("1h");
  expect(await holdfast.plan(handle.id)).toMatchObject({ keeps: ["before", "nap"], redoes: ["after"] });
});

test("a name is used once, and a wait inside a stage is refused", async () => {
  const twice = defineWorkflow({
    name: "twice",
    input,
    run: async ({ sleep, stage }) => {
      await sleep("nap", 10);
      await stage("nap", async () => 1);
    },
  });
  const nested = defineWorkflow({
    name: "nested",
    input,
    run: ({ sleep, stage }) => stage("outer", async () => sleep("inner", 10)),
  });
  const holdfast = await open(twice, nested);
  const first = await holdfast.start(twice, {});
  await holdfast.clock.advance("1s");
  expect((await first.status()).error).toMatchObject({ code: "STAGE_REPEATED" });
  const second = await holdfast.start(nested, {});
  await holdfast.clock.advance("1m");
  expect((await second.status()).error).toMatchObject({ code: "STAGE_FAILED" });
});

test("holdfast.run waits for the end of a run that sleeps, with no worker there", async () => {
  const { lines, note } = journal();
  const workflow = napping(note);
  const holdfast = await open(workflow);
  const ended = holdfast.run(workflow, {}, { runId: "attended" });
  await holdfast.clock.advance("61m");
  expect(await ended).toMatchObject({ status: "completed", exitCode: 0 });
  expect(lines).toEqual(["before", "after", "last"]);
});
