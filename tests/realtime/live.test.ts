/** What a client sees of a run, over each link, while the run works, ends, is reopened, and while the server restarts. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collect, openWorld, until, type World } from "./world.js";

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
