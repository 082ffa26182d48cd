import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { WorkerProcesses } from "./worker-processes.js";

const died = (pid: number) =>
  ({ kind: "ended", pid, isExpected: false, runIds: [], code: null, signal: "SIGKILL" }) as const;

test("one death is no reason to be down, two without a start between them are, and a start ends it", async () => {
  const registry = new Registry();
  const processes = new WorkerProcesses(registry);
  const seen: boolean[] = [];
  for (const event of [
    { kind: "ready", pid: 1 } as const,
    died(1),
    { kind: "ready", pid: 2 } as const,
    died(2),
    died(3),
    { kind: "ready", pid: 4 } as const,
    { ...died(4), isExpected: true, code: 0, signal: null } as const,
  ]) {
    processes.onProcess(event);
    seen.push(processes.areDown);
  }
  expect(seen).toEqual([false, false, false, false, true, false, false]);
  const text = await registry.metrics();
  expect(text).toContain("holdfast_worker_processes 0");
  expect(text).toContain("holdfast_worker_process_deaths_total 3");
});
