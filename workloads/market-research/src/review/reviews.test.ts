import { describe, expect, test } from "vitest";
import { synthesize } from "../synthesis/synthesis.js";
import { exampleResearch } from "../testing.js";
import { countSyllables, englishShare, newestYear, readingEase } from "./measures.js";
import { reviewResearch } from "./research-review.js";
import { reviewSynthesis } from "./synthesis-review.js";

describe("the measures", () => {
  test("give easy words a higher reading ease than hard ones", () => {
    const easy = readingEase(["The cat sat on the mat.", "It was a big cat."]);
    const hard = readingEase([
      "Organisational interdependencies necessitate comprehensive intergovernmental harmonisation.",
    ]);
    expect(easy).toBeGreaterThan(90);
    expect(hard).toBeLessThan(0);
    expect(readingEase([])).toBe(0);
    expect(["energy", "the", "people", "made", "a"].map(countSyllables)).toEqual([3, 1, 2, 1, 1]);
  });

  test("find the newest year up to the run's", () => {
    expect(newestYear("From 1991 to 2023, target 2030, 12345", 2026)).toBe(2023);
    expect(newestYear("Often.", 2026)).toBeNull();
  });

  test("distinguish English from other languages", () => {
    expect(englishShare(["The grid is owned by the state.", "Strømnettet eies av staten og kommunene."])).toBe(0.5);
  });
});

describe("the research review", () => {
  test("scores what exists and names what is missing", async () => {
    const full = reviewResearch(await exampleResearch(), 2026);
    const bare = reviewResearch(await exampleResearch({ withSources: false }), 2026);
    expect(full.scores.sectionCoverage).toBe(1);
    expect(bare.scores.sectionCoverage).toBe(0);
    expect(full.scores.overall).toBeGreaterThan(bare.scores.overall);
    expect(bare.issues[0]).toMatchObject({ severity: "high", rule: "no-sources" });
    expect(full.issues.filter((issue) => issue.rule === "unused-source").map((issue) => issue.where)).toContain(
      "japan-healthcare/ageing.txt",
    );
    expect(full.issues.find((issue) => issue.rule === "old-figure")?.message).toMatch(/2005/);
  });

  test("judges recency by the year of the run", async () => {
    const research = await exampleResearch();
    expect(reviewResearch(research, 2050).scores.recency).toBe(0);
    expect(reviewResearch(research, 2026).scores.recency).toBeGreaterThan(0);
  });
});

describe("the synthesis review", () => {
  test("has lower scores for planted faults", async () => {
    const research = await exampleResearch();
    const markdown = synthesize(research);
    const good = reviewSynthesis(markdown, research, 2026);
    expect(good.scores).toMatchObject({ coverage: 1, citationCoverage: 1, citationPrecision: 1 });
    const bad = reviewSynthesis(
      markdown.replace("## Risks\n\n", "## Risks\n\n- It may rain.\n- It will snow.[^S1]\n"),
      research,
      2026,
    );
    expect(bad.scores.citationCoverage).toBeLessThan(1);
    expect(bad.scores.citationPrecision).toBeLessThan(1);
    expect(bad.issues.filter((issue) => issue.severity === "high").map((issue) => issue.rule)).toEqual([
      "uncited",
      "not-verbatim",
    ]);
  });
});
