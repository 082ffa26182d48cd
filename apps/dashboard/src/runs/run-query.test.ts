/** What is asked of the list, from its text to the server's filter. */
import { describe, expect, test } from "vitest";
import { filterOf, inputWords, parseQuery, textOf } from "./run-query.js";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const asked = (text: string, fields: readonly string[] | null = ["country"]) =>
  filterOf(parseQuery(text), { fields, nowMs: NOW });

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

  test("asks for search fields, leaves out what has a - or !, and takes values with spaces in quotes", () => {
    expect(asked('country:NO -workflow:brief !owner:"ana b" -country:SE').filter).toEqual({
      fields: { country: "NO" },
      not: { workflows: ["brief"], owners: ["ana b"], fields: ["country=SE"] },
    });
    expect(textOf(parseQuery('!owner:"ana b"'))).toBe('-owner:"ana b"');
    // Before it is known which fields there are, the server says what is none.
    expect(asked("planet:mars", null)).toEqual({ filter: { fields: { planet: "mars" } }, problem: null });
  });

  test("asks for times: an age, a day, an instant, from both sides", () => {
    expect(asked("started:>2d").filter).toEqual({ createdSince: NOW - 2 * 86_400_000 });
    expect(asked("started:<90m").filter).toEqual({ createdBefore: NOW - 90 * 60_000 });
    const day = new Date("2026-11-01T00:00:00").getTime();
    expect(asked("started:>2026-11-01 started:<1h").filter).toEqual({
      createdSince: day,
      createdBefore: NOW - 3_600_000,
    });
    expect(asked("-started:>2026-11-01T10:30").filter).toEqual({
      createdBefore: new Date("2026-11-01T10:30").getTime(),
    });
  });

  test("says what cannot be asked, instead of asking for something else", () => {
    expect(asked("status:done").problem).toMatch(/done is no status/);
    expect(asked("tag:nightly").problem).toMatch(/tag cannot be asked for/);
    expect(asked("planet:mars").problem).toMatch(/planet cannot be asked for: .*, country/);
    expect(asked("country:").problem).toBe("country: needs a value");
    expect(asked("started:yesterday").problem).toMatch(/is no time: >2d/);
    expect(asked("started:>2026-13-40").problem).toMatch(/is no time/);
    expect(asked("-resumable:true").problem).toMatch(/true alone/);
    expect(asked("../etc").problem).toMatch(/begins no run id/);
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
