import { type Clock, type Store, StoreBusyError, StoreFullError, StoreUnreachableError } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { systemClock } from "../base/system-clock.js";
import { PatientStore } from "./patient-store.js";
import { type StoreWait, StoreWaits } from "./store-waits.js";

const busy = () => new StoreBusyError({ location: "here", waitedMs: 5_000 });
const full = () => new StoreFullError({ location: "here", problem: "no room" });
const lost = () => new StoreUnreachableError({ location: "here", problem: "the line broke", isAnswerLost: true });

/** Pauses end when the test says so; an aborted one at once. */
function heldClock() {
  const held: (() => void)[] = [];
  const sleep: Clock["sleep"] = (_, signal) =>
    new Promise((resolve) => {
      held.push(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  return { clock: { ...systemClock, sleep }, go: () => held.shift()?.() };
}

/** A store whose writes fail as told, in the order of sending, and then succeed. */
function world(faults: readonly (Error | null)[], answers: Record<string, unknown> = {}) {
  const made: string[] = [];
  const left = [...faults];
  const waits: (StoreWait | null)[] = [];
  const { clock, go } = heldClock();
  const inner = {
    location: "here",
    setProgress: async (_: unknown, { label }: { label: string }) => {
      const fault = left.shift() ?? null;
      if (fault !== null) throw fault;
      made.push(label);
      return { kind: "written", wish: null };
    },
    startAttempt: async () => {
      const fault = left.shift() ?? null;
      if (fault !== null) throw fault;
      return answers.startAttempt;
    },
  } as unknown as Store;
  const patient = new PatientStore(inner, clock, new StoreWaits(clock, (wait) => waits.push(wait)));
  const write = (label: string) => patient.store.setProgress({} as never, { items: null, label });
  return { patient, write, made, waits, go };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a patient store", () => {
  test("sends what found the store busy or full again, and whatever was called since behind it, in order", async () => {
    const { write, made, waits, go } = world([busy(), full(), busy(), null]);
    const first = write("first");
    await turn();
    const behind = [write("second"), write("third")];
    go();
    await turn();
    expect(made).toEqual([]);
    go();
    await turn();
    go();
    await Promise.all([first, ...behind]);
    expect(made).toEqual(["first", "second", "third"]);
    expect(waits.map((wait) => wait?.code ?? null)).toEqual(["STORE_BUSY", null]);
  });

  test("keeps the order of those that failed together while others were written", async () => {
    const { write, made, go } = world([busy(), null, busy()]);
    const all = [write("first"), write("second"), write("third")];
    await turn();
    expect(made).toEqual(["second"]);
    const fourth = write("fourth");
    go();
    await Promise.all([...all, fourth]);
    expect(made).toEqual(["second", "first", "third", "fourth"]);
  });

  test("fails what waits when its owner ends it, with what it waited for, and sends later writes once", async () => {
    const { patient, write, waits } = world([busy(), full()]);
    const first = write("first");
    await turn();
    expect(patient.end()).toMatchObject({ code: "STORE_BUSY" });
    await expect(first).rejects.toMatchObject({ code: "STORE_BUSY" });
    await expect(write("second")).rejects.toMatchObject({ code: "STORE_FULL" });
    expect(waits.at(-1)).toBeNull();
  });

  test("passes on what waiting does not mend", async () => {
    const broken = new StoreUnreachableError({ location: "here", problem: "the disk failed" });
    const { write } = world([broken]);
    await expect(write("first")).rejects.toBe(broken);
  });

  test("waits for a server that restarts: what was not sent is sent, in its order", async () => {
    const away = () => new StoreUnreachableError({ location: "here", problem: "it is starting up", isAway: true });
    const { write, go, waits } = world([away(), away()]);
    const both = Promise.all([write("first"), write("second")]);
    await turn();
    expect(waits.at(-1)).toMatchObject({ code: "STORE_UNREACHABLE" });
    go();
    await both;
    expect(waits.at(-1)).toBeNull();
  });

  test("takes for made what is refused as made already, where its first answer was lost", async () => {
    const { patient, go } = world([lost()], { startAttempt: { kind: "duplicate" } });
    const started = patient.store.startAttempt({} as never, { stage: "a", attempt: 1, inputsHash: null });
    await turn();
    go();
    expect(await started).toEqual({ kind: "written", wish: null });
    // Sent once, a duplicate stays one.
    const again = await patient.store.startAttempt({} as never, { stage: "a", attempt: 1, inputsHash: null });
    expect(again).toEqual({ kind: "duplicate" });
  });
});
