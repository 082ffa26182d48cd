/**
 * Waiting for a run whose workers stop, or that has none, ends with an error instead of hanging. And workers as the
 * objects that `work` returns.
 */
import { createHoldfast, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { VirtualClock } from "@holdfast/testkit";
import { defineWorkflow, type Holdfast } from "holdfast";
import { expect, test } from "vitest";
import { z } from "zod";

const SECOND = 1_000;

/** Its stage ends when it is told to, or is aborted. */
function makeGated() {
  let open!: () => void;
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const workflow = defineWorkflow({
    name: "gated",
    input: z.object({}),
    run: ({ stage }) =>
      stage("wait", async ({ signal }) => {
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
        await Promise.race([isOpen, aborted]);
        return "through";
      }),
  });
  return { workflow, open };
}

async function openWorld() {
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: ":memory:", inline: true, bootId: "boot", clock });
  const lonely: string[] = [];
  const { workflow, open } = makeGated();
  const holdfast = createHoldfast({
    store,
    workflows: [workflow],
    dataDir: "/nowhere",
    artifacts: new MemoryArtifactStore(),
    stageFiles: false,
    clock,
    onNoWorker: ({ workflow }) => lonely.push(workflow),
  });
  /** The outcome of a promise after everything that can happen in `ms` has happened. */
  const after = async (ms: number, promise: Promise<unknown>): Promise<unknown> => {
    let end: unknown = "pending";
    promise.then(
      (value) => {
        end = value;
      },
      (error: { code?: string }) => {
        end = error.code ?? error;
      },
    );
    await clock.advance(ms);
    return end;
  };
  return { clock, holdfast, workflow, open, lonely, after };
}

const readAll = async (events: AsyncIterable<unknown>) => {
  for await (const _ of events);
};

async function startWorking(holdfast: Holdfast, clock: VirtualClock) {
  const starting = holdfast.startWorker();
  await clock.settle();
  return starting;
}

test("when the workers are drained, waiting for an unfinished run is rejected, and the run is queued", async () => {
  const { clock, holdfast, workflow, open, after } = await openWorld();
  const worker = await startWorking(holdfast, clock);
  const run = await holdfast.start(workflow, {});
  const waits: Promise<unknown>[] = [
    run.result(),
    readAll(run.events({ follow: true })),
    readAll(run.events({ follow: true, throughPauses: true })),
  ];
  expect(await after(SECOND, Promise.race(waits))).toBe("pending");
  const drained = worker.drain();
  const told = Promise.all(waits.map((wait) => after(30 * SECOND, wait)));
  expect(await told).toEqual(["WORKERS_STOPPED", "WORKERS_STOPPED", "WORKERS_STOPPED"]);
  await drained;
  await worker.done;
  expect(await run.status()).toMatchObject({ status: "queued" });
  expect(await after(0, run.result())).toBe("WORKERS_STOPPED");
  // The next worker continues with it, and waiting is possible again.
  const next = await startWorking(holdfast, clock);
  open();
  expect(await after(SECOND, run.result())).toBe("through");
  expect(await after(SECOND, next.drain())).toBe(undefined);
});

test("waiting for a run that has ended resolves after the drain as before it", async () => {
  const { clock, holdfast, workflow, open, after } = await openWorld();
  const worker = await startWorking(holdfast, clock);
  const run = await holdfast.start(workflow, {});
  open();
  await clock.advance(SECOND);
  await after(SECOND, worker.drain());
  expect(await after(SECOND, run.result())).toBe("through");
  expect(await after(SECOND, readAll(run.events({ follow: true })))).toBe(undefined);
});

test("one of two workers may be drained, or end because it is idle: the other continues with the run", async () => {
  const { clock, holdfast, workflow, open, after } = await openWorld();
  const run = await holdfast.start(workflow, {});
  const worker = await startWorking(holdfast, clock);
  const other = await startWorking(holdfast, clock);
  const result = run.result();
  await after(SECOND, other.drain());
  expect(await after(SECOND, result)).toBe("pending");
  open();
  expect(await after(SECOND, result)).toBe("through");
  await after(SECOND, worker.drain());
});

test("a worker that ends because nothing is left rejects no wait", async () => {
  const { clock, holdfast, workflow, open, after } = await openWorld();
  expect(await after(SECOND, holdfast.work({ untilIdle: true }))).toBe(undefined);
  const run = await holdfast.start(workflow, {});
  const result = run.result();
  expect(await after(SECOND, result)).toBe("pending");
  open();
  const worker = await startWorking(holdfast, clock);
  expect(await after(SECOND, result)).toBe("through");
  await after(SECOND, worker.drain());
});

test("closing settles pending waits", async () => {
  const { clock, holdfast, workflow, after } = await openWorld();
  const run = await holdfast.start(workflow, {});
  const result = run.result();
  const events = readAll(run.events({ follow: true }));
  const told = Promise.all([after(2 * SECOND, result), after(2 * SECOND, events)]);
  await clock.advance(SECOND);
  const closed = holdfast.close();
  expect(await told).toEqual(["WORKERS_STOPPED", "WORKERS_STOPPED"]);
  await closed;
});

test.each([
  [undefined, 20 * SECOND],
  [10 * SECOND, 5 * SECOND],
  [60 * SECOND, 55 * SECOND],
  [0, 0],
])("drain({ withinMs: %s }) lets stages continue until %d ms, then tells them to stop", async (withinMs, untilMs) => {
  const { clock, holdfast, workflow, after } = await openWorld();
  const worker = await startWorking(holdfast, clock);
  const run = await holdfast.start(workflow, {});
  await clock.advance(SECOND);
  const drained = worker.drain(withinMs === undefined ? {} : { withinMs });
  if (untilMs > 0) expect(await after(untilMs - 1, drained)).toBe("pending");
  expect(await after(1, drained)).toBe(undefined);
  expect(await run.status()).toMatchObject({ status: "queued", stages: [{ status: "interrupted" }] });
});

test.each([-1, Number.NaN, "5"])("drain({ withinMs: %s }) is refused, naming the option", async (withinMs) => {
  const { clock, holdfast, after } = await openWorld();
  const worker = await startWorking(holdfast, clock);
  await expect(worker.drain({ withinMs: withinMs as number })).rejects.toThrow("Option withinMs");
  expect(await after(SECOND, worker.drain())).toBe(undefined);
});

test("a worker that cannot start is not returned", async () => {
  const { holdfast } = await openWorld();
  await expect(holdfast.startWorker({ concurrency: 0 })).rejects.toMatchObject({ code: "WORKER_OPTIONS_INVALID" });
});

test("if no living worker is seen for 30 s, that is reported once, and waiting continues", async () => {
  const { clock, holdfast, workflow, open, lonely, after } = await openWorld();
  const run = await holdfast.start(workflow, {});
  const result = run.result();
  const events = readAll(run.events({ follow: true }));
  expect(await after(29 * SECOND, result)).toBe("pending");
  expect(lonely).toEqual([]);
  await clock.advance(2 * SECOND);
  expect(lonely).toEqual(["gated"]);
  await clock.advance(600 * SECOND);
  expect(lonely).toEqual(["gated"]);
  open();
  const worker = await startWorking(holdfast, clock);
  expect(await after(SECOND, result)).toBe("through");
  expect(await after(SECOND, events)).toBe(undefined);
  await after(SECOND, worker.drain());
});

test("waiting for a scheduled run, or for one whose holder is alive, reports nothing", async () => {
  const { clock, holdfast, workflow, open, lonely, after } = await openWorld();
  const foreground = await holdfast.startHere(workflow, {});
  expect(await after(120 * SECOND, foreground.handle.result())).toBe("pending");
  expect(lonely).toEqual([]);
  open();
  expect(await after(SECOND, foreground.handle.result())).toBe("through");
  await clock.settle();
});
