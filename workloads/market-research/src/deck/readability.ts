/**
 * Stage 6a: makes a deck readable by moving and dividing text, never by changing or dropping it.
 *
 * An overflowing findings slide is spread over more slides. A finding that overflows by itself is divided at a clause,
 * and each part keeps every citation. The parts joined by a space give the original finding.
 */
import { plural } from "holdfast/extend";
import type { DeckData, Finding, Slide } from "./deck-data.js";
import { evenly } from "./deck-data.js";
import { bindFigures } from "./figures.js";
import { sourceLineOf } from "./page.js";
import { FINDINGS_MAX, LAYOUTS, type Slot } from "./template.js";
import { fitText } from "./text-metrics.js";

export interface Rewrite {
  change: "spread" | "divided";
  slide: string;
  message: string;
}

export interface Readable {
  deck: DeckData;
  rewrites: Rewrite[];
}

/** Rewrites slides that overflow. Others stay unchanged. */
export function makeReadable(deck: DeckData, signal?: AbortSignal): Readable {
  const labels = new Map(deck.references.map(({ id, label }) => [id, label]));
  const rewrites: Rewrite[] = [];
  const slides = deck.slides.flatMap((slide): Slide[] => {
    signal?.throwIfAborted();
    if (slide.kind !== "findings" && slide.kind !== "risks") return [slide];
    const parts = slide.findings.flatMap((finding) => {
      const divided = divide(finding, labels);
      if (divided.length > 1)
        rewrites.push({
          change: "divided",
          slide: slide.title,
          message: `one passage of ${finding.text.length} characters stands on ${divided.length} cards`,
        });
      return divided;
    });
    const groups = spread(parts, labels);
    if (groups.length > 1)
      rewrites.push({
        change: "spread",
        slide: slide.title,
        message: `${plural(parts.length, "finding")} on ${plural(groups.length, "slide")}`,
      });
    const bare = slide.title.replace(/ \(continued\)$/, "");
    return groups.map((findings, index) => ({
      ...slide,
      findings,
      title: index > 0 ? `${bare} (continued)` : slide.title,
    }));
  });
  return { deck: { ...deck, slides }, rewrites };
}

/** Distributes the findings over the fewest slides on which each fits at a readable size. */
function spread(findings: readonly Finding[], labels: ReadonlyMap<string, string>): Finding[][] {
  for (let perSlide = FINDINGS_MAX; perSlide > 1; perSlide--) {
    const groups = evenly(findings, perSlide);
    if (groups.every((group) => group.every((finding) => fits(finding, group.length as 1 | 2 | 3, labels))))
      return groups;
  }
  return findings.map((finding) => [finding]);
}

/** Divides a finding until each part fits its own card. A single word that fits nowhere stays, and the gate reports it. */
function divide(finding: Finding, labels: ReadonlyMap<string, string>): Finding[] {
  if (fits(finding, 1, labels)) return [finding];
  const cut = findCut(finding.text);
  if (cut === null) return [finding];
  const first = { ...finding, text: finding.text.slice(0, cut).trimEnd() };
  const rest = { ...finding, text: finding.text.slice(cut).trimStart() };
  return [...divide(first, labels), ...divide(rest, labels)];
}

function fits(finding: Finding, count: 1 | 2 | 3, labels: ReadonlyMap<string, string>): boolean {
  const slots = LAYOUTS[`FINDINGS_${count}`].slots;
  const fitsIn = (name: string, text: string) => {
    const slot = slots.find((one): one is Slot => one.name === name);
    if (slot === undefined) return false;
    return fitText(text, slot, { fontSizePt: slot.sizes.min, bold: slot.bold, lineSpacing: slot.lineSpacing }).fits;
  };
  return fitsIn("finding-1", bindFigures(finding.text)) && fitsIn("finding-1-source", sourceLineOf(finding, labels));
}

/** Returns the clause boundary nearest the middle, else the nearest space; null if the text is one word. */
function findCut(given: string): number | null {
  const text = bindFigures(given); // of the same length, and without a space inside a number
  const middle = text.length / 2;
  const nearest = (pattern: RegExp) => {
    const cuts = [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
    return cuts.filter((cut) => cut < text.length).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  };
  const clause = nearest(/[;:,–—][ \t\n]+/g);
  // A clause far from the middle would leave one part almost as long as before.
  if (clause !== undefined && Math.abs(clause - middle) < text.length / 4) return clause;
  return nearest(/[ \t\n]+/g) ?? null;
}
