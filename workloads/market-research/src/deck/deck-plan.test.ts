import { describe, expect, test } from "vitest";
import { synthesize } from "../synthesis/synthesis.js";
import { exampleResearch, STARTED_AT_MS } from "../testing.js";
import { type DeckData, evenly, planDeck, type Reference, type Slide } from "./deck-data.js";
import { chaptersOf, toPages } from "./page.js";
import { checkDeckData } from "./pre-build-check.js";
import { makeReadable } from "./readability.js";
import { scanSizes } from "./size-scan.js";

const research = await exampleResearch();
const deck = planDeck(synthesize(research), research, STARTED_AT_MS);

function findingsOf(data: DeckData) {
  return data.slides.flatMap((slide) => (slide.kind === "findings" || slide.kind === "risks" ? slide.findings : []));
}

function withFinding(text: string, refs = ["S1"]): DeckData {
  const slides = deck.slides.map(
    (slide): Slide => (slide.kind === "risks" ? { ...slide, findings: [{ text, refs }] } : slide),
  );
  return { ...deck, slides };
}

describe("the plan of a deck", () => {
  test("has cover, contents, overview with a chart, findings, risks and sources, in that order", () => {
    const kinds = deck.slides.map((slide) => slide.kind);
    expect(kinds.slice(0, 3)).toEqual(["cover", "contents", "overview"]);
    expect(kinds.indexOf("risks")).toBeGreaterThan(kinds.lastIndexOf("findings"));
    expect(kinds.at(-1)).toBe("sources");
    expect(checkDeckData(deck)).toMatchObject({ passed: true, score: 1 });
  });

  test("contains every industry claim once", () => {
    const claims = research.sections.flatMap((section) => section.passages.map((passage) => passage.text));
    expect(
      findingsOf(deck)
        .map((finding) => finding.text)
        .sort(),
    ).toEqual(claims.sort());
  });

  test("says for each section that no source was supplied, if there are none", async () => {
    const bare = await exampleResearch({ withSources: false });
    const plan = planDeck(synthesize(bare), bare, STARTED_AT_MS);
    const rows = plan.slides.find((slide) => slide.kind === "rows" && slide.chapter === "Open questions");
    expect(rows?.kind === "rows" ? rows.rows.map((row) => row.label) : []).toEqual(
      bare.sections.map((section) => section.title),
    );
    expect(checkDeckData(plan).passed).toBe(true);
  });

  test("divides evenly", () => {
    expect(evenly([1, 2, 3, 4], 3)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(evenly([], 3)).toEqual([]);
  });
});

describe("the pre-build check", () => {
  test("fails an uncited finding and names the slide", () => {
    const check = checkDeckData(withFinding("A claim of nobody.", []));
    const number = deck.slides.findIndex((slide) => slide.kind === "risks") + 1;
    expect(check.passed).toBe(false);
    expect(check.violations).toEqual([expect.objectContaining({ rule: "uncited", where: `slide ${number}` })]);
  });

  test("fails an unknown citation, a chart of one point, a missing cover and an unlisted source", () => {
    expect(checkDeckData(withFinding("A claim.", ["S77"])).violations[0]?.rule).toBe("unresolved");
    const poor = deck.slides.map(
      (slide): Slide =>
        slide.kind === "overview"
          ? { ...slide, charts: slide.charts.map((chart) => ({ ...chart, points: chart.points.slice(0, 1) })) }
          : slide,
    );
    expect(checkDeckData({ ...deck, slides: poor }).violations[0]?.rule).toBe("chart-points");
    expect(checkDeckData({ ...deck, slides: deck.slides.slice(1) }).violations[0]?.rule).toBe("missing-slide");
    expect(
      checkDeckData({ ...deck, slides: deck.slides.slice(0, -1) }).violations.some(
        (one) => one.rule === "unlisted-source",
      ),
    ).toBe(true);
  });
});

const LONG = `${"The operator of the grid reports, in its yearly statement, that capacity between zones remains a constraint; ".repeat(14)}and ends.`;

describe("the size scan", () => {
  test("finds no problem in the example, and gives equal parts of a slide the same size", () => {
    const scan = scanSizes(deck);
    expect(scan.overflows).toBe(0);
    for (const slide of scan.slides) {
      const sizes = new Set(
        slide.slots.filter((slot) => /^finding-\d$/.test(slot.slot)).map((slot) => slot.fontSizePt),
      );
      expect(sizes.size).toBeLessThanOrEqual(1);
    }
  });

  test("finds a text that is too long", () => {
    const scan = scanSizes(withFinding(LONG));
    expect(scan.overflows).toBe(1);
    expect(scan.slides.find((slide) => !slide.fits)?.slots.find((slot) => !slot.fits)?.slot).toBe("finding-1");
  });
});

describe("the readability rewrite", () => {
  test("does not change what fits", () => {
    expect(makeReadable(deck)).toEqual({ deck, rewrites: [] });
  });

  test("divides a long passage over cards, with all its words and citations and without overflow", () => {
    const { deck: readable, rewrites } = makeReadable(withFinding(LONG, ["S1", "S2"]));
    expect(rewrites.map((rewrite) => rewrite.change)).toEqual(["divided", "spread"]);
    const parts = readable.slides.flatMap((slide) => (slide.kind === "risks" ? slide.findings : []));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => part.text).join(" ")).toBe(LONG);
    expect(parts.every((part) => part.refs.join() === "S1,S2")).toBe(true);
    expect(scanSizes(readable).overflows).toBe(0);
  });

  test("keeps the contents right when slides are added", () => {
    const { deck: readable } = makeReadable(withFinding(LONG));
    for (const { title, page } of chaptersOf(readable)) expect(readable.slides[page - 1]?.chapter).toBe(title);
    expect(toPages(readable)).toHaveLength(readable.slides.length);
  });

  test("shows long citations by number and shortens long names, instead of overflowing", () => {
    // Names of the user's files may be long; those of the datasets are ours.
    const lengthen = ({ id, label }: Reference) => ({
      id,
      label: id.startsWith("D") ? label : `${"very-long-folder-name/".repeat(12)}${label}`,
    });
    const slides = deck.slides.map(
      (slide): Slide => (slide.kind === "sources" ? { ...slide, references: slide.references.map(lengthen) } : slide),
    );
    const { deck: readable } = makeReadable({ ...deck, references: deck.references.map(lengthen), slides });
    expect(scanSizes(readable).slides.flatMap((slide) => slide.slots.filter((slot) => !slot.fits))).toEqual([]);
  });
});
