/** `holdfast.forOwner`: one owner's runs; runs of others look like runs that do not exist. And starts by name. */
import { defineWorkflow, type Holdfast, type OwnedHoldfast, openHoldfast } from "holdfast";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const brief = defineWorkflow({
  name: "brief",
  input: z.object({ topic: z.string(), words: z.number().default(500) }),
  stages: ["write"],
  run: ({ input, stage }) =>
    stage("write", async ({ artifact }) => {
      if (input.topic === "") throw new Error("no topic");
      return artifact.write("brief.md", input.topic);
    }),
});

let holdfast: Holdfast;
let ann: OwnedHoldfast;
let bob: OwnedHoldfast;
beforeAll(async () => {
  holdfast = await openHoldfast({ url: "sqlite::memory:", workflows: [brief], stageFiles: false });
  [ann, bob] = [holdfast.forOwner("ann"), holdfast.forOwner("bob")];
  await ann.start(brief, { topic: "tides" }, { runId: "ann-1" });
  await ann.start(brief, { topic: "" }, { runId: "ann-2" });
  await bob.start(brief, { topic: "winds" }, { runId: "bob-1" });
  await holdfast.start(brief, { topic: "nobody's" }, { runId: "nobody-1" });
  await holdfast.work({ untilIdle: true });
});
afterAll(() => holdfast.close());

describe("an owner", () => {
  test("sees its own runs, and starts more", async () => {
    const ids = async (owned: OwnedHoldfast) => (await owned.runs.list()).rows.map(({ id }) => id).sort();
    expect([await ids(ann), await ids(bob)]).toEqual([["ann-1", "ann-2"], ["bob-1"]]);
    expect((await ann.runs.list({ status: "failed" })).rows.map(({ id }) => id)).toEqual(["ann-2"]);
    const handle = await ann.handle("ann-1", brief);
    expect((await handle.result()).name).toBe("brief.md");
    expect(await ann.runs.find("@last")).toBe("ann-2");
    expect(await ann.runs.find("ann-1")).toBe("ann-1");
    await expect(ann.runs.find("ann")).rejects.toMatchObject({ code: "AMBIGUOUS_RUN_ID" });
    expect(await ann.runs.artifacts("ann-1")).toEqual([
      expect.objectContaining({ name: "brief.md", stage: "write", sizeBytes: 5 }),
    ]);
  });

  type Ask = (owned: OwnedHoldfast, runId: string) => Promise<unknown>;
  const asks: readonly (readonly [string, Ask])[] = [
    ["handle", (owned, id) => owned.handle(id)],
    ["resume", (owned, id) => owned.resume(id)],
    ["get", (owned, id) => owned.runs.get(id)],
    ["pause", (owned, id) => owned.runs.pause(id)],
    ["cancel", (owned, id) => owned.runs.cancel(id)],
    ["delete", (owned, id) => owned.runs.delete(id, { evenIfForked: true })],
    ["restart", (owned, id) => owned.runs.restart(id)],
    ["fork", (owned, id) => owned.runs.fork(id, { from: "write" })],
    ["artifacts", (owned, id) => owned.runs.artifacts(id)],
    ["output", (owned, id) => owned.runs.output(id, "write")],
    ["find", (owned, id) => owned.runs.find(id)],
    ["find by its start", (owned, id) => owned.runs.find(id.slice(0, 4))],
  ];
  test.each(asks)("cannot tell another owner's run from a missing one: %s", async (_, ask) => {
    const before = JSON.stringify(await holdfast.runs.list());
    const answers = ["ann-1", "nobody-1", "none-1"].map(async (id) => {
      const error = await ask(bob, id).then(
        () => null,
        (thrown: { code: string; message: string; details: { runId: string } }) => thrown,
      );
      const asked = error?.details.runId ?? "";
      return [error?.code, error?.message.replace(asked, "ID"), Object.keys(error?.details ?? {})];
    });
    const [others, nobodys, none] = await Promise.all(answers);
    expect(none?.[0]).toBe("RUN_NOT_FOUND");
    expect([others, nobodys]).toEqual([none, none]);
    const strip = (text: string) => text.replace(/"asOf":\d+/, "");
    expect(strip(JSON.stringify(await holdfast.runs.list()))).toBe(strip(before));
  });

  test("is shown no worker, host, process or stack: in views, lists, handles and events", async () => {
    const failed = await ann.handle("ann-2");
    const events = [];
    for await (const event of failed.events()) events.push(event);
    const shown = [await ann.runs.get("ann-2"), await ann.runs.list(), await failed.status(), events];
    expect(events.map(({ type }) => type)).toContain("run.claimed");
    const text = JSON.stringify(shown);
    for (const name of ["lease", "wish", "holder", "host", "pid", "stack"]) expect(text).not.toContain(`"${name}":`);
    expect(text).not.toContain(import.meta.dirname);
    expect(text).toContain("no topic");
  });

  test("starts runs only in its own name", async () => {
    const given = { owner: "ann", runId: "x" } as never;
    await expect(bob.start(brief, { topic: "x" }, given)).rejects.toThrow("owner: there is no such option");
    await expect(bob.startByName("brief", { topic: "x" }, given)).rejects.toThrow("owner: there is no such option");
    await expect(bob.runs.list({ owner: "ann" } as never)).rejects.toThrow("owner: there is no such option");
    await expect(bob.start(brief, { topic: "x" }, { runId: "ann-1" })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
    const [a, b] = await Promise.all(
      [ann, bob].map((owned) => owned.start(brief, { topic: "k" }, { idempotencyKey: "same" })),
    );
    expect(a?.id).not.toBe(b?.id);
    expect((await holdfast.runs.get(b?.id ?? "")).owner).toBe("bob");
  });

  test("must have a name, and operations are recorded under the actor who acts for it", async () => {
    for (const owner of ["", undefined, null, 7]) expect(() => holdfast.forOwner(owner as never)).toThrow("forOwner");
    const actor = { id: "support", via: "library", requestId: null } as const;
    const forked = await holdfast.as(actor).forOwner("bob").runs.fork("bob-1", { from: "write", runId: "bob-2" });
    expect((await holdfast.runs.get(forked.id)).owner).toBe("bob");
    const { rows } = await holdfast.management.audit({ runId: "bob-2" });
    expect(rows[0]).toMatchObject({ actor: { id: "support" }, action: "fork" });
  });
});

describe("a start by name", () => {
  test("checks the input against the workflow's schema, without a cast", async () => {
    const handle = await holdfast.startByName("brief", { topic: "by name" }, { runId: "named" });
    expect((await handle.status()).input).toEqual({ topic: "by name", words: 500 });
    await expect(holdfast.startByName("brief", { topic: 7 })).rejects.toMatchObject({
      code: "BAD_INPUT",
      details: { issues: [{ path: "topic" }] },
    });
    await expect(ann.startByName("brief", null)).rejects.toMatchObject({ code: "BAD_INPUT" });
  });

  test("names the known workflows if given an unknown one", async () => {
    const unknown = { code: "UNKNOWN_WORKFLOW", details: { workflow: "breif", known: ["brief"] } };
    await expect(holdfast.startByName("breif", {})).rejects.toMatchObject(unknown);
    await expect(ann.startByName("breif", {})).rejects.toMatchObject(unknown);
  });
});
