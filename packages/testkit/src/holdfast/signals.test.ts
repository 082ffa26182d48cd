/** Signals and questions on the virtual clock: what a workflow gets, and what is refused where it enters. */
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testHoldfast } from "./test-holdfast.js";

const input = z.object({});
const Payment = z.object({ cents: z.number().int() });

// biome-ignore lint/suspicious/noExplicitAny: workflows of any input and output
async function open(...workflows: Workflow<any, any, any>[]) {
  const holdfast = await testHoldfast({ workflows });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

const order = defineWorkflow({
  name: "order",
  input,
  signals: { payment: Payment, cancelled: z.string() },
  run: async ({ stage, waitForSignal }) => {
    await stage("invoice", async () => "sent");
    const paid = await waitForSignal("payment", { timeoutMs: 7_200_000 });
    if (paid === null) return "not paid";
    const more = await waitForSignal("second", { signalName: "payment" });
    return `${paid.cents + (more?.cents ?? 0)}`;
  },
});

test("a run waits for a signal, takes it, and takes the next of its name under another name", async () => {
  const holdfast = await open(order);
  const handle = await holdfast.start(order, {});
  await holdfast.clock.advance("1h");
  expect(await handle.status()).toMatchObject({ status: "waiting", reason: "signal payment" });
  expect((await holdfast.runs.health(handle.id)).reason).toContain("waits for signal payment");
  expect(await handle.signalRun("payment", { cents: 3 })).toBe("consumed");
  await holdfast.clock.advance("1s");
  expect((await handle.status()).status).toBe("waiting");
  expect(await holdfast.sendSignal(handle.id, "payment", { cents: 4 })).toBe("consumed");
  await holdfast.clock.advance(0);
  expect(await handle.result()).toBe("7");
});

test("after its timeout a wait answers null, and a signal that came before the start of it is taken", async () => {
  const holdfast = await open(order);
  const late = await holdfast.start(order, {}, { runId: "late" });
  const early = await holdfast.start(order, {});
  expect(await early.signalRun("payment", { cents: 1 })).toBe("kept");
  expect(await early.signalRun("payment", { cents: 2 })).toBe("kept");
  await holdfast.clock.advance(0);
  expect(await early.result()).toBe("3");
  await holdfast.clock.advance("2h");
  expect(await late.result()).toBe("not paid");
});

test("a signal reaches a run that waits in memory, beside a stage that works", async () => {
  const beside = defineWorkflow({
    name: "beside",
    input,
    signals: { go: z.number() },
    run: async ({ stage, waitForSignal }) => {
      const [go] = await Promise.all([
        waitForSignal("go"),
        stage("work", { attempts: 2, backoff: { initialMs: 60_000 } }, async ({ attempt }) => {
          if (attempt === 1) throw new Error("not yet");
        }),
      ]);
      return go;
    },
  });
  const holdfast = await open(beside);
  const handle = await holdfast.start(beside, {});
  await holdfast.clock.advance("1s");
  expect((await handle.status()).status).toBe("running");
  expect(await handle.signalRun("go", 5)).toBe("kept");
  await holdfast.clock.advance("1s");
  expect((await handle.status()).stages.find(({ name }) => name === "go")?.status).toBe("completed");
  await holdfast.clock.advance("2m");
  expect(await handle.result()).toBe(5);
});

test("the first of several signals is taken with its name; the others are kept for a later wait", async () => {
  const either = defineWorkflow({
    name: "either",
    input,
    signals: { payment: Payment, cancelled: z.string() },
    run: async ({ waitForAnySignal, waitForSignal }) => {
      const first = await waitForAnySignal("first", { signalNames: ["payment", "cancelled"] });
      if (first?.name === "cancelled") return [first.payload, (await waitForSignal("payment"))?.cents ?? null];
      return [first?.payload.cents ?? null];
    },
  });
  const holdfast = await open(either);
  const handle = await holdfast.start(either, {});
  await holdfast.clock.advance("1s");
  await handle.pause();
  expect(await handle.signalRun("cancelled", "no stock")).toBe("consumed");
  expect(await handle.signalRun("payment", { cents: 9 })).toBe("kept");
  await holdfast.resume(handle.id);
  await holdfast.clock.advance(0);
  expect(await handle.result()).toEqual(["no stock", 9]);
});

test("what does not fit is refused where it enters, and nothing is kept", async () => {
  const holdfast = await open(order);
  const handle = await holdfast.start(order, {});
  await holdfast.clock.advance("1s");
  const send = (name: string, payload: unknown, idempotencyKey?: string) =>
    holdfast.sendSignal(handle.id, name, payload, { idempotencyKey });
  await expect(send("payment", { cents: "3" })).rejects.toMatchObject({
    code: "BAD_INPUT",
    details: { issues: [{ path: "cents" }] },
  });
  for (const name of ["paymnt", "toString", "x".repeat(300), "", 3 as never]) {
    await expect(send(name, {})).rejects.toMatchObject({ code: "UNKNOWN_SIGNAL" });
  }
  await expect(send("cancelled", "x".repeat(262_145))).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  await expect(send("cancelled", "x", "")).rejects.toMatchObject({ code: "WRONG_USE" });
  await expect(send("cancelled", "x", "k".repeat(256))).rejects.toMatchObject({ code: "WRONG_USE" });
  await expect(holdfast.sendSignal("nobody", "payment", { cents: 1 })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  await expect(holdfast.forOwner("ann").sendSignal(handle.id, "payment", { cents: 1 })).rejects.toMatchObject({
    code: "RUN_NOT_FOUND",
  });
  expect(await holdfast.store.listKeptSignals(handle.id as never)).toEqual([]);
  expect(await send("payment", { cents: 1 }, "one")).toBe("consumed");
  expect(await send("payment", { cents: 1 }, "one")).toBe("consumed");
  await expect(send("payment", { cents: 2 }, "one")).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  await handle.cancel();
  await expect(send("payment", { cents: 1 })).rejects.toMatchObject({
    code: "RUN_ENDED",
    message: `Run ${handle.id} is cancelled: it takes no signals and no answers.`,
  });
  const audit = await holdfast.management.audit({ runId: handle.id });
  expect(audit.rows.map(({ action, reason }) => [action, reason])).toEqual([
    ["cancel", null],
    ["signal", "payment"],
  ]);
});

test("a signal that the code of now does not take pauses the run, and is taken once the code does", async () => {
  const strict = { isStrict: true };
  const narrowed = defineWorkflow({
    name: "narrowed",
    input,
    signals: { go: z.number().refine((n) => !strict.isStrict || n < 10, "less than 10 is expected") },
    run: ({ waitForSignal }) => waitForSignal("go"),
  });
  const holdfast = await open(narrowed);
  const handle = await holdfast.start(narrowed, {});
  strict.isStrict = false;
  await handle.signalRun("go", 50);
  strict.isStrict = true;
  await holdfast.clock.advance("1s");
  expect((await handle.status()).status).toBe("paused");
  expect((await handle.status()).reason).toContain("less than 10 is expected");
  strict.isStrict = false;
  await holdfast.resume(handle.id);
  await holdfast.clock.advance(0);
  expect(await handle.result()).toBe(50);
});

test.each([
  ["a signal that is not declared", { signalName: "nothing" as never }, "declares no signal"],
  ["a timeout that is none", { timeoutMs: -1 }, "timeoutMs"],
  ["a timeout over ten years", { timeoutMs: 1e15 }, "timeoutMs"],
])("%s is refused where the workflow waits", async (_, options, message) => {
  const wrong = defineWorkflow({
    name: "wrong",
    input,
    signals: { go: z.number() },
    run: ({ waitForSignal }) => waitForSignal("go", options as never),
  });
  const holdfast = await open(wrong);
  const handle = await holdfast.start(wrong, {});
  await expect(handle.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
  expect((await handle.status()).error).toMatchObject({ code: "WRONG_USE" });
  expect((await handle.status()).error?.message).toContain(message);
});

test("signals are typed on both ends, and their schemas are checked where they are declared", async () => {
  const holdfast = await open(order);
  const handle = await holdfast.start(order, {});
  // @ts-expect-error no such signal
  await expect(handle.signalRun("nothing", {})).rejects.toMatchObject({ code: "UNKNOWN_SIGNAL" });
  // @ts-expect-error another payload
  await expect(handle.signalRun("payment", "x")).rejects.toMatchObject({ code: "BAD_INPUT" });
  const again = await holdfast.handle(handle.id, order);
  expect(await again.signalRun("cancelled", "x")).toBe("kept");
  const define = (signals: object) =>
    defineWorkflow({ name: "bad", input, signals: signals as Record<string, never>, run: async () => 1 });
  expect(() => define({ go: {} })).toThrow("signals.go: expected a Standard Schema");
  expect(() => define({ "a b": z.string() })).toThrow("a b");
});

const Verdict = z.object({ publish: z.boolean(), note: z.string().max(10).optional() });

const report = defineWorkflow({
  name: "report",
  input,
  run: async ({ stage, ask }) => {
    const draft = await stage("write", ({ artifact }) => artifact.write("report.md", "# Report"));
    const review = await ask("publish", {
      ...{ title: "Publish the report?", details: draft, schema: Verdict, to: ["role:operator"] },
      timeoutMs: 3_600_000,
    });
    return review === null ? "nobody answered" : `${review.value.publish} by ${review.by}`;
  },
});

test("a question is listed with its form, answered once by whoever is first, and the run goes on with it", async () => {
  const holdfast = await open(report);
  const handle = await holdfast.start(report, {}, { owner: "ann" });
  await holdfast.clock.advance("1s");
  expect(await handle.status()).toMatchObject({ status: "waiting", reason: "ask publish" });
  const [question] = await holdfast.forOwner("ann").asks();
  expect(question).toMatchObject({
    ...{ runId: handle.id, workflow: "report", owner: "ann", name: "publish", attempt: 1 },
    ...{ title: "Publish the report?", details: { stage: "write", attempt: 1, name: "report.md" } },
    schema: { type: "object", required: ["publish"], properties: { publish: { type: "boolean" } } },
    to: ["role:operator"],
  });
  expect((question?.dueAt ?? 0) - (question?.askedAt ?? 0)).toBe(3_600_000);
  expect(await holdfast.forOwner("bob").asks()).toEqual([]);
  const bob = holdfast.as({ id: "bob", via: "http", requestId: null });
  await expect(bob.answer(handle.id, "publish", { publish: "yes" })).rejects.toMatchObject({
    code: "BAD_INPUT",
    details: { subject: "the answer to publish", issues: [{ path: "publish" }] },
  });
  await expect(bob.answer(handle.id, "publish", {})).rejects.toMatchObject({ code: "BAD_INPUT" });
  await expect(bob.answer(handle.id, "print", {})).rejects.toMatchObject({
    code: "QUESTION_NOT_FOUND",
    message: expect.stringContaining("its open questions are: publish"),
  });
  await expect(bob.answer("nobody", "publish", {})).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  await bob.answer(handle.id, "publish", { publish: true }, { note: "  fine  " });
  await expect(holdfast.answer(handle.id, "publish", { publish: false })).rejects.toMatchObject({
    code: "QUESTION_CLOSED",
    message: expect.stringMatching(/^Question publish of run .* was answered by bob at 2026-01-01T00:00:01/),
  });
  await holdfast.clock.advance(0);
  expect(await handle.result()).toBe("true by bob");
  expect((await holdfast.management.audit({ runId: handle.id })).rows).toMatchObject([
    { action: "answer", reason: "publish: fine", actor: { id: "bob", via: "http" } },
  ]);
  const answered = [];
  for await (const event of handle.events({ type: "question.answered" })) answered.push(event.data);
  expect(answered).toEqual([{ stage: "publish", by: "bob", note: "fine" }]);
});

test("of more open questions than a list has, each is checked and takes its own answer", async () => {
  const many = defineWorkflow({
    name: "many",
    input: z.object({}),
    run: async ({ ask }) => {
      const names = Array.from({ length: 103 }, (_, n) => `q${n}`);
      const answers = await Promise.all(
        names.map((name) => ask(name, { title: name, schema: z.number().nullable(), timeoutMs: 60_000 })),
      );
      return answers.at(-1)?.value ?? "none";
    },
  });
  const holdfast = await open(many);
  const handle = await holdfast.start(many, {});
  await holdfast.clock.advance("1s");
  await expect(holdfast.answer(handle.id, "q102", "seven")).rejects.toMatchObject({ code: "BAD_INPUT" });
  expect(await holdfast.asks({ runId: handle.id, name: "q102" })).toMatchObject([{ name: "q102" }]);
  await holdfast.answer(handle.id, "q102", 7);
  await holdfast.clock.advance("2m");
  expect(await handle.result()).toBe(7);
});

test("a question that nobody answers in time is answered with null, and closed", async () => {
  const holdfast = await open(report);
  const handle = await holdfast.start(report, {});
  await holdfast.clock.advance("61m");
  expect(await handle.result()).toBe("nobody answered");
  await expect(holdfast.answer(handle.id, "publish", { publish: true })).rejects.toMatchObject({
    code: "QUESTION_CLOSED",
    message: expect.stringContaining("nobody answered it in time"),
  });
});

test("an answer that only the workflow's own schema refuses opens the question again", async () => {
  const even = defineWorkflow({
    name: "even",
    input,
    run: async ({ ask }) =>
      (await ask("number", { title: "Which?", schema: z.number().refine((n) => n % 2 === 0, "even, please") }))
        ?.value ?? null,
  });
  const holdfast = await open(even);
  const handle = await holdfast.start(even, {});
  await holdfast.clock.advance("1s");
  await holdfast.answer(handle.id, "number", 3);
  await holdfast.clock.advance("1s");
  expect(await holdfast.asks({ runId: handle.id })).toMatchObject([{ name: "number", attempt: 2 }]);
  await expect(holdfast.answer(handle.id, "number", 4, { attempt: 1 })).rejects.toMatchObject({
    code: "QUESTION_CLOSED",
  });
  const retries = [];
  for await (const event of handle.events({ type: "stage.retrying" })) retries.push(JSON.stringify(event.data));
  expect(retries).toHaveLength(1);
  expect(retries[0]).toContain("even, please");
  await holdfast.answer(handle.id, "number", 4);
  await holdfast.clock.advance(0);
  expect(await handle.result()).toBe(4);
});

test.each([
  ["no title", { title: " ", schema: z.string() }],
  ["no schema", { title: "Which?" }],
  ["another addressee", { title: "Which?", schema: z.string(), to: ["ann"] }],
])("a question with %s is refused where it is asked", async (_, question) => {
  const wrong = defineWorkflow({
    name: "wrong",
    input,
    run: async ({ ask }) => (await ask("which", question as never)) === null,
  });
  const holdfast = await open(wrong);
  const handle = await holdfast.start(wrong, {});
  await expect(handle.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
  expect((await handle.status()).error).toMatchObject({ code: "WRONG_USE" });
});

test("the plan of a resume answers what came from its records, and names the wait that is next", async () => {
  const holdfast = await open(order);
  const handle = await holdfast.start(order, {});
  await holdfast.clock.advance("1s");
  await handle.pause();
  await handle.signalRun("payment", { cents: 3 });
  expect(await holdfast.plan(handle.id)).toMatchObject({
    ...{ keeps: ["invoice", "payment"], redoes: ["second"], refusal: null },
  });
});
