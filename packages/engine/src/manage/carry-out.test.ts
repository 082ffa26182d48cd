import type { Actor, RunId } from "@holdfast/core";
import { expect, test } from "vitest";
import type { Engine } from "../opened/engine.js";
import { carryOutAll } from "./carry-out.js";
import type { Finding } from "./findings.js";

const ACTOR: Actor = { id: "super-1", via: "supervisor", requestId: null };

const finding = (at: number, change: Partial<Finding> = {}): Finding =>
  ({
    runId: `run-${at}` as RunId,
    token: 3,
    deaths: 1,
    cause: "stalled",
    isHolderDead: true,
    limitMs: null,
    decision: { action: "resume", reason: "its holder died", uses: "recovery", delayMs: 0 },
    ...change,
  }) as Finding;

function world(answer: (runId: string) => boolean | Error = () => true) {
  const log: string[] = [];
  const requests: Record<string, unknown>[] = [];
  let atOnce = 0;
  let most = 0;
  const store = {
    recover: async (request: Record<string, unknown>) => {
      requests.push(request);
      most = Math.max(most, ++atOnce);
      await Promise.resolve();
      atOnce--;
      const given = answer(request.runId as string);
      if (given instanceof Error) throw given;
      return given;
    },
  };
  const hints = { notify: (id: string) => log.push(`hint ${id}`), notifyAnyFreed: () => log.push("freed") };
  const carryOut = (findings: readonly Finding[], reason: string | null = null) =>
    carryOutAll({ deps: { store, hints } } as unknown as Engine, findings, {
      actor: ACTOR,
      reason,
      onDone: ({ runId }) => log.push(`done ${runId}`),
    });
  return { log, requests, carryOut, most: () => most };
}

test("the store is asked whether what was found still holds, by what the decision is about", async () => {
  const { requests, carryOut } = world();
  await carryOut([
    finding(1),
    finding(2, { cause: "idle", isHolderDead: false, limitMs: 7_000 }),
    finding(3, { cause: "neverStarted", isHolderDead: false, deaths: null, token: 0, limitMs: 9_000 }),
  ]);
  const audit = { actor: ACTOR, action: "recover", reason: "its holder died" };
  const common = { by: "super-1", audit };
  expect(requests).toEqual([
    { ...common, runId: "run-1", token: 3, deaths: 1, about: "holder", isHolderDead: true, idleForMs: undefined },
    { ...common, runId: "run-2", token: 3, deaths: 1, about: "idle", isHolderDead: false, idleForMs: 7_000 },
    { ...common, runId: "run-3", token: 0, deaths: undefined, about: "start", isHolderDead: false, idleForMs: 9_000 },
  ]);
  await carryOut([finding(4)], "by hand");
  expect(requests.at(-1)).toMatchObject({ audit: { reason: "by hand" } });
});

test("only what was carried out here is told and hinted, in order", async () => {
  const { log, carryOut } = world((runId) => runId !== "run-2");
  await carryOut([finding(1), finding(2), finding(3)]);
  expect(log).toEqual(["done run-1", "hint run-1", "freed", "done run-3", "hint run-3", "freed"]);
});

test("fifty share a commit; a refusal of the store is thrown once those sent with it are told", async () => {
  const { log, requests, carryOut, most } = world((runId) => (runId === "run-10" ? new Error("full") : true));
  const findings = Array.from({ length: 120 }, (_, at) => finding(at));
  await expect(carryOut(findings)).rejects.toThrow("full");
  expect([requests.length, most(), log.filter((line) => line.startsWith("done")).length]).toEqual([50, 50, 49]);
  const whole = world();
  await whole.carryOut(findings);
  expect([whole.requests.length, whole.most()]).toEqual([120, 50]);
});
