/** A recovery frees what a dead process held: a run that waits for it in the same process looks then, not at its next poll. */
import type { Clock } from "@holdfast/core";
import { defineWorkflow } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";
import { World } from "../manage/world.js";

test("a resource of a recovered run is taken at once by a run that waits in the process that recovered it", async () => {
  const taken = new Map<string, number>();
  const holding = (clock: Clock) =>
    defineWorkflow({
      name: "holding",
      input: z.object({ forMs: z.number() }),
      run: ({ input, runId, stage }) =>
        stage("hold", ({ exclusive, signal }) =>
          exclusive("the file", async () => {
            taken.set(runId, clock.nowMs());
            await clock.sleep(input.forMs, signal);
            return null;
          }),
        ),
    });
  const world = await World.open((clock) => [holding(clock)]);
  const start = (runId: string, forMs: number) =>
    world.client.start(world.client.workflows[0] as never, { forMs } as never, { runId });
  const dying = await world.working("dying", {}, { supervise: false, concurrency: 1 });
  await start("a", 3_600_000);
  await world.clock.advance(1_000);
  await world.working("second", { scanMs: 10_000 });
  await start("b", 1_000);
  // Late enough that b looks only once a second; and at an instant at which it does not look.
  await world.clock.advance(15_370);
  dying.kill();
  await world.clock.advance(12_000);
  const events = (await world.client.handle("a")).events();
  let recoveredAt = 0;
  for await (const event of events) if (event.type === "run.recovered") recoveredAt = event.at;
  expect(recoveredAt).toBeGreaterThan(0);
  const { b = 0 } = Object.fromEntries(taken);
  expect(b - recoveredAt).toBeGreaterThanOrEqual(0);
  expect(b - recoveredAt).toBeLessThan(100);
});
