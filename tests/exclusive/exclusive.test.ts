/** A named resource that runs need exclusively: they wait for it, or are refused with the name of its holder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineWorkflow, openHoldfast, ResourceHeldError } from "holdfast";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

/** Runs that hold the resource until the test lets them go. */
function holding(whenHeld: "wait" | "refuse") {
  const gates = new Map<string, () => void>();
  const begun = new Map<string, () => void>();
  const workflow = defineWorkflow({
    name: "holding",
    input: z.object({ name: z.string() }),
    exclusive: () => ({ resources: ["the file"], whenHeld }),
    run: ({ input, stage, folder }) =>
      stage("hold", async () => {
        const isOpen = new Promise<void>((resolve) => gates.set(input.name, resolve));
        begun.get(input.name)?.();
        await isOpen;
        return { folder };
      }),
  });
  const untilBegun = (name: string) => new Promise<void>((resolve) => begun.set(name, resolve));
  return { workflow, untilBegun, letGo: (name: string) => gates.get(name)?.() };
}

let dataDir = "";
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "holdfast-exclusive-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

test("a held resource is refused: the run pauses, the error names the holder, and a resume continues when it is free", async () => {
  const { workflow, untilBegun, letGo } = holding("refuse");
  await using holdfast = await openHoldfast({ url: "sqlite::memory:", dataDir, workflows: [workflow] });
  const begun = untilBegun("a");
  const first = await holdfast.startHere(workflow, { name: "a" }, { runId: "first" });
  await begun;
  const second = await holdfast.startHere(workflow, { name: "b" }, { runId: "second" });
  const refusal = await second.done.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(refusal).toBeInstanceOf(ResourceHeldError);
  expect((refusal as ResourceHeldError).details).toMatchObject({
    resource: "the file",
    runId: "second",
    heldBy: { runId: "first", pid: process.pid, since: expect.stringMatching(/^\d{4}-/) },
  });
  expect(await second.handle.status()).toMatchObject({ status: "paused", reason: "resource held", stages: [] });
  letGo("a");
  await first.done;
  const begunAgain = untilBegun("b");
  const again = await holdfast.resumeHere("second");
  await begunAgain;
  letGo("b");
  await again.done;
  expect(await second.handle.status()).toMatchObject({
    status: "completed",
    output: { folder: join(dataDir, "runs", "second") },
  });
});

test("a held resource is waited for", async () => {
  const { workflow, untilBegun, letGo } = holding("wait");
  await using holdfast = await openHoldfast({ url: "sqlite::memory:", dataDir, workflows: [workflow] });
  const begun = untilBegun("a");
  const first = await holdfast.startHere(workflow, { name: "a" });
  await begun;
  const begunToo = untilBegun("b");
  const second = await holdfast.startHere(workflow, { name: "b" });
  letGo("a");
  await first.done;
  await begunToo;
  letGo("b");
  await second.done;
  expect(await second.handle.status()).toMatchObject({ status: "completed" });
});
