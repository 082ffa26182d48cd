/** What is asked of the list, from its text to the store's query. */
import { describe, expect, test } from "vitest";
import { parseRunSearch, searchOfTerms, textOfTerms } from "./run-search.js";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const asked = (text: string, fields: readonly string[] | null = ["country"]) =>
  searchOfTerms(parseRunSearch(text), { fields, nowMs: NOW });

describe("the query of the list", () => {
  test("is chips, and the same text again", () => {
    const text = "status:failed -status:queued workflow:brief run-2026";
    expect(asked("tag:nightly tag:acme -tag:draft").search).toEqual({
      tags: ["nightly", "acme"],
      not: { workflows: [], owners: [], fields: [], tags: ["draft"] },
    });
    expect(textOfTerms(parseRunSearch(text))).toBe(text);
    expect(parseRunSearch("state:failed")[0]?.key).toBe("status");
  });

  test("becomes the store's query", () => {
    expect(asked("status:failed,paused workflow:brief owner:ana run-1").search).toEqual({
      statuses: ["paused", "failed"],
      workflow: "brief",
      owner: "ana",
      idPrefix: "run-1",
    });
    expect(asked("-status:completed").search.statuses).toEqual([
      "queued",
      "running",
      "waiting",
      "paused",
      "failed",
      "cancelled",
    ]);
    expect(asked("").search).toEqual({});
  });

  test("asks for search fields, leaves out what has a - or !, and takes values with spaces in quotes", () => {
    expect(asked('country:NO -workflow:brief !owner:"ana b" -country:SE').search).toEqual({
      fields: { country: "NO" },
      not: { workflows: ["brief"], owners: ["ana b"], fields: [["country", "SE"]] },
    });
    expect(textOfTerms(parseRunSearch('!owner:"ana b"'))).toBe('-owner:"ana b"');
    // Before it is known which fields there are, the server says what is none.
    expect(asked("planet:mars", null)).toEqual({ search: { fields: { planet: "mars" } }, problem: null });
  });

  test("asks for times: an age, a day, an instant, from both sides", () => {
    expect(asked("started:>2d").search).toEqual({ createdSince: NOW - 2 * 86_400_000 });
    expect(asked("started:<90m").search).toEqual({ createdBefore: NOW - 90 * 60_000 });
    const day = new Date("2026-11-01T00:00:00").getTime();
    expect(asked("started:>2026-11-01 started:<1h").search).toEqual({
      createdSince: day,
      createdBefore: NOW - 3_600_000,
    });
    expect(asked("-started:>2026-11-01T10:30").search).toEqual({
      createdBefore: new Date("2026-11-01T10:30").getTime(),
    });
  });

  test("says what cannot be asked, instead of asking for something else", () => {
    expect(asked("status:done").problem).toMatch(/done is no status/);
    expect(asked("label:nightly").problem).toMatch(/label cannot be asked for/);
    expect(asked("planet:mars").problem).toMatch(/planet cannot be asked for: .*, country/);
    expect(asked("country:").problem).toBe("country: needs a value");
    expect(asked("started:yesterday").problem).toMatch(/is no time: >2d/);
    expect(asked("started:>2026-13-40").problem).toMatch(/is no time/);
    expect(asked("-resumable:true").problem).toMatch(/true alone/);
    expect(asked("../etc").problem).toMatch(/begins no run id/);
    expect(asked("status:failed -status:failed").problem).toBe("no status is left");
  });

  test("asks for a cost, from both sides, in dollars", () => {
    expect(asked("cost:>5 cost:<10.5").search).toEqual({ costAboveUsd: 5, costBelowUsd: 10.5 });
    expect(asked("-cost:>5").search).toEqual({ costBelowUsd: 5 });
    for (const wrong of ["cost:5", "cost:>", "cost:>-1", "cost:>1e3", "cost:>2000000"]) {
      expect(asked(wrong).problem, wrong).toMatch(/is no amount|needs/);
    }
  });

  test("asks for a cause of failures by its fingerprint", () => {
    const [one, other] = ["0123456789abcdef", "fedcba9876543210"];
    expect(asked(`cause:${one} -cause:${other}`).search).toEqual({
      cause: one,
      not: { workflows: [], owners: [], causes: [other], fields: [] },
    });
    expect(asked("cause:boom").problem).toBe("cause:boom is not a fingerprint of 16 hexadecimal digits");
    expect(asked("-cause:0123").problem).toMatch(/is not a fingerprint/);
    expect(asked(`cause:${one} cause:${other}`).problem).toMatch(/asked for twice/);
  });

  test("takes other names of a key, and refuses two values where a run has one", () => {
    expect(asked("created:>2d").search).toEqual(asked("started:>2d").search);
    expect(asked("state:failed").search).toEqual(asked("status:failed").search);
    expect(asked("workflow:a workflow:b").problem).toBe("workflow is asked for twice: a and b");
    expect(asked("country:NO country:SE").problem).toBe("country is asked for twice: NO and SE");
    expect(asked("owner:a owner:a -owner:b -owner:c").problem).toBeNull();
    // Names of the language's own objects are no keys.
    expect(asked("constructor:x toString:y").problem).toMatch(/^constructor cannot be asked for/);
  });
});
