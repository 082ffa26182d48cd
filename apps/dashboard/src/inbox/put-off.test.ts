import { describe, expect, test } from "vitest";
import { isPutOff, readPutOff } from "./put-off.js";

describe("what is put off", () => {
  const stop = { runId: "run-a", at: 100 };

  test("is so until its time, and for that stop alone", () => {
    const all = { "run-a@100": 1_000 };
    expect(isPutOff(all, stop, 999)).toBe(true);
    expect(isPutOff(all, stop, 1_000)).toBe(false);
    expect(isPutOff(all, { ...stop, at: 101 }, 999)).toBe(false);
    expect(isPutOff(all, { ...stop, runId: "run-b" }, 999)).toBe(false);
  });

  test("is read back, without what is damaged", () => {
    expect(readPutOff('{"run-a@100":5,"run-b@1":"x"}')).toEqual({ "run-a@100": 5 });
    for (const text of [null, "", "[1]", "7", "null", "{", '"text"']) expect(readPutOff(text)).toEqual({});
  });
});
