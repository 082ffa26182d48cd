import { expect, test } from "vitest";
import type { SqlContext } from "../context.js";
import type { StoreTime } from "../store-time.js";
import { instantOf, readInstant } from "./lease-rules.js";

const time = { bootId: "boot", wallMs: () => 5_000, monotonicMs: () => 70 } as StoreTime;

test("what is due by a clock that leads the wall clock by a second is due, in transactions and in reads", () => {
  const instant = { bootId: "boot", monotonicMs: 70, wallMs: 5_000, dueMs: 6_000 };
  expect(instantOf({ time, monotonicMs: 70, wallMs: 5_000 } as SqlContext)).toEqual(instant);
  expect(readInstant(time)).toEqual(instant);
});
