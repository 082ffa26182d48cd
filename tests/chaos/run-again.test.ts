/**
 * A script with a single call of `holdfast.run`, in real processes: killed, stopped, started again, and started twice
 * at once.
 */
import { describe, expect, test } from "vitest";
import { makePlace, type Place } from "./harness/place.js";

const KEY = { idempotencyKey: "mine" };

const script = (place: Place, input: object, options: object = KEY) =>
  place.program("run", [JSON.stringify(options), JSON.stringify(input)]);

interface End {
  readonly runId: string;
  readonly status: string;
  readonly exitCode: number;
  readonly output?: unknown;
  readonly reason?: string | null;
  readonly code?: string;
}

async function endOf(process: ReturnType<typeof script>): Promise<End & { readonly exit: number | null }> {
  const { code, stdout, stderr } = await process.ended;
  if (stdout === "") throw new Error(stderr);
  return { ...(JSON.parse(stdout) as End), exit: code };
}

/** Stages whose code began, in order. */
const ran = (place: Place) => place.journal.all("ran").map(({ stage }) => stage);

describe("the same script started again", () => {
  test("after three kill -9 continues each time where the previous one was, and ends as one run", async () => {
    const place = await makePlace();
    const input = { steps: 4, stepMs: 150 };
    for (const step of ["step-1", "step-2", "step-3"]) {
      const killed = script(place, input);
      await place.untilJournal("ran", { stage: step, pid: killed.pid });
      killed.kill("SIGKILL");
      expect((await killed.ended).signal).toBe("SIGKILL");
    }
    const end = await endOf(script(place, input));
    expect(end).toMatchObject({ status: "completed", output: 4, exit: 0 });
    const acknowledged = place.journal.all("acknowledged");
    for (const stage of ["step-1", "step-2", "step-3", "step-4"]) {
      const values = acknowledged.filter((line) => line.stage === stage).map(({ value }) => value);
      expect(new Set(values).size, stage).toBe(1);
    }
    expect(place.db.runs().map(({ run }) => run)).toEqual([end.runId]);
  });

  test("once it is done returns what is recorded, and executes nothing", async () => {
    const place = await makePlace();
    const first = await endOf(script(place, { steps: 2 }));
    const before = ran(place);
    expect(await endOf(script(place, { steps: 2 }))).toEqual(first);
    expect(ran(place)).toEqual(before);
  });

  test("after SIGTERM resumes the run that was left paused", async () => {
    const place = await makePlace();
    const input = { steps: 3, holdAt: 2 };
    const stopped = script(place, input);
    await place.untilJournal("ran", { stage: "step-2" });
    stopped.kill("SIGTERM");
    place.openGate();
    const paused = await endOf(stopped);
    expect(paused).toMatchObject({ status: "paused", reason: "drained", exitCode: 75, exit: 75 });
    expect(await endOf(script(place, input))).toMatchObject({ runId: paused.runId, status: "completed", exit: 0 });
    expect(ran(place)).toEqual(["step-1", "step-2", "step-3"]);
  });
});

describe("the same script started while it runs", () => {
  test("three times at once is one run: one executes, the others wait, and all return its output", async () => {
    const place = await makePlace();
    const scripts = [1, 2, 3].map(() => script(place, { steps: 3, holdAt: 2 }));
    await place.untilJournal("ran", { stage: "step-2" });
    place.openGate();
    const ends = await Promise.all(scripts.map(endOf));
    expect(new Set(ends.map(({ runId }) => runId)).size).toBe(1);
    expect(ends.map(({ status, output, exit }) => [status, output, exit])).toEqual(
      scripts.map(() => ["completed", 3, 0]),
    );
    expect(ran(place)).toEqual(["step-1", "step-2", "step-3"]);
  });

  test("takes over when the one it waits for is killed", async () => {
    const place = await makePlace();
    const input = { steps: 3, holdAt: 2 };
    const holder = script(place, input);
    await place.untilJournal("ran", { stage: "step-2", pid: holder.pid });
    const waiting = script(place, input);
    await place.untilJournal("opened", { pid: waiting.pid });
    holder.kill("SIGKILL");
    await place.untilJournal("ran", { stage: "step-2", pid: waiting.pid });
    place.openGate();
    expect(await endOf(waiting)).toMatchObject({ status: "completed", output: 3, exit: 0 });
    expect(ran(place)).toEqual(["step-1", "step-2", "step-2", "step-3"]);
  });

  test("with a different input is refused, and changes nothing", async () => {
    const place = await makePlace();
    const first = await endOf(script(place, { steps: 1 }));
    const events = place.db.events();
    expect(await endOf(script(place, { steps: 2 }))).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED", exit: 99 });
    expect(await endOf(script(place, { steps: 2 }, { runId: first.runId }))).toMatchObject({ code: "RUN_ID_TAKEN" });
    expect(place.db.events()).toEqual(events);
  });
});
