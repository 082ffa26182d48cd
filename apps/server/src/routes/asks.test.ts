/** Signals and questions over HTTP: sent and answered by whoever may, refused with a code, audited. */
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Json, openWorld, type World } from "../testing/world.fixture.js";

const approval = defineWorkflow({
  name: "approval",
  input: z.object({ to: z.array(z.string()).optional() }),
  signals: { paid: z.object({ cents: z.number().int() }) },
  run: async ({ input, ask, waitForSignal }) => {
    const answer = await ask("publish", {
      title: "Publish?",
      details: "The report is ready.",
      schema: z.object({ publish: z.boolean() }),
      to: input.to ?? [],
      timeoutMs: 86_400_000,
    });
    const paid = await waitForSignal("paid");
    return `${answer?.value.publish} by ${answer?.by}, ${paid?.cents}`;
  },
});

let world: World;
beforeAll(async () => {
  world = await openWorld({ workflows: [approval as Workflow] });
});

/** A run of ann's that asks. */
async function asking(to?: readonly string[]): Promise<string> {
  const body = { workflow: "approval", input: to === undefined ? {} : { to } };
  const { id } = await world.json(201, "POST", "/api/runs", { as: "ann", body });
  await world.holdfast.work({ untilIdle: true });
  return id;
}

const send = (runId: string, name: string, body: Json, as = "ann", status = 202, headers = {}): Promise<Json> =>
  world.json(status, "POST", `/api/runs/${runId}/signals/${name}`, { as, body, headers });
const answer = (runId: string, body: Json, as = "ann", status = 200): Promise<Json> =>
  world.json(status, "POST", `/api/runs/${runId}/asks/publish`, { as, body });
const asksFor = async (as: string): Promise<Json[]> => (await world.json(200, "GET", "/api/asks", { as })).rows;
const actionsOf = async (runId: string): Promise<Json[]> =>
  (await world.json(200, "GET", `/api/audit?runId=${runId}`)).rows;

describe("a signal", () => {
  test("is kept until its wait takes it, taken once under its key, and audited", async () => {
    const runId = await asking();
    const key = { "idempotency-key": "evt-1" };
    expect(await send(runId, "paid", { payload: { cents: 5 } }, "ann", 202, key)).toEqual({
      ...{ runId, signal: "paid", outcome: "kept" },
    });
    await answer(runId, { value: { publish: true } });
    await world.holdfast.work({ untilIdle: true });
    expect(await world.json(200, "GET", `/api/runs/${runId}`)).toMatchObject({
      status: "completed",
      output: "true by ann, 5",
    });
    expect(await send(runId, "paid", { payload: { cents: 5 } }, "ann", 202, key)).toMatchObject({
      outcome: "consumed",
    });
    expect(await send(runId, "paid", { payload: { cents: 6 } }, "ann", 422, key)).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
    });
    expect(await send(runId, "paid", { payload: { cents: 6 } }, "ann", 409)).toMatchObject({ code: "RUN_ENDED" });
    expect((await actionsOf(runId)).map(({ action, actor }) => [action, actor.id])).toEqual([
      ...[
        ["answer", "ann"],
        ["signal", "ann"],
        ["start", "ann"],
      ],
    ]);
  });

  test("that does not fit, or comes from somebody who may not, is refused and not kept", async () => {
    const runId = await asking();
    expect(await send(runId, "paid", { payload: { cents: "5" } }, "ann", 422)).toMatchObject({
      code: "BAD_INPUT",
      errors: [{ pointer: "/payload/cents" }],
    });
    expect(await send(runId, "payd", {}, "ann", 404)).toMatchObject({ code: "UNKNOWN_SIGNAL" });
    expect(await send(runId, "x".repeat(201), {}, "ann", 400)).toMatchObject({ code: "REQUEST_MALFORMED" });
    expect(await send(runId, "paid", { data: 1 }, "ann", 422)).toMatchObject({ code: expect.any(String) });
    expect(await send(runId, "paid", {}, "ann", 400, { "idempotency-key": "two words" })).toMatchObject({
      code: "REQUEST_MALFORMED",
    });
    expect(await send(runId, "paid", { payload: { cents: 1 } }, "bob", 404)).toMatchObject({ code: "RUN_NOT_FOUND" });
    expect(await send("nobody", "paid", {}, "ann", 404)).toMatchObject({ code: "RUN_NOT_FOUND" });
    await send(runId, "paid", { payload: { cents: 1 } }, "vic", 403);
    expect(await world.holdfast.store.listKeptSignals(runId as never)).toEqual([]);
  });
});

describe("a question", () => {
  test("without addressees is its owner's: listed with its form, answered once, with a note", async () => {
    const runId = await asking();
    const [mine] = (await asksFor("ann")).filter((ask) => ask.runId === runId);
    expect(mine).toMatchObject({
      ...{ workflow: "approval", owner: "ann", name: "publish", attempt: 1, title: "Publish?", to: [] },
      ...{ details: "The report is ready.", mayAnswer: true },
      schema: { type: "object", required: ["publish"] },
    });
    for (const as of ["bob", "vic"]) {
      expect((await asksFor(as)).filter((ask) => ask.runId === runId)).toEqual([]);
      expect(await answer(runId, { value: { publish: true } }, as, 404)).toMatchObject({ code: "RUN_NOT_FOUND" });
    }
    expect(await answer(runId, { value: { publish: "yes" } }, "ann", 422)).toMatchObject({
      code: "BAD_INPUT",
      errors: [{ pointer: "/value/publish" }],
    });
    expect(await answer(runId, { value: { publish: true }, attempt: 2 }, "ann", 404)).toMatchObject({
      code: "QUESTION_NOT_FOUND",
    });
    expect(await answer(runId, { value: { publish: false }, note: "too early" })).toEqual({
      ...{ runId, question: "publish" },
    });
    expect(await answer(runId, { value: { publish: true } }, "admin", 409)).toMatchObject({
      code: "QUESTION_CLOSED",
      detail: expect.stringContaining("was answered by ann at"),
    });
    expect((await actionsOf(runId))[0]).toMatchObject({
      ...{ action: "answer", reason: "publish: too early", actor: { id: "ann", via: "http" } },
    });
  });

  test("with addressees is theirs, whoever's the run is; others are refused, and that is audited", async () => {
    const runId = await asking(["user:vic", "role:admin"]);
    expect((await asksFor("ann")).find((ask) => ask.runId === runId)).toMatchObject({ mayAnswer: false });
    expect(await answer(runId, { value: { publish: true } }, "ann", 403)).toMatchObject({ code: "FORBIDDEN" });
    expect(await answer(runId, { value: { publish: true } }, "bob", 404)).toMatchObject({ code: "RUN_NOT_FOUND" });
    expect((await actionsOf(runId)).slice(0, 2)).toMatchObject([
      ...[
        { action: "denied", actor: { id: "bob" } },
        { action: "denied", actor: { id: "ann" } },
      ],
    ]);
    expect((await asksFor("vic")).find((ask) => ask.runId === runId)).toMatchObject({ mayAnswer: true });
    await answer(runId, { value: { publish: true } }, "vic");
    const other = await asking(["role:operator"]);
    expect((await asksFor("vic")).some((ask) => ask.runId === other)).toBe(false);
    await answer(other, { value: { publish: true } }, "bob");
  });
});
