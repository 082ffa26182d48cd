/** What a watch makes of answers that are older or newer than what it has. The server is a history; the order of frames is the test's. */
import type { EventFrame, SyncAnswer } from "@holdfast/protocol";
import { expect, test } from "vitest";
import type { Http } from "./http.js";
import type { SyncWish } from "./links.js";
import type { ClientRun } from "./reduce.js";
import { RunWatch } from "./run-watch.js";

const EPOCH = 7;
const line = (seq: number) =>
  ({ seq, at: seq, type: "log", data: { message: `line ${seq}` } }) as unknown as EventFrame;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => line(from + at));
const runAt = (head: number) =>
  ({ id: "r", status: "running", generation: 1, head, stages: [] }) as unknown as ClientRun;
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Answers when the test says so. */
class Server {
  readonly isUp = true;
  readonly isPaused = false;
  readonly asked: { readonly wish: SyncWish; readonly answer: (answer: SyncAnswer) => Promise<unknown> }[] = [];

  sync(wish: SyncWish): Promise<SyncAnswer> {
    return new Promise((resolve) => {
      this.asked.push({
        wish,
        answer: (answer) => {
          resolve(answer);
          return settled();
        },
      });
    });
  }
}

function replay(from: number, head: number): SyncAnswer {
  return { kind: "replay", runId: "r", epoch: EPOCH, head, events: lines(from, head) } as SyncAnswer;
}

function snapshot(from: number, head: number): SyncAnswer {
  return {
    kind: "snapshot",
    runId: "r",
    epoch: EPOCH,
    head,
    run: runAt(head),
    events: lines(from, head),
  } as SyncAnswer;
}

/** Everything up to event 3 was seen, and the next answer is asked for and on its way. */
async function behind(after: number | undefined) {
  const server = new Server();
  const watch = new RunWatch(server, {} as Http, "r", after === undefined ? {} : { after }, () => 0.5);
  const seen: number[] = [];
  watch.onEvent(({ seq }) => seen.push(seq));
  void watch.sync();
  await server.asked[0]?.answer(snapshot(1, 3));
  void watch.sync();
  expect(server.asked[1]?.wish.after).toBe(3);
  return { server, watch, seen };
}

test.each([0, undefined])("an answer that pushes overtook on its way changes nothing (after: %s)", async (after) => {
  for (const late of [replay(4, 5), snapshot(1, 5)]) {
    const { server, watch, seen } = await behind(after);
    watch.takeEvents(EPOCH, 8, lines(4, 8));
    await server.asked[1]?.answer(late);
    watch.takeEvents(EPOCH, 9, lines(9, 9));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(watch.state.get()).toMatchObject({ head: 9, last: 9, run: { head: 9 } });
    watch.close();
  }
});

test("a store with fewer events than were had when it was asked was restored: its history is given from the beginning", async () => {
  const { server, watch, seen } = await behind(0);
  await server.asked[1]?.answer(snapshot(1, 2));
  expect(seen).toEqual([1, 2, 3, 1, 2]);
  expect(watch.state.get()).toMatchObject({ head: 2, last: 2, run: { head: 2 } });
  watch.close();
});
