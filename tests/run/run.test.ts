/** `holdfast.run` in one process: what it does with each state it finds, and what starts and resumes share with it. */
import { defineWorkflow, type Holdfast, openHoldfast } from "holdfast";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

/** What the stages of a test do next; the stage reads it when it runs. */
const world = { calls: [] as string[], fails: false, gate: makeGate(), writing: makeGate() };

function makeGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const define = (version: string) =>
  defineWorkflow({
    name: "brief",
    version,
    input: z.object({ topic: z.string(), words: z.number().default(500) }),
    stages: ["gather", "write"],
    async run({ input, stage }) {
      const sources = await stage("gather", () => {
        world.calls.push("gather");
        return [input.topic];
      });
      return stage("write", async ({ signal }) => {
        world.calls.push("write");
        world.writing.open();
        if (world.fails) throw new Error("no ink");
        await Promise.race([world.gate.opened, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
        return `${sources[0]} in ${input.words}`;
      });
    },
  });
const brief = define("1");
const other = defineWorkflow({ name: "other", input: z.object({ topic: z.string() }), run: () => "other" });

let holdfast: Holdfast;
beforeEach(async () => {
  Object.assign(world, { calls: [], fails: false, gate: makeGate(), writing: makeGate() });
  world.gate.open();
  holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [brief, other], stageFiles: false });
});
afterEach(() => holdfast.close());

const TIDES = { topic: "tides" };
const KEY = { idempotencyKey: "k" };
const hold = () => {
  world.gate = makeGate();
};

describe("run", () => {
  test("starts, executes and returns the output, typed", async () => {
    const end = await holdfast.run(brief, TIDES);
    expect(end).toEqual({ runId: expect.any(String), status: "completed", output: "tides in 500", exitCode: 0 });
    if (end.status === "completed") expect(end.output.toUpperCase()).toBe("TIDES IN 500");
  });

  test("without a key or an id is a new run each time; with either, the same one", async () => {
    const [a, b] = [await holdfast.run(brief, TIDES), await holdfast.run(brief, TIDES)];
    expect(a.runId).not.toBe(b.runId);
    const [c, d] = [await holdfast.run(brief, TIDES, KEY), await holdfast.run(brief, TIDES, KEY)];
    expect(d).toEqual(c);
    const [e, f] = [
      await holdfast.run(brief, TIDES, { runId: "r" }),
      await holdfast.run(brief, { ...TIDES, words: 500 }, { runId: "r" }),
    ];
    expect(f).toEqual(e);
    expect(world.calls).toHaveLength(8);
  });

  test("goes on with a run that was started and never executed", async () => {
    const { id } = await holdfast.start(brief, TIDES, KEY);
    expect(await holdfast.run(brief, TIDES, KEY)).toMatchObject({ runId: id, status: "completed" });
    await holdfast.start(brief, TIDES, { runId: "r" });
    expect(await holdfast.run(brief, TIDES, { runId: "r" })).toMatchObject({ runId: "r", status: "completed" });
  });

  test("twice at once in one process is one execution", async () => {
    const ends = await Promise.all([1, 2, 3].map(() => holdfast.run(brief, TIDES, KEY)));
    expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
    expect(world.calls).toEqual(["gather", "write"]);
  });

  test("resumes a run that was paused before, once, unless it shall be returned", async () => {
    const { id } = await holdfast.start(brief, TIDES, KEY);
    await holdfast.runs.pause(id, "lunch");
    expect(await holdfast.run(brief, TIDES, { ...KEY, onPaused: "return" })).toEqual({
      ...{ runId: id, status: "paused", reason: "lunch", error: null, exitCode: 75 },
    });
    expect(await holdfast.run(brief, TIDES, KEY)).toMatchObject({ runId: id, status: "completed" });
  });

  test("returns a run that pauses while it is executed: whoever paused it meant it", async () => {
    hold();
    const running = holdfast.run(brief, TIDES, { runId: "r" });
    await world.writing.opened;
    await holdfast.runs.pause("r", "lunch");
    expect(await running).toMatchObject({ status: "paused", reason: "lunch", exitCode: 75 });
  });

  test("returns a failed run with its error; retries it where it is asked to", async () => {
    world.fails = true;
    const failed = await holdfast.run(brief, TIDES, KEY);
    expect(failed).toMatchObject({
      status: "failed",
      exitCode: 1,
      error: { message: expect.stringContaining("no ink") },
    });
    world.fails = false;
    expect(await holdfast.run(brief, TIDES, KEY)).toEqual(failed);
    expect(await holdfast.run(brief, TIDES, { ...KEY, onFailed: "retry" })).toMatchObject({ status: "completed" });
    expect(world.calls).toEqual(["gather", "write", "write"]);
  });

  test("a retry that fails again is returned, not tried for ever", async () => {
    world.fails = true;
    await holdfast.run(brief, TIDES, KEY);
    expect(await holdfast.run(brief, TIDES, { ...KEY, onFailed: "retry" })).toMatchObject({ status: "failed" });
    expect(world.calls).toEqual(["gather", "write", "write"]);
  });

  test("returns a cancelled run as it is", async () => {
    const { id } = await holdfast.start(brief, TIDES, KEY);
    await holdfast.runs.cancel(id, "no need");
    const end = await holdfast.run(brief, TIDES, { ...KEY, onFailed: "retry" });
    expect(end).toMatchObject({ status: "cancelled", reason: "no need", exitCode: 1 });
  });

  test("goes as far as `through`, and to the end when it is left out the next time", async () => {
    const far = { ...KEY, through: "gather" as const };
    const end = await holdfast.run(brief, TIDES, far);
    expect(end).toMatchObject({ status: "paused", exitCode: 0 });
    expect(await holdfast.run(brief, TIDES, far)).toEqual(end);
    expect(await holdfast.run(brief, TIDES, KEY)).toMatchObject({ runId: end.runId, status: "completed" });
    expect(world.calls).toEqual(["gather", "write"]);
  });

  test("an abort drains what is executed here, and the next call goes on", async () => {
    const stop = new AbortController();
    hold();
    const running = holdfast.run(brief, TIDES, { ...KEY, signal: stop.signal });
    await world.writing.opened;
    stop.abort();
    world.gate.open();
    expect(await running).toMatchObject({ status: "paused", reason: "drained", exitCode: 75 });
    expect(await holdfast.run(brief, TIDES, KEY)).toMatchObject({ status: "completed" });
    expect(world.calls).toEqual(["gather", "write"]);
  });

  test("an abort while another call executes the run throws its reason, and leaves the run alone", async () => {
    hold();
    const running = holdfast.run(brief, TIDES, KEY);
    await world.writing.opened;
    const stop = new AbortController();
    const waiting = holdfast.run(brief, TIDES, { ...KEY, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(holdfast.run(brief, TIDES, { ...KEY, signal: stop.signal })).rejects.toThrow("enough");
    world.gate.open();
    expect(await running).toMatchObject({ status: "completed" });
  });

  test("drift is thrown until one of the accepted answers is enough", async () => {
    await holdfast.run(brief, TIDES, { ...KEY, through: "gather" });
    const changed = define("2");
    const same = { store: holdfast.store, dataDir: holdfast.dataDir, stageFiles: false };
    const { createHoldfast } = await import("holdfast/store");
    const next = createHoldfast({ ...same, workflows: [changed] });
    await expect(next.run(changed, TIDES, KEY)).rejects.toMatchObject({ code: "DRIFT" });
    await expect(next.run(changed, TIDES, { ...KEY, accept: [] })).rejects.toMatchObject({ code: "DRIFT" });
    expect(await next.run(changed, TIDES, { ...KEY, accept: ["missing-source", "reuse"] })).toMatchObject({
      status: "completed",
    });
    expect(world.calls).toEqual(["gather", "write"]);
  });

  test("an id of another workflow, owner or input is taken, and a key of another input used", async () => {
    const { id } = await holdfast.start(brief, TIDES, { ...KEY, runId: "r", owner: "ann" });
    const taken = { code: "RUN_ID_TAKEN", details: { runId: id } };
    const ofAnn = { runId: "r", owner: "ann" };
    await expect(holdfast.run(other, TIDES, ofAnn)).rejects.toMatchObject(taken);
    await expect(holdfast.run(brief, TIDES, { runId: "r" })).rejects.toMatchObject(taken);
    await expect(holdfast.run(brief, { topic: "winds" }, ofAnn)).rejects.toMatchObject(taken);
    await expect(holdfast.run(brief, { topic: "winds" }, { ...KEY, owner: "ann" })).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
    });
    expect((await holdfast.runs.get(id)).status).toBe("queued");
    expect(world.calls).toEqual([]);
  });

  test.each([
    [{ onPause: "return" }, "onPause: there is no such option; did you mean onPaused?"],
    [{ onPaused: "wait" }, 'onPaused: "resume" or "return" is expected, "wait" was given'],
    [{ onFailed: "resume" }, 'onFailed: "retry" or "return" is expected'],
    [{ accept: "all" }, 'accept: "reuse" or "redo" or "missing-source" or "code" is expected'],
    [{ idempotencykey: "k" }, "did you mean idempotencyKey?"],
  ])("options %j are refused before anything is started", async (options, problem) => {
    await expect(holdfast.run(brief, TIDES, options as never)).rejects.toThrow(problem);
    expect((await holdfast.runs.list()).rows).toEqual([]);
  });
});

describe("a key that was used before", () => {
  test("start returns the run of then, and refuses another input", async () => {
    const first = await holdfast.start(brief, TIDES, KEY);
    expect((await holdfast.start(brief, TIDES, KEY)).id).toBe(first.id);
    const another = { code: "IDEMPOTENCY_KEY_REUSED", details: { runId: first.id } };
    await expect(holdfast.start(brief, { topic: "winds" }, KEY)).rejects.toMatchObject(another);
    await expect(holdfast.start(brief, TIDES, { ...KEY, through: "gather" })).rejects.toMatchObject(another);
    await expect(holdfast.start(brief, TIDES, { runId: first.id })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
  });

  test("startHere executes the run of then when it is queued, and leaves one that ended as it is", async () => {
    const first = await holdfast.start(brief, TIDES, KEY);
    const second = await holdfast.startHere(brief, TIDES, KEY);
    await second.done;
    expect(second.handle.id).toBe(first.id);
    expect(await second.handle.result()).toBe("tides in 500");
    const third = await holdfast.startHere(brief, TIDES, KEY);
    await third.done;
    third.drain();
    expect(await third.handle.result()).toBe("tides in 500");
    expect(world.calls).toEqual(["gather", "write"]);
  });
});

test("resume and resumeHere return the workflow's type, and refuse a run of another workflow", async () => {
  await holdfast.run(brief, TIDES, { runId: "r", through: "gather" });
  await expect(holdfast.resume("r", { workflow: other })).rejects.toMatchObject({ code: "WRONG_USE" });
  await expect(holdfast.resumeHere("r", { workflow: other })).rejects.toMatchObject({ code: "WRONG_USE" });
  const handle = await holdfast.resume("r", { workflow: brief, through: "gather" });
  await holdfast.work({ untilIdle: true });
  const { done, handle: same } = await holdfast.resumeHere("r", { workflow: brief });
  await done;
  const texts: readonly string[] = [await handle.result(), await same.result()];
  expect(texts).toEqual(["tides in 500", "tides in 500"]);
});
