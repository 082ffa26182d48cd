import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkDeck } from "../deck/health-check.js";
import { openDeck } from "../deck/open-deck.js";
import { toPages } from "../deck/page.js";
import { writeReceipt } from "../receipt.js";
import { checkContent } from "../synthesis/content-check.js";
import { synthesize } from "../synthesis/synthesis.js";
import { exampleDeck, exampleResearch, STARTED_AT_MS } from "../testing.js";
import { renderFinalReview, reviewRun } from "./final-review.js";
import { reviewResearch } from "./research-review.js";
import { reviewSynthesis } from "./synthesis-review.js";

async function runOf(withSources: boolean) {
  const research = await exampleResearch({ withSources });
  const { deck, bytes } = await exampleDeck({ withSources });
  const markdown = synthesize(research);
  const content = checkContent(markdown, research);
  const health = checkDeck(openDeck(bytes), { layouts: toPages(deck).map((page) => page.layout) });
  const reviews = { research: reviewResearch(research, 2026), synthesis: reviewSynthesis(markdown, research, 2026) };
  return { research, deck, bytes, content, health, reviews };
}

describe("the final review", () => {
  test("calls a deck with sources ready, and one without sources ready with remarks, most severe first", async () => {
    const full = await runOf(true);
    const good = reviewRun({ deck: full.deck, content: full.content, health: full.health, ...full.reviews });
    expect(good.verdict).toBe("ready");
    const bare = await runOf(false);
    const poor = reviewRun({ deck: bare.deck, content: bare.content, health: bare.health, ...bare.reviews });
    expect(poor.verdict).toBe("ready with remarks");
    expect(poor.issues[0]?.severity).toBe("high");
    expect(poor.score).toBeLessThan(good.score);
    expect(renderFinalReview(poor, bare.deck)).toMatch(
      /Verdict: \*\*ready with remarks\*\*[\s\S]*## High[\s\S]*## Medium/,
    );
  });
});

describe("the receipt", () => {
  test("states the file's hash and size, and the number of supported claims", async () => {
    const { research, deck, bytes, content, health } = await runOf(true);
    const receipt = writeReceipt({
      runId: "run-1",
      startedAtMs: STARTED_AT_MS,
      name: "final.pptx",
      bytes,
      deck,
      research,
      content,
      health,
    });
    expect(receipt.deck).toEqual({
      name: "final.pptx",
      sha256: createHash("sha256").update(bytes).digest("hex"),
      sizeBytes: bytes.length,
      slides: deck.slides.length,
      charts: 3,
    });
    expect(receipt.claims.supported).toBe(receipt.claims.total);
    expect(receipt.startedAt).toBe("2026-09-14T08:00:00.000Z");
    expect(receipt.sources.every((source) => /^[0-9a-f]{64}$/.test(source.sha256))).toBe(true);
  });
});
