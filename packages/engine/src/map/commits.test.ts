import {
  type ItemResultWrite,
  type MapCommit,
  type MapState,
  NO_COST,
  type RunId,
  type Store,
  StoreBusyError,
  type WriteOutcome,
} from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { ManualClock, settle } from "../base/manual-clock.fixture.js";
import type { Execution } from "../run/execution.js";
import { PaidCalls } from "../run/paid-calls.js";
import { PatientStore } from "../run/patient-store.js";
import { Stopping } from "../run/stopping.js";
import { StoreWaits } from "../run/store-waits.js";
import { RunWriter } from "../run/writer.js";
import { COMMITS_UNDER_WAY_MAX, Commits, type CommitsOptions } from "./commits.js";

const WRITTEN: WriteOutcome = { kind: "written", wish: null };
const LOST: WriteOutcome = { kind: "leaseLost", heldBy: "another" };

type Answer = WriteOutcome | Error;

/** A store that takes commits, and answers each when the test says so; or at once, with `answers` in turn. */
function world(change: { total?: number | null; state?: Partial<MapState>; batch?: number; label?: string } = {}) {
  const clock = new ManualClock();
  const sent: MapCommit[] = [];
  const held: ((answer: Answer) => void)[] = [];
  const store = {
    location: "here",
    commitMap: (_: unknown, commit: MapCommit) => {
      sent.push(structuredClone(commit));
      return new Promise<WriteOutcome>((resolve, reject) =>
        held.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))),
      );
    },
  } as unknown as Store;
  const paid = new PaidCalls();
  const patient = new PatientStore(store, clock, new StoreWaits(clock, () => {}));
  const stopping = new Stopping({
    clock,
    stopGraceMs: 25_000,
    run: { through: null, stages: null },
    paid,
    isTrusted: () => true,
    endTrust: () => null,
    endWrites: () => {},
  });
  const notified: RunId[] = [];
  const hints = { notify: (id: RunId) => void notified.push(id) };
  const fence = { runId: "run-1" as RunId, token: 1, nonce: "n" };
  const execution = {
    subject: { fence },
    deps: { clock, hints },
    paid,
    stopping,
    writer: new RunWriter(fence, { store, hints } as never, patient, stopping),
  } as unknown as Execution;
  const reserved = { nanos: 0, sent: [] as [number, boolean][] };
  const refused: string[] = [];
  const state = { okCount: 0, errorCount: 0, cost: NO_COST, lowWater: 0, intentCount: 0, total: null, ...change.state };
  const options: CommitsOptions = {
    stage: "calls",
    label: change.label ?? null,
    state: state as MapState,
    openIntents: [{ n: 0, index: 7, key: "left", attempt: 1 }].slice(0, change.state?.intentCount ?? 0),
    total: change.total ?? null,
    batch: { results: change.batch ?? 100, ms: 250 },
    onRefused: (results) => refused.push(...results.map(({ key }) => key)),
    budget: {
      sending: () => reserved.nanos,
      sent: (nanos, isWritten) => void reserved.sent.push([nanos, isWritten]),
    },
  };
  const commits = new Commits(execution, options);
  const answer = async (with_: Answer = WRITTEN) => {
    held.shift()?.(with_);
    await settle();
  };
  return { clock, commits, sent, answer, heldCount: () => held.length, stopping, notified, reserved, refused, paid };
}

const result = (index: number, change: Partial<ItemResultWrite> = {}): ItemResultWrite =>
  ({
    index,
    key: `k${index}`,
    attempt: 1,
    outcome: "ok",
    cost: { ...NO_COST, nanos: 5 },
    ...change,
  }) as ItemResultWrite;

async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  let seen: unknown = "waits";
  void promise.then((value) => {
    seen = value;
  });
  await settle();
  return seen;
}

describe("when results are committed", () => {
  test("once the batch is full, and not before", async () => {
    const { commits, sent } = world({ batch: 3 });
    commits.addResult(result(0), null);
    commits.addResult(result(1), null);
    await settle();
    expect(sent).toEqual([]);
    commits.addResult(result(2), null);
    await settle();
    expect(sent.map(({ results }) => results.map(({ key }) => key))).toEqual([["k0", "k1", "k2"]]);
  });

  test("250 ms after the first of them, each time anew", async () => {
    const { commits, sent, clock, answer } = world();
    commits.addResult(result(0), null);
    await clock.advance(200);
    commits.addResult(result(1), null);
    await clock.advance(49);
    expect(sent).toHaveLength(0);
    await clock.advance(1);
    expect(sent[0]?.results).toHaveLength(2);
    await answer();
    expect(clock.timerCount).toBe(0);
    commits.addFailure({ cost: NO_COST } as never);
    await clock.advance(250);
    commits.addEvent({ type: "log", data: {} } as never);
    await clock.advance(250);
    expect(sent.map((one) => [one.results.length, one.failures.length, one.events.length])).toEqual([
      [2, 0, 1],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  test("at once when asked; nothing is sent where nothing has gathered, unless the counters themselves are meant", async () => {
    const { commits, sent, clock, answer } = world();
    expect(await stateOf(commits.flush())).toBe(true);
    expect(sent).toHaveLength(0);
    commits.addResult(result(0), null);
    const flushed = commits.flush();
    expect([clock.timerCount, await stateOf(flushed)]).toEqual([0, "waits"]);
    await answer();
    expect(await stateOf(flushed)).toBe(true);
    const together = [commits.recordTogether(), commits.recordTogether()];
    await settle();
    expect(sent).toHaveLength(2);
    await answer();
    expect(await Promise.all(together)).toEqual([true, true]);
    void commits.recordTogether();
    await settle();
    expect(sent).toHaveLength(3);
  });

  test("`map.committed` is told at most once a second, with the counts of that moment", async () => {
    const { commits, sent, clock } = world({ total: 10 });
    commits.markHole(0);
    for (const [index, waitMs] of [
      [1, 0],
      [2, 999],
      [3, 1],
    ] as const) {
      await clock.advance(waitMs);
      commits.addResult(result(index, index === 2 ? { outcome: "error" as const } : {}), null);
      void commits.flush();
      await settle();
    }
    void commits.record();
    await settle();
    const told = sent.map(({ events }) => events.map(({ data }) => data));
    expect(told.map((events) => events.length)).toEqual([1, 0, 1, 0]);
    expect(told[2]?.[0]).toMatchObject({ stage: "calls", done: 3, failed: 1, total: 9, costUsd: 0.000_000_015 });
  });
});

test("`map.committed` is told with the last result, however soon after the one before", async () => {
  const { commits, sent } = world({ total: 4 });
  commits.markHole(0);
  for (const index of [1, 2, 3]) {
    commits.addResult(result(index), null);
    void commits.flush();
    await settle();
  }
  expect(sent.map(({ events }) => events.map(({ data }) => data))).toEqual([
    [expect.objectContaining({ done: 1, total: 3 })],
    [],
    [expect.objectContaining({ done: 3, total: 3 })],
  ]);
});

describe("what a commit says", () => {
  test("everything that has gathered, whatever it is", async () => {
    const { commits, sent } = world();
    const page = { index: 0 } as never;
    commits.addPage(page);
    commits.addResult(result(0), null);
    commits.addFailure({ cost: NO_COST } as never);
    void commits.flush();
    expect(sent[0]).toMatchObject({ pages: [page], results: [{ key: "k0" }], failures: [{}] });
    commits.addFailure({ cost: NO_COST } as never);
    commits.addEvent({ type: "log", data: {} } as never);
    void commits.flush();
    expect(sent[1]).toMatchObject({ pages: [], failures: [{}], events: [{}] });
  });

  test("how fast results come, and how long the rest will take", async () => {
    const { commits, sent, clock } = world({ total: 100 });
    for (let index = 0; index < 20; index++) {
      await clock.advance(100);
      commits.addResult(result(index), null);
    }
    void commits.record();
    expect(sent.at(-1)?.progress.items).toMatchObject({ ratePerS: 10, etaMs: [8_000, 8_000] });
  });

  test("counts results, replaces earlier ones, and adds their cost", async () => {
    const { commits, sent } = world({ total: 5, label: "calling", state: { okCount: 1, errorCount: 1 } });
    commits.addResult(result(0), "error");
    commits.addResult(result(1, { outcome: "error" }), "ok");
    commits.addResult(result(2), null);
    commits.addFailure({ cost: { ...NO_COST, nanos: 7 } } as never);
    expect([commits.okCount, commits.errorCount, commits.cost.nanos, commits.missingCount]).toEqual([2, 1, 22, 2]);
    void commits.flush();
    expect(sent[0]?.progress).toMatchObject({ items: { done: 3, total: 5, failed: 1 }, label: "calls · calling" });
    const without = world();
    expect(without.commits.missingCount).toBeNull();
    void without.commits.record();
    expect(without.sent[0]).toMatchObject({
      total: null,
      progress: { items: { total: null, etaMs: null }, label: "calls" },
    });
  });

  test("its mark covers its own rows and what is durable, never rows on their way", async () => {
    const { commits, sent, answer } = world();
    commits.markDone(1);
    commits.addResult(result(0), null);
    void commits.flush();
    commits.addResult(result(2), null);
    void commits.flush();
    expect(sent.map(({ lowWater }) => lowWater)).toEqual([2, 0]);
    await answer();
    commits.addResult(result(4), null);
    void commits.flush();
    expect(sent[2]?.lowWater).toBe(2);
    await answer();
    void commits.record();
    expect(sent[3]?.lowWater).toBe(3);
  });

  test("counts the places without an item out of the total, from when the mark has passed them", async () => {
    const { commits, sent, answer } = world();
    commits.markHole(0);
    commits.markHole(2);
    commits.setTotal(4);
    expect(commits.missingCount).toBe(4);
    void commits.record();
    expect(sent[0]).toMatchObject({ lowWater: 1, total: 4 });
    commits.addResult(result(1), null);
    void commits.flush();
    expect(sent[1]).toMatchObject({ lowWater: 3, total: 3, progress: { items: { total: 3, done: 1 } } });
    await answer();
    await answer();
    expect(commits.missingCount).toBe(2);
  });

  test("its intents have numbers of their own; the mark of intents waits for those that are open", async () => {
    const { commits, sent, answer } = world({ state: { intentCount: 1 } });
    expect([commits.leftIntents("left").length, commits.leftIntents("new").length]).toEqual([1, 0]);
    const announced = commits.announce([
      { index: 0, key: "a", attempt: 1 },
      { index: 1, key: "b", attempt: 1 },
    ]);
    expect([commits.placeInFlight("b"), commits.placeInFlight("c")]).toEqual([1, null]);
    expect(sent[0]).toMatchObject({
      intents: [
        { n: 1, key: "a" },
        { n: 2, key: "b" },
      ],
      intentLow: 0,
    });
    await answer();
    const [a, b] = (await announced) ?? [];
    commits.closeIntents([...commits.leftIntents("left"), a as never]);
    commits.addResult(result(0), null);
    void commits.flush();
    expect(sent[1]?.intentLow).toBe(2);
    await answer(new Error("broken"));
    void b;
    void commits.record();
    // The commit failed: what it closed is open still.
    expect(sent[2]?.intentLow).toBe(0);
  });

  test("withdrawn intents lie before the mark: those still open are recorded once more behind them", async () => {
    const { commits, sent, answer } = world();
    const announced = commits.announce(["a", "b"].map((key, index) => ({ index, key, attempt: 1 })));
    await answer();
    const [a, b] = (await announced) ?? [];
    const withdrawn = commits.withdrawIntents([b as never]);
    expect(await stateOf(withdrawn)).toBe("waits");
    expect(sent[1]).toMatchObject({ intents: [{ n: 2, key: "a" }], intentLow: 2 });
    await answer();
    expect(await stateOf(withdrawn)).toBeUndefined();
    expect(a?.n).toBe(2);
    const last = commits.withdrawIntents([a as never]);
    expect([await stateOf(last), sent.length]).toEqual([undefined, 2]);
  });
});

describe("answers", () => {
  test("a written commit is hinted, recorded by the budget, and lets the process end", async () => {
    const { commits, answer, notified, reserved, paid, clock } = world();
    reserved.nanos = 40;
    commits.addResult(result(0), null);
    const flushed = commits.flush();
    const kept = paid.settle(clock, 25_000);
    expect(await stateOf(kept)).toBe("waits");
    await answer();
    expect([await flushed, await stateOf(kept)]).toEqual([true, undefined]);
    expect([notified, reserved.sent]).toEqual([["run-1"], [[40, true]]]);
  });

  test("after a lost lease the results are handed over, and nothing more may be written", async () => {
    const { commits, answer, refused, stopping, reserved, sent, paid, clock } = world();
    commits.addResult(result(0), null);
    const announced = commits.announce([{ index: 1, key: "a", attempt: 1 }]);
    await answer(LOST);
    expect([await announced, refused, stopping.stopped?.why]).toEqual([null, ["k0"], "leaseLost"]);
    expect([reserved.sent, await commits.flush(), sent.length]).toEqual([[[0, false]], false, 1]);
    expect(await stateOf(paid.settle(clock, 25_000))).toBeUndefined();
    // The mark has moved, and nobody is told.
    commits.markDone(0);
    await commits.drain();
    expect(sent).toHaveLength(1);
  });

  test("a store that fails stops the execution; the results are handed over", async () => {
    const { commits, answer, refused, stopping, sent, paid, clock } = world();
    commits.addResult(result(0), null);
    const flushed = commits.flush();
    await answer(new Error("broken"));
    expect([await flushed, refused, stopping.stopped?.why]).toEqual([false, ["k0"], "storeFailed"]);
    expect(await stateOf(paid.settle(clock, 25_000))).toBeUndefined();
    commits.markDone(0);
    await commits.drain();
    expect(sent).toHaveLength(1);
  });

  test("a commit that finds the store busy is sent again, with the marks and reservations of that moment", async () => {
    const { commits, answer, sent, clock, reserved } = world();
    commits.addResult(result(1), null);
    const flushed = commits.flush();
    await answer(new StoreBusyError({ location: "here", waitedMs: 5_000 }));
    commits.markDone(0);
    reserved.nanos = 9;
    await clock.advance(100);
    expect(sent.map(({ lowWater, committedNanos }) => [lowWater, committedNanos])).toEqual([
      [0, 0],
      [2, 9],
    ]);
    await answer();
    expect([await flushed, reserved.sent]).toEqual([
      true,
      [
        [0, false],
        [9, true],
      ],
    ]);
  });

  test("new items wait while too many commits are under way", async () => {
    const { commits, answer } = world();
    let writtenCount = 0;
    commits.onWritten = () => void writtenCount++;
    for (let count = 0; count < COMMITS_UNDER_WAY_MAX; count++) {
      expect(commits.isBackedUp).toBe(false);
      void commits.record();
    }
    expect(commits.isBackedUp).toBe(true);
    await answer();
    expect([commits.isBackedUp, writtenCount]).toEqual([false, 1]);
  });
});

describe("the end of a map", () => {
  test("waits for every commit under way, and says the last mark and total once more if none of them did", async () => {
    const { commits, answer, sent, heldCount } = world();
    commits.addResult(result(1), null);
    void commits.flush();
    commits.addResult(result(0), null);
    commits.setTotal(2);
    const drained = commits.drain();
    await settle();
    // The second commit was sent before the first was answered, so its mark does not cover it.
    expect(sent.map(({ lowWater }) => lowWater)).toEqual([0, 1]);
    await answer();
    expect(await stateOf(drained)).toBe("waits");
    await answer();
    expect(sent[2]).toMatchObject({ lowWater: 2, total: 2 });
    expect(await stateOf(drained)).toBe("waits");
    await answer();
    expect([await stateOf(drained), heldCount()]).toEqual([undefined, 0]);
  });

  test("says nothing twice: what the last commit said is told", async () => {
    const { commits, answer, sent } = world({ total: 1 });
    commits.addResult(result(0), null);
    const drained = commits.drain();
    await answer();
    expect([await stateOf(drained), sent.length]).toEqual([undefined, 1]);
    // A total that became known since is said.
    const late = world();
    late.commits.setTotal(0);
    const ended = late.commits.drain();
    await settle();
    expect(late.sent).toMatchObject([{ total: 0 }]);
    await late.answer();
    expect(await stateOf(ended)).toBeUndefined();
  });

  test("a total without the places that have no item is said, and not once more", async () => {
    const { commits, answer, sent } = world();
    commits.markHole(0);
    void commits.record();
    await answer();
    commits.setTotal(3);
    void commits.record();
    await answer();
    const drained = commits.drain();
    expect([await stateOf(drained), sent.map(({ lowWater, total }) => [lowWater, total])]).toEqual([
      undefined,
      [
        [1, null],
        [1, 3],
      ],
    ]);
  });

  test("an older commit that is answered last does not take back what a newer one said", async () => {
    const { commits, sent, answer } = world({ total: 2 });
    void commits.record();
    commits.addResult(result(0), null);
    commits.addResult(result(1), null);
    void commits.flush();
    // Answered in the order of sending; the first said 0, the second 2.
    await answer();
    await answer();
    void commits.record();
    await answer();
    const drained = commits.drain();
    expect([await stateOf(drained), sent.map(({ lowWater }) => lowWater)]).toEqual([undefined, [0, 2, 2]]);
  });
});
