import { expect, test } from "vitest";
import { inventedNumbers, numbersOf } from "./numbers.js";

test("numbers are compared by value, scale and percent sign", () => {
  expect([
    ...numbersOf("1,500 or 1 500 or 1.5 thousand; 2,5 and 2.50; twenty; 90 percent, 90 %, in 2023 150 plants"),
  ]).toEqual(["1500", "2.5", "20", "90%", "2023", "150"]);
  expect(inventedNumbers("1.5 million by 2030", ["1.5 billion by 2030"])).toEqual(["1500000"]);
  expect(inventedNumbers("9% of the 5 plants", ["9 of 5 plants"])).toEqual(["9%"]);
  expect(inventedNumbers("5 to 10 percent", ["between 5% and 10%"])).toEqual([]);
});
