/**
 * Every act on a run in every state, with a real store: a refusal names the states in which the act is possible, and
 * each remedy that it suggests can be carried out and makes the act possible.
 */

import { ACTS_FROM, canAct, type RunAct, type RunId } from "@holdfast/core";
import { createHoldfast, currentHolder, MemoryArtifactStore } from "@holdfast/engine";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { defineWorkflow, type Holdfast, IllegalMoveError, problemOf, RUN_STATUSES, type RunStatus } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

const short = defineWorkflow({
  name: "short",
  input: z.object({}),
  stages: ["one"],
  run: ({ stage }) => stage("one", () => 1),
});

const ACTS: Record<RunAct, (holdfast: Holdfast, runId: string) => Promise<unknown>> = {
  pause: ({ runs }, runId) => runs.pause(runId),
  cancel: ({ runs }, runId) => runs.cancel(runId),
  fail: ({ runs }, runId) => runs.fail(runId, "by hand"),
  resume: (holdfast, runId) => holdfast.resume(runId),
  restart: ({ runs }, runId) => runs.restart(runId),
  delete: ({ runs }, runId) => runs.delete(runId),
  "reset recoveries": ({ runs }, runId) => runs.resetRecoveries(runId),
};
const ALL = Object.keys(ACTS_FROM) as RunAct[];

async function open(): Promise<Holdfast> {
  const store = await openSqliteStore({ file: ":memory:" });
  const artifacts = new MemoryArtifactStore();
  const holdfast = createHoldfast({ store, workflows: [short], dataDir: "/nowhere", artifacts, stageFiles: false });
  onTestFinished(() => holdfast.close());
  return holdfast;
}

/**
 * Creates a run in this state, moved there by the usual operations; a running one is held by this process, which does
 * not check on it.
 */
async function runIn(holdfast: Holdfast, status: RunStatus): Promise<string> {
  const { id } = await holdfast.start(short, {});
  if (status === "completed") await holdfast.work({ untilIdle: true });
  if (status === "paused") await holdfast.runs.pause(id);
  if (status === "cancelled") await holdfast.runs.cancel(id);
  if (status === "failed") await holdfast.runs.fail(id, "by hand");
  if (status === "running") await claim(holdfast);
  if (status === "waiting") await park(holdfast);
  expect((await holdfast.runs.get(id)).status).toBe(status);
  return id;
}

const claim = ({ store }: Holdfast) =>
  store.claim({ holder: currentHolder("other"), leaseMs: 60_000, workflows: [short.name], limit: 10 });

/** What the worker of a run does whose code only sleeps. */
async function park(holdfast: Holdfast): Promise<void> {
  for (const { run, token, nonce } of await claim(holdfast)) {
    const fence = { runId: run.id, token, nonce };
    await holdfast.store.openWait(fence, { stage: "nap", kind: "sleep", due: { kind: "after", ms: 3_600_000 } });
    await holdfast.store.report(fence, { status: "waiting", reason: "sleep nap" });
  }
}

/** What the worker of a running run does when asked to pause or cancel it. */
async function obey({ store }: Holdfast, runId: string): Promise<void> {
  const lease = await store.getLease(runId as RunId);
  if (lease === null) return;
  const decision = { action: "cancel", reason: "as asked", uses: "nothing", afterMs: 0 } as const;
  await store.recover(
    { runId: runId as RunId, token: lease.token, about: "holder", isHolderDead: true, by: "test" },
    decision,
  );
}

/**
 * The refusal of an act; null if it was done. Being locked is independent of the state: the holder may be asked to
 * release the run.
 */
async function refusal(holdfast: Holdfast, act: RunAct, runId: string): Promise<IllegalMoveError | "locked" | null> {
  try {
    await ACTS[act](holdfast, runId);
    return null;
  } catch (error) {
    if ((error as { code?: string }).code === "RUN_LOCKED") return "locked";
    if (error instanceof IllegalMoveError) return error;
    throw error;
  }
}

const CASES = ALL.flatMap((act) => RUN_STATUSES.map((status) => [act, status] as const));

test.each(CASES)(
  "%s of a run that is %s is done if the table allows it, else refused with a remedy that works",
  async (act, status) => {
    const holdfast = await open();
    const runId = await runIn(holdfast, status);
    const refused = await refusal(holdfast, act, runId);
    expect(refused === null).toBe(canAct(act, status));
    if (refused === null || refused === "locked") return;
    expect(refused.message).toBe(
      `Run ${runId} is ${status}: ${act} is possible only if it is ${wordList(await possibleFrom(act))}.`,
    );
    const cures = problemOf(refused).suggestions.filter(({ kind }) => kind === "action");
    for (const { body, cli } of cures) {
      const cure = (body as { action: RunAct }).action;
      expect(cli).toBe(`holdfast ${cure} ${runId}`);
      expect(await refusal(holdfast, cure, runId)).toBeNull();
      await obey(holdfast, runId);
      if (cure === "cancel") expect(await refusal(holdfast, act, runId)).toBeNull();
    }
    // If nothing is suggested, the run is already in that state, or goes on by itself.
    if (cures.length === 0) expect(["pause paused", "resume waiting"]).toContain(`${act} ${status}`);
  },
);

const tried = new Map<RunAct, readonly string[]>();

/** Determined by trying each state. */
async function possibleFrom(act: RunAct): Promise<readonly string[]> {
  const known = tried.get(act);
  if (known !== undefined) return known;
  const found: string[] = [];
  tried.set(act, found);
  for (const status of RUN_STATUSES) {
    const holdfast = await open();
    if ((await refusal(holdfast, act, await runIn(holdfast, status))) === null) found.push(status);
  }
  return found;
}

const wordList = (words: readonly string[]) => words.join(", ");
