/** Waits by clocks that the test sets: a wall clock that jumps. The rest is in the contract suite. */
import type { Fence, RunId, WaitOpen } from "@holdfast/core";
import { expect, test } from "vitest";
import { op, openGroupWriter, TestTime } from "../testing/group-writer.js";
import { newRun, TEST_HOLDER } from "../testing/processes.js";
import type { ClaimRow } from "./take-leases.js";

const HOUR_MS = 3_600_000;

function open() {
  const time = new TestTime("boot-1", 1_700_000_000_000, 50_000);
  const { writer } = openGroupWriter(time);
  const execute = <T>(...[name, ...args]: Parameters<typeof op>) => {
    const { results, errors } = writer.execute([op(name, ...(args as never))]);
    if (errors !== null) throw new Error(JSON.stringify(errors));
    return results[0] as T;
  };
  const terms = { claim: { holder: TEST_HOLDER, leaseMs: 600_000 } };
  const { claim } = execute<{ claim: ClaimRow }>("createRun", newRun("r", terms));
  const fence: Fence = { runId: "r" as RunId, token: claim.token, nonce: claim.nonce };
  const look = (due: WaitOpen["due"]) =>
    execute<{ kind: string; leftMs?: number }>("openWait", fence, { stage: "nap", kind: "sleep", due });
  return { time, execute, look };
}

test.each([HOUR_MS, -HOUR_MS])(
  "a sleep of a duration lasts that long although the wall clock jumps by %i ms",
  (jumpMs) => {
    const { time, execute, look } = open();
    const due = { kind: "after", ms: 30_000 } as const;
    expect(look(due)).toMatchObject({ kind: "open", leftMs: 30_000 });
    time.pass(10_000);
    time.wall += jumpMs;
    expect(look(due)).toMatchObject({ kind: "open", leftMs: 20_000 });
    time.pass(19_999);
    expect(look(due)).toMatchObject({ kind: "open", leftMs: 1 });
    expect(execute("wakeWaits", 10)).toMatchObject({ settled: [] });
    time.pass(1);
    expect(look(due)).toMatchObject({ kind: "settled" });
  },
);

test("a sleep until an instant ends once the wall clock is there", () => {
  const { time, look } = open();
  const due = { kind: "at", atMs: time.wall + HOUR_MS } as const;
  expect(look(due)).toMatchObject({ kind: "open", leftMs: HOUR_MS });
  time.wall -= HOUR_MS;
  expect(look(due)).toMatchObject({ kind: "open", leftMs: 2 * HOUR_MS });
  time.wall += 2 * HOUR_MS;
  expect(look(due)).toMatchObject({ kind: "settled" });
});
