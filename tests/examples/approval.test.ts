/** The workflow of examples/approval.ts: days pass on a virtual clock, and its process dies at each of its writes. */
import { expectSurvivesCrashes, testHoldfast } from "@holdfast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { approval, outside } from "../../examples/approval.js";

/** Notes what happens outside, once for each key. */
function watchOutside(): ReadonlyMap<string, string> {
  const done = new Map<string, string>();
  const real = { ...outside };
  onTestFinished(() => void Object.assign(outside, real));
  outside.publish = async (topic, key) => void done.set(key, `published ${topic}`);
  outside.remind = async (_, day, key) => void done.set(key, `reminded ${day}`);
  return done;
}

test("approval.ts reminds each day, takes the answer of the third, and gives up after it", async () => {
  const done = watchOutside();
  const holdfast = await testHoldfast({ workflows: [approval] });
  onTestFinished(() => holdfast.close());
  const tides = await holdfast.start(approval, { topic: "tides" });
  const moons = await holdfast.start(approval, { topic: "moons" });
  await holdfast.clock.advance("2d");
  expect([...done.values()].sort()).toEqual(["reminded 1", "reminded 1", "reminded 2", "reminded 2"]);
  expect((await holdfast.asks({ runId: tides.id })).map(({ name, title }) => [name, title])).toEqual([
    ["approve-3", "Publish the report on tides?"],
  ]);
  const ann = holdfast.as({ id: "ann", via: "library", requestId: null });
  await expect(ann.answer(tides.id, "approve-2", { publish: true })).rejects.toMatchObject({ code: "QUESTION_CLOSED" });
  await ann.answer(tides.id, "approve-3", { publish: true });
  await holdfast.clock.advance("1d");
  expect(await tides.result()).toBe("published, says ann");
  expect(await moons.result()).toBe("nobody answered");
  expect([...done.values()].filter((line) => line.startsWith("published"))).toEqual(["published tides"]);
});

test.each([
  [true, "published tides"],
  [false, null],
])("approval.ts, killed at each of its writes, has one answer (%s) and its effect once", async (publish, effect) => {
  const done = watchOutside();
  const report = await expectSurvivesCrashes(approval, { topic: "tides" }, { answers: { "approve-1": { publish } } });
  // Before and after: creation, both ends of `write`, its file, the question, and each report; both ends of `publish`.
  expect(report.crashPoints).toBeGreaterThanOrEqual(publish ? 16 : 12);
  // One undisturbed run for comparison, one more, and one for each crash: each with one effect.
  expect([...done.values()]).toEqual(effect === null ? [] : Array(report.crashPoints + 2).fill(effect));
});
