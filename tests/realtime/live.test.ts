/** What a client sees of a run, over each link, while the run works, ends, is reopened, and while the server restarts. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asks, collect, openWorld, until, type World } from "./world.js";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe.each([
  ["socket", "live"],
  ["stream", "streaming"],
  ["poll", "polling"],
] as const)("over a %s", (link, kind) => {
  test("a run is seen from its middle to its end, its events once and in order, and its state as the server has it", async () => {
    const runId = `seen-${link}`;
    await world.start(runId);
    world.say(runId, 300);
    const client = world.client({ links: [link] });
    const watch = client.watchRun(runId);
    const every = client.watchRun(runId, { after: 0 });
    const events = collect(every);
    await until(client.connection, (state) => state.kind === kind);
    await until(watch, ({ run }) => run?.status === "running");
    world.say(runId, 50);
    world.finish(runId);
    const { run, head } = await until(watch, (state) => state.run?.status === "completed" && state.last === state.head);
    await until(every, ({ last }) => last === head);
    expect(events.map(({ seq }) => seq)).toEqual(numbers(head));
    expect(run?.stages.map(({ name, status }) => [name, status])).toEqual([
      ["talk", "completed"],
      ["end", "completed"],
    ]);
    const asked = (await client.request("GET", `/api/runs/${runId}`)) as NonNullable<typeof run>;
    expect(run?.stages).toEqual(asked.stages);
    expect([run?.finishedAt, run?.startedAt, run?.generation]).toEqual([asked.finishedAt, asked.startedAt, 1]);
    client.close();
  });
});

test("a client lists what runs ask, answers once with a note, and sends signals under a key", async () => {
  const runId = "asks-1";
  await world.holdfast.start(asks, {}, { runId, owner: "ann" });
  const ann = world.client();
  await until(ann.watchRun(runId), ({ run }) => run?.status === "waiting");
  expect(await ann.asks({ runId, limit: 5 })).toMatchObject([
    { runId, name: "publish-it", title: "Publish?", attempt: 1, mayAnswer: true },
  ]);
  expect(await ann.asks({ owner: "ann" })).toHaveLength(1);
  expect(await world.client({ user: "bob" }).asks()).toEqual([]);
  await expect(ann.answer(runId, "publish-it", { publish: 1 })).rejects.toMatchObject({
    code: "BAD_INPUT",
    status: 422,
  });
  await expect(ann.answer(runId, "publish-it", { publish: true }, { attempt: 2 })).rejects.toMatchObject({
    code: "QUESTION_NOT_FOUND",
  });
  await expect(ann.sendSignal(runId, "payd")).rejects.toMatchObject({ code: "UNKNOWN_SIGNAL", status: 404 });
  const pay = (cents: number) => ann.sendSignal(runId, "paid", { cents }, { idempotencyKey: "evt-1" });
  expect(await pay(5)).toBe("kept");
  await expect(pay(6)).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  expect(await ann.answer(runId, "publish-it", { publish: true }, { note: "read twice" })).toBeUndefined();
  await expect(ann.answer(runId, "publish-it", { publish: true })).rejects.toMatchObject({ code: "QUESTION_CLOSED" });
  await ann.sendSignal(runId, "nudge");
  await until(ann.watchRun(runId), ({ run }) => run?.status === "completed");
  expect(await ann.request("GET", `/api/runs/${runId}`)).toMatchObject({ output: "true by ann, 5" });
  expect(await pay(5)).toBe("consumed");
  const { rows } = await world.holdfast.management.audit({ runId });
  expect(rows.map(({ action }) => action).sort()).toEqual(["answer", "signal", "signal"]);
  ann.close();
});
