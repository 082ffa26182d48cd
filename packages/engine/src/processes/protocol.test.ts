import { describe, expect, test } from "vitest";
import { readFromChild, readToChild } from "./protocol.js";

describe("messages of a child", () => {
  test("are read when every field fits", () => {
    const taken = { kind: "taken", runId: "r", workflow: "w" };
    expect(readFromChild(taken)).toBe(taken);
    expect(readFromChild({ kind: "hints", runIds: ["a"] })).not.toBeNull();
    expect(readFromChild({ kind: "storeWait", wait: null })).not.toBeNull();
    expect(readFromChild({ kind: "storeWait", wait: { since: 1, code: "STORE_BUSY", message: "m" } })).not.toBeNull();
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
    { kind: "acquire", turn: -1, tokens: 0, key: "k", module: "m", options: "{}" },
  ])("are ignored otherwise, since user code may send its own: %j", (message) => {
    expect(readFromChild(message)).toBeNull();
  });
});

describe("messages of a parent", () => {
  test("are read when every field fits, and ignored otherwise", () => {
    expect(readToChild({ kind: "drain" })).not.toBeNull();
    expect(readToChild({ kind: "terms", places: 2, aloneAfter: 1 })).not.toBeNull();
    expect(readToChild({ kind: "terms", places: "2", aloneAfter: 1 })).toBeNull();
    expect(readToChild({ kind: "begin", places: 2 })).toBeNull();
    expect(readToChild({ kind: "taken", runId: "r", workflow: "w" })).toBeNull();
  });
});
