import { StoreLostError, WrongUseError } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { readFromChild, readToChild, receiveTrouble, sendTrouble } from "./protocol.js";

describe("messages of a child", () => {
  test("are read when every field fits", () => {
    const taken = { kind: "taken", runId: "r", workflow: "w" };
    expect(readFromChild(taken)).toBe(taken);
    expect(readFromChild({ kind: "hints", runIds: ["a"] })).not.toBeNull();
    expect(readFromChild({ kind: "storeWait", wait: null })).not.toBeNull();
    expect(readFromChild({ kind: "storeWait", wait: { since: 1, code: "STORE_BUSY", message: "m" } })).not.toBeNull();
    const failed = { kind: "failed", message: "m", isRetryable: false };
    const store = { code: "STORE_LOST", details: { location: "x", problem: "it was moved" } };
    expect(readFromChild({ ...failed, store: null })).not.toBeNull();
    expect(readFromChild({ ...failed, store })).not.toBeNull();
    expect(readFromChild({ kind: "release", turn: 1, outcome: { kind: "ok" } })).not.toBeNull();
  });

  test.each([
    null,
    "ready",
    7,
    [],
    {},
    { kind: "toString" },
    { kind: "begin" },
    { kind: "taken", runId: "r" },
    { kind: "taken", runId: 1, workflow: "w" },
    { kind: "hints", runIds: ["a", 2] },
    { kind: "storeWait", wait: "long" },
    { kind: "failed", message: "m", isRetryable: false },
    { kind: "failed", message: "m", isRetryable: false, store: { code: "toString", details: {} } },
    { kind: "acquire", turn: -1, tokens: 0, key: "k", module: "m", options: "{}" },
  ])("are ignored otherwise, since user code may send its own: %j", (message) => {
    expect(readFromChild(message)).toBeNull();
  });
});

test("trouble of a store arrives as the error it was; any other error does not go along", () => {
  const lost = new StoreLostError({ location: "x.db", problem: "the file was moved" });
  const sent = JSON.parse(JSON.stringify(sendTrouble(lost)));
  expect(receiveTrouble(sent)).toEqual(lost);
  expect(receiveTrouble(sent)).toBeInstanceOf(StoreLostError);
  expect(sendTrouble(new WrongUseError({ problem: "p" }))).toBeNull();
  expect(sendTrouble(new Error("e"))).toBeNull();
});

describe("messages of a parent", () => {
  test("are read when every field fits, and ignored otherwise", () => {
    expect(readToChild({ kind: "drain", withinMs: null })).not.toBeNull();
    expect(readToChild({ kind: "terms", places: 2, aloneAfter: 1 })).not.toBeNull();
    expect(readToChild({ kind: "terms", places: "2", aloneAfter: 1 })).toBeNull();
    expect(readToChild({ kind: "begin", places: 2 })).toBeNull();
    expect(readToChild({ kind: "taken", runId: "r", workflow: "w" })).toBeNull();
  });
});
