import { describe, expect, test } from "vitest";
import { runActs } from "./run-acts.js";

const actsOf = (status: string, wish: object | null = null) =>
  runActs({ status, wish } as Parameters<typeof runActs>[0]).map(({ act }) => act);

describe("commands on the run in view", () => {
  test("are those that its state allows", () => {
    expect(actsOf("queued")).toEqual(["pause", "cancel"]);
    expect(actsOf("running")).toEqual(["pause", "cancel", "fork"]);
    expect(actsOf("running", { kind: "pause", reason: null })).toEqual(["fork"]);
    expect(actsOf("paused")).toEqual(["plan", "restart", "fork"]);
    expect(actsOf("failed")).toEqual(["plan", "restart", "fork"]);
    expect(actsOf("completed")).toEqual(["restart", "fork"]);
    expect(actsOf("cancelled")).toEqual(["restart", "fork"]);
  });
});
