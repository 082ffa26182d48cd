/**
 * What a run logged last before its process ended tells why it ended. A line is in the store within 50 ms, or when the
 * process exits.
 */
import { describe, expect, test } from "vitest";
import { makePlace } from "./harness/place.js";

describe("what a run leaves when its process ends", () => {
  test.each([
    ["process.exit", "exit", { code: 3, signal: null }],
    ["a kill 60 ms later", "kill", { code: null, signal: "SIGKILL" }],
  ])("by %s: all 300 lines that it logged", async (_, ends, expected) => {
    const place = await makePlace();
    const ended = await place.command(["start", "talker", `--ends=${ends}`, "--run-id=r"]).ended;
    expect(ended).toMatchObject(expected);
    const lines = place.db.events("r").filter(({ type }) => type === "log");
    expect(lines).toHaveLength(300);
  });
});
