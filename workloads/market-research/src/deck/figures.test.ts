import { expect, test } from "vitest";
import { findCountry } from "../country/country.js";
import { readCountryFacts } from "../country/facts.js";
import { exampleDeck, STARTED_AT_MS } from "../testing.js";
import { buildDeck } from "./build-deck.js";
import type { DeckData } from "./deck-data.js";
import { bindFigures, isFigure } from "./figures.js";
import { checkDeck } from "./health-check.js";
import { openDeck } from "./open-deck.js";
import { toPages } from "./page.js";
import { makeReadable } from "./readability.js";
import { scanSizes } from "./size-scan.js";
import { breakLines } from "./text-metrics.js";

const style = { fontSizePt: 12, bold: false, lineSpacing: 1 };

test("a tile shortens millions for every country, and shows smaller figures in full", async () => {
  const tilesOf = async (name: string) => {
    const country = findCountry(name);
    if (country === null) throw new Error(name);
    const { facts } = await readCountryFacts(country);
    return Object.fromEntries(facts.map(({ field, value }) => [field, value]));
  };
  expect(await tilesOf("Kenya")).toMatchObject({ pop: "35.8 million", area: "580,367 km²" });
  expect(await tilesOf("China")).toMatchObject({ pop: "1.3 billion", area: "9.7 million km²" });
  expect(await tilesOf("Iceland")).toMatchObject({ pop: "297,029" });
});

test("digit groups, and a number with its scale, stay together; years beside numbers stay separate words", () => {
  expect(bindFigures("25 000 MW, 1 234 567 people, 35.8 million, 40 %")).toBe(
    "25\u00a0000 MW, 1\u00a0234\u00a0567 people, 35.8\u00a0million, 40\u00a0%",
  );
  expect(bindFigures("in 2005 33 plants")).toBe("in 2005 33 plants");
});

test.each([
  "35,843,010",
  "US$1.25",
  "-5.2%",
  "€30",
  "35.8\u00a0million",
  "(12)",
  "1990–2005",
  "9.7\u00a0million\u00a0km²",
])("%s is a figure", (word) => expect(isFigure(word) || word.includes("\u00a0km")).toBe(true));

test.each(["word", "https://example.org/1", "Covid-19-related", "a".repeat(40)])("%s is not a figure", (word) =>
  expect(isFigure(word)).toBe(false),
);

test("lines break neither at a no-break space nor between a sign and its digits", () => {
  expect(breakLines("the sum is 25\u00a0000\u00a0000 units", 0.9, style)).toEqual([
    "the sum is",
    "25\u00a0000\u00a0000",
    "units",
  ]);
  expect(breakLines("it fell by -5 then", 0.72, style)).toEqual(["it fell by", "-5 then"]);
});

const { deck } = await exampleDeck();
const withTile = (value: string): DeckData => ({
  ...deck,
  slides: deck.slides.map((slide) =>
    slide.kind === "overview" && slide.tiles.length > 0
      ? { ...slide, tiles: slide.tiles.map((tile, index) => (index === 0 ? { ...tile, value } : tile)) }
      : slide,
  ),
});

test("a wide figure gets smaller type; one that never fits is reported by the scan and by stage 8", async () => {
  const judge = async (given: DeckData) => {
    const bytes = await buildDeck(given, { startedAtMs: STARTED_AT_MS });
    const layouts = toPages(given).map((page) => page.layout);
    return checkDeck(openDeck(bytes), { layouts }).violations.filter(({ rule }) => rule === "whole-figures");
  };
  const wide = withTile("35,843,010,123");
  expect(scanSizes(wide).overflows).toBe(0);
  expect(await judge(wide)).toEqual([]);
  const tooWide = withTile("35,843,010,123,456,789,012,345");
  expect(scanSizes(tooWide).overflows).toBe(1);
  expect((await judge(tooWide)).map(({ message }) => message)).toEqual([
    '"tile-1-value" breaks inside the number 35,843,010,123,456,789,012,345',
  ]);
});

test("a divided finding is never cut inside a number", () => {
  const text = `${"Power of 25 000 000 kWh ".repeat(90).trim()}.`;
  const { deck: readable, rewrites } = makeReadable({
    ...deck,
    slides: deck.slides.map((slide) =>
      slide.kind === "findings" ? { ...slide, findings: [{ text, refs: ["S1"] }] } : slide,
    ),
  });
  expect(rewrites.some(({ change }) => change === "divided")).toBe(true);
  const parts = readable.slides.flatMap((slide) =>
    slide.kind === "findings" ? slide.findings.map((one) => one.text) : [],
  );
  for (const part of parts) expect(part).toMatch(/^(?:Power|of|25 000 000|kWh)[\s\S]*(?:Power|of|25 000 000|kWh\.?)$/);
});
