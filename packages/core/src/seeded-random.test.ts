import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.js";

test("a seed gives the same numbers on every machine, from 0 to below 1", () => {
  const random = seededRandom(7);
  expect([random(), random(), random()]).toEqual([0.011704753153026104, 0.06195825757458806, 0.97690763277933]);
  const [one, same, other] = [seededRandom(1), seededRandom(1 + 2 ** 32), seededRandom(2)];
  const first = one();
  expect([same(), other() === first]).toEqual([first, false]);
  for (let draw = 0; draw < 10_000; draw++) {
    const number = one();
    if (number < 0 || number >= 1) throw new Error(`${number} is out of range`);
  }
});
