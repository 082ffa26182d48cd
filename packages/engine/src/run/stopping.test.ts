import { describe, expect, test } from "vitest";
import { ManualClock, settle } from "../base/manual-clock.fixture.js";
import { PaidCalls } from "./paid-calls.js";
import type { Stop } from "./stop.js";
import { Stopping } from "./stopping.js";

const GRACE_MS = 25_000;

function setUp(
  change: { through?: string; stages?: readonly string[]; waitedFor?: unknown; stopGraceMs?: number } = {},
) {
  const clock = new ManualClock();
  const paid = new PaidCalls();
  const world = { isTrusted: true, trustEnds: 0, writesEnds: 0 };
  const stopping = new Stopping({
    clock,
    stopGraceMs: change.stopGraceMs ?? GRACE_MS,
    run: {
      through: change.through ?? null,
      stages: change.stages?.map((name) => ({ name, title: name, kind: "primary" as const, inputs: [] })) ?? null,
    },
    paid,
    isTrusted: () => world.isTrusted,
    endTrust: () => {
      world.trustEnds++;
      return change.waitedFor ?? null;
    },
    endWrites: () => void world.writesEnds++,
  });
  let ended: Stop | null = null;
  stopping.over.hear((stop) => {
    ended = stop;
  });
  return { clock, paid, world, stopping, ended: () => ended };
}

const why = (abort: { readonly reason: { readonly why: string } | null }) => abort.reason?.why ?? null;

describe("stopping with nothing in flight", () => {
  test.each(["cancel", "fail", "pause"] as const)("a wish to %s ends it at once", async (wish) => {
    const { stopping, ended } = setUp();
    stopping.obey(wish);
    await settle();
    expect(stopping.stopSignal.aborted).toBe(true);
    expect([ended(), stopping.isOver]).toEqual([{ why: wish }, true]);
  });

  test("a signal that was handed out before is aborted", () => {
    const { stopping } = setUp();
    const { stopSignal } = stopping;
    expect(stopSignal.aborted).toBe(false);
    stopping.obey("pause");
    expect(stopSignal.aborted).toBe(true);
  });

  test("the first reason that is at least as strong rules, and none changes anything afterwards", async () => {
    const { stopping, ended } = setUp();
    stopping.beginFlight();
    stopping.obey("cancel");
    stopping.obey("pause");
    expect(stopping.stopped).toEqual({ why: "cancel" });
    stopping.stop({ why: "leaseLost", heldBy: "b" });
    await settle();
    expect(ended()).toEqual({ why: "leaseLost", heldBy: "b" });
    stopping.stop({ why: "storeFailed", error: 1 });
    expect(stopping.stopped).toEqual({ why: "leaseLost", heldBy: "b" });
  });

  test("without a reason it is not over, however long it takes", async () => {
    const { stopping, clock, ended } = setUp();
    await clock.advance(GRACE_MS * 10);
    expect([ended(), stopping.isOver, stopping.stopped]).toEqual([null, false, null]);
  });
});

describe("stages in flight", () => {
  test.each([
    ["pause", "pause"],
    ["cancel", "cancel"],
    ["fail", "runFailed"],
  ] as const)("are aborted at once by %s, with the whole grace to clean up", async (wish, told) => {
    const { stopping, clock, ended } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.obey(wish);
    expect(why(abort)).toBe(told);
    expect(abort.reason?.graceMs).toBe(GRACE_MS);
    await clock.advance(GRACE_MS - 1);
    expect(ended()).toBe(null);
    await clock.advance(1);
    expect(ended()).toEqual({ why: wish });
  });

  test("end it as soon as they settle", async () => {
    const { stopping, ended } = setUp();
    stopping.beginFlight();
    stopping.beginFlight();
    stopping.obey("pause");
    stopping.endFlight();
    await settle();
    expect(ended()).toBe(null);
    stopping.endFlight();
    await settle();
    expect(ended()).toEqual({ why: "pause" });
  });

  test("may finish in a drain, and are told to clean up in the last five seconds of its grace", async () => {
    const { stopping, clock, ended } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.stop({ why: "shutdown", isAborting: false });
    await clock.advance(GRACE_MS - 5_000 - 1);
    expect(why(abort)).toBe(null);
    await clock.advance(1);
    expect([why(abort), abort.reason?.graceMs]).toEqual(["shutdown", 5_000]);
    await clock.advance(4_999);
    expect(ended()).toBe(null);
    await clock.advance(1);
    expect(ended()).toMatchObject({ why: "shutdown" });
  });

  test("have the grace of the drain itself, where it gives one", async () => {
    const { stopping, clock, ended } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.stop({ why: "shutdown", isAborting: false, graceMs: 2_000 });
    await clock.advance(0);
    expect([why(abort), abort.reason?.graceMs]).toEqual(["shutdown", 2_000]);
    await clock.advance(2_000);
    expect(ended()).toMatchObject({ why: "shutdown" });
  });

  test("have a second when the shutdown is immediate, also one that turned so", async () => {
    const { stopping, clock, ended } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.stop({ why: "shutdown", isAborting: false });
    stopping.stop({ why: "shutdown", isAborting: true });
    expect([why(abort), abort.reason?.graceMs]).toEqual(["shutdown", 1_000]);
    await clock.advance(999);
    expect(ended()).toBe(null);
    await clock.advance(1);
    expect(ended()).toMatchObject({ isAborting: true });
  });

  test("an attempt that begins after the interruption is aborted as it begins; one that has closed is not told", () => {
    const { stopping } = setUp();
    stopping.beginFlight();
    const closed = stopping.openAbort("stage");
    stopping.closeAbort(closed);
    stopping.obey("pause");
    expect(why(closed)).toBe(null);
    expect(why(stopping.openAbort("stage"))).toBe("pause");
  });

  test.each(["verdict", "drift"] as const)("a %s drains: what is in flight may finish", async (kind) => {
    const { stopping, ended } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.stop(
      kind === "drift" ? { why: "drift", drift: [] } : { why: "verdict", reason: "quota", wakeInMs: null, error: null },
    );
    expect(why(abort)).toBe(null);
    stopping.endFlight();
    await settle();
    expect(ended()).toMatchObject({ why: kind });
  });
});

describe("a reason after another", () => {
  test("a verdict during a drain has a drain of its own, counted from then", async () => {
    const { stopping, clock } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    stopping.stop({ why: "shutdown", isAborting: false, graceMs: 10_000 });
    stopping.stop({ why: "verdict", reason: "quota", wakeInMs: null, error: null });
    await clock.advance(GRACE_MS - 5_000 - 1);
    expect(why(abort)).toBe(null);
    await clock.advance(1);
    expect(why(abort)).toBe("shutdown");
  });

  test("a cancel during a pause has the whole grace, counted from then", async () => {
    const { stopping, clock, ended } = setUp();
    stopping.beginFlight();
    stopping.obey("pause");
    await clock.advance(10_000);
    stopping.obey("cancel");
    await clock.advance(GRACE_MS - 1);
    expect(ended()).toBe(null);
    await clock.advance(1);
    expect(ended()).toEqual({ why: "cancel" });
  });

  test("no timer that ends it is left once it has ended", async () => {
    const { stopping, clock } = setUp({ stopGraceMs: 5_000 });
    stopping.beginFlight();
    stopping.obey("pause");
    expect(clock.timerCount).toBe(1);
    stopping.endFlight();
    await settle();
    expect(clock.timerCount).toBe(0);
  });

  test("one that is closed first is never over: nobody waits for it any more", async () => {
    const { stopping, ended } = setUp();
    stopping.beginFlight();
    stopping.obey("pause");
    stopping.close();
    stopping.endFlight();
    await settle();
    expect(ended()).toBe(null);
  });
});

describe("items of a map, whose calls cost money", () => {
  test("are aborted at once by a pause whose grace is all for cleaning up", () => {
    const { stopping } = setUp({ stopGraceMs: 5_000 });
    stopping.beginFlight();
    const item = stopping.openAbort("item");
    stopping.obey("pause");
    expect(why(item)).toBe("pause");
  });

  test("that have closed are not told, and are not being paid for", () => {
    const { stopping, paid } = setUp();
    stopping.beginFlight();
    const item = stopping.openAbort("item");
    paid.begin(item);
    stopping.closeAbort(item);
    stopping.obey("cancel");
    expect([why(item), paid.isPaying(item)]).toEqual([null, false]);
  });

  test("a lease that is lost during a pause gives those that are being paid for the whole grace again", async () => {
    const { stopping, clock, paid } = setUp();
    stopping.beginFlight();
    const item = stopping.openAbort("item");
    paid.begin(item);
    stopping.obey("pause");
    await clock.advance(10_000);
    stopping.stop({ why: "leaseLost", heldBy: "b" });
    await clock.advance(GRACE_MS - 1);
    expect(why(item)).toBe(null);
    await clock.advance(1);
    expect(why(item)).toBe("leaseLost");
  });

  test("may finish through a pause, until five seconds before the end of its grace", async () => {
    const { stopping, clock } = setUp();
    stopping.beginFlight();
    const item = stopping.openAbort("item");
    stopping.obey("pause");
    await clock.advance(GRACE_MS - 5_000 - 1);
    expect(why(item)).toBe(null);
    await clock.advance(1);
    expect(why(item)).toBe("pause");
  });

  test("are aborted at once by a cancel", () => {
    const { stopping } = setUp();
    stopping.beginFlight();
    const item = stopping.openAbort("item");
    stopping.obey("cancel");
    expect(why(item)).toBe("cancel");
  });

  test("beside a successor only those that are being paid for go on, for the grace", async () => {
    const { stopping, clock, paid, ended } = setUp();
    stopping.beginFlight();
    const [paying, idle] = [stopping.openAbort("item"), stopping.openAbort("item")];
    paid.begin(paying);
    stopping.stop({ why: "leaseLost", heldBy: "b" });
    await settle();
    expect(ended()).toMatchObject({ why: "leaseLost" });
    expect([why(paying), why(idle)]).toEqual([null, "leaseLost"]);
    await clock.advance(GRACE_MS - 1);
    expect(why(paying)).toBe(null);
    await clock.advance(1);
    expect(why(paying)).toBe("leaseLost");
  });
});

describe("trust", () => {
  test("user code may begin while the lease is trusted; the first question after that stops the execution", async () => {
    const { stopping, world, ended } = setUp();
    expect(stopping.mayBegin()).toBe(true);
    world.isTrusted = false;
    expect(stopping.mayBegin()).toBe(false);
    await settle();
    expect(ended()).toEqual({ why: "leaseLost", heldBy: null });
    world.isTrusted = true;
    expect(stopping.mayBegin()).toBe(false);
  });

  test("a lease lost while a write waited for the store is the store's failure, unless another holds the run", () => {
    const error = new Error("busy");
    const own = setUp({ waitedFor: error });
    own.stopping.loseTrust(null);
    expect(own.stopping.stopped).toEqual({ why: "storeFailed", error });
    const taken = setUp({ waitedFor: error });
    taken.stopping.loseTrust("worker-b");
    expect(taken.stopping.stopped).toEqual({ why: "leaseLost", heldBy: "worker-b" });
  });

  test("nothing is written after the lease is lost or the store failed; a pause still writes", () => {
    for (const [stop, ends] of [
      [{ why: "leaseLost", heldBy: null }, 1],
      [{ why: "storeFailed", error: null }, 1],
      [{ why: "pause" }, 0],
    ] as const) {
      const { stopping, world } = setUp();
      stopping.stop(stop);
      expect(world.writesEnds, stop.why).toBe(ends);
    }
  });

  test("the waits of a report are ended even where the execution is over", () => {
    const { stopping, world } = setUp();
    stopping.close();
    stopping.loseTrust(null);
    expect([world.trustEnds, stopping.stopped]).toEqual([1, null]);
  });
});

describe("through", () => {
  const stages = ["gather", "write", "check"];

  test("stages up to the named one are admitted; none after a stop", () => {
    const { stopping } = setUp({ through: "write", stages });
    expect(stages.map((stage) => stopping.admits(stage))).toEqual([true, true, false]);
    stopping.beginFlight();
    stopping.obey("pause");
    expect(stopping.admits("gather")).toBe(false);
  });

  test("a parked stage stops the run once nothing is in flight, not before", async () => {
    const { stopping, clock, ended } = setUp({ through: "write", stages });
    stopping.beginFlight();
    void stopping.park("check");
    await clock.advance(1);
    expect(ended()).toBe(null);
    stopping.endFlight();
    await clock.advance(0);
    expect(ended()).toEqual({ why: "through", stage: "write" });
  });

  test("a parked stage alone stops the run, and one that settled with nothing parked does not", async () => {
    const alone = setUp({ through: "write", stages });
    void alone.stopping.park("check");
    await alone.clock.advance(0);
    expect(alone.ended()).toEqual({ why: "through", stage: "check" });
    const none = setUp({ through: "write", stages });
    none.stopping.beginFlight();
    none.stopping.endFlight();
    await none.clock.advance(1);
    expect(none.ended()).toBe(null);
  });

  test("of the members of a pattern those asked before the named one may begin, and none after it", () => {
    const { stopping } = setUp({ through: "year-2", stages: ["year-*"] });
    expect(stopping.admits("year-1")).toBe(true);
    stopping.passedThrough = true;
    expect([stopping.admits("year-2"), stopping.admits("year-3")]).toEqual([true, false]);
  });

  test("a stage that begins in the same turn keeps the run going", async () => {
    const { stopping, clock, ended } = setUp({ through: "write", stages });
    void stopping.park("check");
    stopping.beginFlight();
    await clock.advance(1);
    expect(ended()).toBe(null);
  });
});

describe("the end of the workflow function", () => {
  test("what is in flight settles first; of a failed run it is aborted and has five seconds", async () => {
    const { stopping, clock } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    let isSettled = false;
    void stopping.settle(true).then(() => {
      isSettled = true;
    });
    expect([why(abort), abort.reason?.graceMs]).toEqual(["runFailed", 5_000]);
    await clock.advance(4_999);
    expect(isSettled).toBe(false);
    await clock.advance(1);
    expect(isSettled).toBe(true);
  });

  test("of a run that returned nothing is aborted, and it takes as long as it takes", async () => {
    const { stopping, clock } = setUp();
    stopping.beginFlight();
    const abort = stopping.openAbort("stage");
    let isSettled = false;
    void stopping.settle(false).then(() => {
      isSettled = true;
    });
    await clock.advance(GRACE_MS * 2);
    expect([why(abort), isSettled]).toEqual([null, false]);
    stopping.endFlight();
    await settle();
    expect(isSettled).toBe(true);
  });

  test("closing cancels what would still fire", async () => {
    const { stopping, clock } = setUp();
    stopping.beginFlight();
    stopping.openAbort("item");
    stopping.obey("pause");
    stopping.close();
    expect([stopping.isOver, clock.timerCount]).toEqual([true, 0]);
  });
});
