/** What is asked of the list, from its text to the server's filter. */
import { describe, expect, test } from "vitest";
import { filterOf, inputWords, parseQuery, textOf } from "./run-query.js";

const asked = (text: string) => filterOf(parseQuery(text));

describe("the query of the list", () => {
  test("is chips, and the same text again", () => {
    const text = "status:failed -status:queued workflow:brief run-2026";
    expect(textOf(parseQuery(text))).toBe(text);
    expect(parseQuery("state:failed")[0]?.key).toBe("status");
  });

  test("becomes the server's filter", () => {
    expect(asked("status:failed,paused workflow:brief owner:ana run-1").filter).toEqual({
      status: "failed,paused",
      workflow: "brief",
      owner: "ana",
      idPrefix: "run-1",
    });
    expect(asked("-status:completed").filter.status).toBe("queued,running,paused,failed,cancelled");
    expect(asked("").filter).toEqual({});
  });

  test("says what cannot be asked, instead of asking for something else", () => {
    expect(asked("status:done").problem).toMatch(/done is no status/);
    expect(asked("tag:nightly").problem).toMatch(/tag cannot be asked for/);
    expect(asked("-workflow:brief").problem).toMatch(/cannot/);
    expect(asked("status:failed -status:failed").problem).toBe("no status is left");
  });

  test("a row says the first plain values of the input", () => {
    expect(inputWords({ country: "Norway", industry: "energy services", nested: { a: 1 } })).toBe(
      "Norway · energy services",
    );
    expect(inputWords({ prospects: "./data/icp.yaml", count: 5_000 })).toBe("icp.yaml · 5000");
    expect(inputWords(null)).toBe("");
    expect(inputWords({ text: "x".repeat(99) })).toHaveLength(40);
  });
});
