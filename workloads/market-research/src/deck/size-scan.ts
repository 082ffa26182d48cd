/** Stage 6: measures every text of the deck against its slot, and picks type sizes. Changes no text. */
import type { DeckData } from "./deck-data.js";
import { type FilledSlot, type Page, toPages } from "./page.js";
import type { Slot } from "./template.js";
import { fitText } from "./text-metrics.js";

export interface SizedSlot {
  slot: string;
  characters: number;
  fontSizePt: number;
  lines: number;
  neededIn: number;
  availableIn: number;
  fits: boolean;
}

export interface SizedSlide {
  /** From 1. */
  slide: number;
  layout: string;
  slots: SizedSlot[];
  fits: boolean;
}

/** The content of size-scan.json. */
export interface SizeScan {
  method: "local";
  slides: SizedSlide[];
  /** Number of texts that overflow even at their smallest size. */
  overflows: number;
}

/** Scans a deck. Checks `signal` between slides. */
export function scanSizes(deck: DeckData, signal?: AbortSignal): SizeScan {
  const slides = toPages(deck).map((page, index) => {
    signal?.throwIfAborted();
    return scanPage(page, index + 1);
  });
  const overflows = slides.reduce((sum, slide) => sum + slide.slots.filter((slot) => !slot.fits).length, 0);
  return { method: "local", slides, overflows };
}

/**
 * Returns the largest size of a slot, in whole points, at which a text fits, preferring sizes that keep within the
 * slot's preferred number of lines. Returns the smallest size if none fits.
 */
export function pickFontSize(text: string, slot: Slot): number {
  let largest: number | null = null;
  for (let size = slot.sizes.max; size >= slot.sizes.min; size--) {
    const { fits, lines } = fitText(text, slot, { fontSizePt: size, bold: slot.bold, lineSpacing: slot.lineSpacing });
    if (!fits) continue;
    if (lines <= (slot.linesMax ?? Number.POSITIVE_INFINITY)) return size;
    largest ??= size;
  }
  return largest ?? slot.sizes.min;
}

/**
 * Returns the sizes of a page's texts. Texts of one kind (all findings, all tile values) share the smallest size that
 * any of them needs, since a slide whose equal parts differ in size looks broken.
 */
export function sizesOf(page: Page): Map<string, number> {
  const byKind = new Map<string, number>();
  for (const { slot, text } of page.fills) {
    const kind = kindOf(slot.name);
    byKind.set(kind, Math.min(byKind.get(kind) ?? Number.POSITIVE_INFINITY, pickFontSize(text, slot)));
  }
  return new Map(page.fills.map(({ slot }) => [slot.name, byKind.get(kindOf(slot.name)) ?? slot.sizes.min]));
}

function kindOf(slotName: string): string {
  return slotName.replace(/-\d+/g, "");
}

function scanPage(page: Page, number: number): SizedSlide {
  const sizes = sizesOf(page);
  const slots = page.fills
    .filter((fill) => fill.text !== "")
    .map((fill) => measure(fill, sizes.get(fill.slot.name) ?? fill.slot.sizes.min));
  return { slide: number, layout: page.layout, slots, fits: slots.every((slot) => slot.fits) };
}

function measure({ slot, text }: FilledSlot, fontSizePt: number): SizedSlot {
  const { fits, lines, neededIn } = fitText(text, slot, { fontSizePt, bold: slot.bold, lineSpacing: slot.lineSpacing });
  return {
    slot: slot.name,
    characters: text.length,
    fontSizePt,
    lines,
    neededIn,
    availableIn: Math.round(slot.h * 1000) / 1000,
    fits,
  };
}
