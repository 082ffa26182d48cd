/** Parents and children whose workers are killed: every child is created once, every end reaches its parent. */
import { expect, test } from "vitest";
import { times } from "./harness/form.js";
import { makePlace, type Place } from "./harness/place.js";
import { waitFor } from "./harness/wait-for.js";

const CHILDREN = 6;
/** Each child adds its number to the two steps of its own child. */
const SUM = CHILDREN * 2 + (CHILDREN * (CHILDREN - 1)) / 2;

const ranCount = (place: Place) => place.journal.all("ran").length;

async function killAfter(place: Place, args: readonly string[], moreCount: number): Promise<void> {
  const begun = ranCount(place);
  const killed = place.command(args);
  const isSoFar = async () => ranCount(place) >= begun + moreCount || !killed.isAlive();
  await waitFor(isSoFar, { withinMs: 120_000, what: `${moreCount} more stages` });
  killed.kill("SIGKILL");
  await killed.ended;
}

async function expectWhole(place: Place): Promise<void> {
  const { output } = await place.json<{ output: unknown }>(["show", "p", "--json"]);
  expect(output).toBe(SUM);
  // The parent, its children and theirs: each once.
  const runs = place.db.runs();
  expect(runs).toHaveLength(1 + 2 * CHILDREN);
  expect(runs.filter(({ status }) => status !== "completed")).toEqual([]);
  for (let n = 0; n < CHILDREN; n++) {
    const attempts = place.db.attempts(`p~part-${n}`);
    expect(attempts.filter(({ stage, status }) => stage === "below" && status === "completed")).toHaveLength(1);
  }
  expect(place.db.problems()).toEqual([]);
}

test("a family whose worker is killed again and again is done by the next, and a worker until idle ends when it is", async () => {
  const place = await makePlace();
  await place.json(["start", "family", `--children=${CHILDREN}`, "--run-id=p", "--detach"]);
  for (let round = 0; round < times(3, 30); round++) await killAfter(place, ["worker"], 2 + round);
  expect((await place.command(["worker", "--until-idle"]).ended).code).toBe(0);
  await expectWhole(place);
});

test("a foreground start executes its family; killed, a worker goes on with what it left", async () => {
  const place = await makePlace();
  await killAfter(place, ["start", "family", `--children=${CHILDREN}`, "--run-id=p"], 3);
  expect((await place.command(["worker", "--until-idle"]).ended).code).toBe(0);
  await expectWhole(place);
  const whole = await place.command(["start", "family", "--children=2", "--run-id=q"]).ended;
  expect(whole.code).toBe(0);
  expect((await place.json<{ output: unknown }>(["show", "q", "--json"])).output).toBe(5);
});
