import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { afterSignal, exitCodeOfSignal, listenToSignals, NOT_STOPPED } from "./signals.js";

test("one signal drains, two abort, three exit", () => {
  const first = afterSignal(NOT_STOPPED, "SIGINT");
  const second = afterSignal(first, "SIGINT");
  const third = afterSignal(second, "SIGINT");
  expect([first.phase, second.phase, third.phase]).toEqual(["draining", "aborting", "exiting"]);
  expect(afterSignal(third, "SIGTERM").phase).toBe("exiting");
});

test("the signal that aborted decides the exit code, not the one that drained", () => {
  const aborted = afterSignal(afterSignal(NOT_STOPPED, "SIGINT"), "SIGTERM");
  expect(aborted.abortedBy).toBe("SIGTERM");
  expect(afterSignal(aborted, "SIGINT").abortedBy).toBe("SIGTERM");
  expect([exitCodeOfSignal("SIGINT"), exitCodeOfSignal("SIGTERM")]).toEqual([130, 143]);
});

test("a process that gets three signals is drained, aborted and ended, and told so each time", () => {
  const source = new EventEmitter();
  const did: string[] = [];
  const watch = listenToSignals(source, {
    graceMs: 25_000,
    drain: () => did.push("drain"),
    abort: () => did.push("abort"),
    exit: (code) => did.push(`exit ${code}`),
    say: (text) => did.push(text),
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) source.emit(signal);
  expect(did).toEqual([
    "Finishing work in flight, for at most 25 s. Interrupt again to abort at once.",
    "drain",
    "Aborting. Interrupt again to exit without waiting.",
    "abort",
    "exit 143",
  ]);
  watch.stop();
  expect(source.listenerCount("SIGINT") + source.listenerCount("SIGTERM")).toBe(0);
});
