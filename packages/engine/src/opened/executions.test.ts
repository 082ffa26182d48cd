import { expect, test } from "vitest";
import type { Execution } from "../run/execution.js";
import { Executions } from "./executions.js";

const executionOf = (id: string) => ({ subject: { run: { id } } }) as Execution;

test("an execution is found until it ends", () => {
  const executions = new Executions();
  const a = executionOf("a");
  const end = executions.enter(a);
  executions.enter(executionOf("b"));
  expect([executions.has("a"), executions.get("a"), [...executions].length]).toEqual([true, a, 2]);
  end();
  expect([executions.has("a"), executions.get("a"), [...executions].length]).toEqual([false, null, 1]);
});

test("the end of an earlier execution of a run does not take away the later one", () => {
  const executions = new Executions();
  const endFirst = executions.enter(executionOf("a"));
  const second = executionOf("a");
  executions.enter(second);
  endFirst();
  expect(executions.get("a")).toBe(second);
});
