/** The holder of a run is not shown to its owner, neither in results nor in errors. */
import { hostname } from "node:os";
import { defineWorkflow, openHoldfast, RunLockedError } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";

test("RUN_LOCKED thrown to an owner names no worker, host or process; to an operator it does", async () => {
  let letGo: () => void = () => {};
  const isOpen = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const workflow = defineWorkflow({
    name: "held",
    input: z.object({}),
    stages: ["hold", "after"],
    run: ({ stage }) => stage("hold", () => isOpen.then(() => null)),
  });
  await using holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [workflow], holder: "vm-2-secret" });
  const { done } = await holdfast.startHere(workflow, {}, { runId: "r", owner: "ann" });
  const thrownBy = (act: () => Promise<unknown>) => act().then(String, (error: unknown) => error);
  const told = (await thrownBy(() => holdfast.resume("r"))) as RunLockedError;
  expect(told).toBeInstanceOf(RunLockedError);
  expect(told.message).toContain(`held by vm-2-secret (host ${hostname()}, pid ${process.pid})`);
  const ann = holdfast.forOwner("ann");
  const acts = [
    () => ann.resume("r"),
    () => ann.runs.restart("r"),
    () => ann.runs.delete("r"),
    () => ann.runs.fork("r", { from: "after" }),
  ];
  let locked = 0;
  for (const act of acts) {
    const thrown = await thrownBy(act);
    if (thrown instanceof RunLockedError) locked++;
    const text = thrown instanceof Error ? JSON.stringify([thrown.message, (thrown as RunLockedError).details]) : "";
    for (const secret of ["vm-2-secret", hostname(), String(process.pid)]) expect(text).not.toContain(secret);
  }
  expect(locked).toBeGreaterThan(0);
  expect(await thrownBy(() => ann.resume("r"))).toMatchObject({
    code: "RUN_LOCKED",
    message: expect.stringMatching(/^Run r is executed by a worker since \d{4}-/),
    details: { runId: "r", holder: null, host: null, pid: null },
  });
  letGo();
  await done;
});
