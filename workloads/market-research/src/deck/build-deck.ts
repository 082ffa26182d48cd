/**
 * Stage 7: builds the presentation file. Draws pages onto the template's layouts with pptxgenjs, and charts as native
 * charts.
 *
 * The same deck data gives the same bytes, on any machine at any time; package.ts removes the library's time stamps.
 */

import { cleanTexts } from "@holdfast/workload-kit/sources";
import type { DeckData, Slide } from "./deck-data.js";
import { addChart } from "./draw-chart.js";
import { finishPackage } from "./package.js";
import { chaptersOf, type Page, toPages } from "./page.js";
import { PptxGenJS, type PptxSlide, type Presentation } from "./pptx.js";
import { sizesOf } from "./size-scan.js";
import {
  accentBar,
  type Box,
  contentsBox,
  contentsSlot,
  FONTS,
  LAYOUT_NAMES,
  LAYOUTS,
  type Layout,
  PAGE,
  PAGE_NUMBER,
  PALETTE,
  rowRule,
  type Slot,
  THEME_FONT,
  tileBox,
} from "./template.js";

export interface BuildOptions {
  /** The run's recorded start, UTC: the file's date. */
  startedAtMs: number;
  signal?: AbortSignal | undefined;
}

/** Builds the .pptx. Nothing is written to disk. */
export async function buildDeck(given: DeckData, options: BuildOptions): Promise<Uint8Array> {
  // The library writes text unchecked, and one character that XML forbids makes the file unreadable.
  const deck = cleanTexts(given);
  const presentation = new PptxGenJS();
  presentation.defineLayout({ name: "WIDE", width: PAGE.w, height: PAGE.h });
  presentation.layout = "WIDE";
  presentation.title = deck.title;
  presentation.subject = "Market research";
  presentation.author = "market-research";
  presentation.company = "market-research";
  presentation.theme = { headFontFace: FONTS.heading, bodyFontFace: FONTS.body };
  for (const name of LAYOUT_NAMES) defineLayout(presentation, LAYOUTS[name]);
  const pages = toPages(deck);
  for (const [index, page] of pages.entries()) {
    options.signal?.throwIfAborted();
    const slide = deck.slides[index];
    if (slide !== undefined) drawPage(presentation, page, slide, deck);
  }
  const bytes = (await presentation.write({ outputType: "uint8array" })) as Uint8Array;
  options.signal?.throwIfAborted();
  return finishPackage(bytes, options.startedAtMs);
}

function defineLayout(presentation: Presentation, layout: Layout): void {
  const shapes = layout.shapes.map((shape) => ({
    rect: {
      ...boxOf(shape),
      fill: { color: PALETTE[shape.fill] },
      line: { color: PALETTE[shape.fill], width: 0 },
      objectName: shape.name,
    },
  }));
  const placeholders = layout.slots
    .filter((slot) => slot.type !== undefined)
    // The prompt must not be empty: in some programs a placeholder without text loses its style.
    .map((slot) => ({
      placeholder: {
        options: { ...textOptions(slot, slot.sizes.max), name: slot.name, type: slot.type as "title" | "body" },
        text: slot.name,
      },
    }));
  presentation.defineSlideMaster({
    title: layout.name,
    background: { color: PALETTE[layout.background] },
    margin: 0,
    objects: [...shapes, ...placeholders] as never,
    ...(layout.hasPageNumber
      ? {
          slideNumber: {
            ...boxOf(PAGE_NUMBER),
            fontFace: THEME_FONT.body,
            fontSize: PAGE_NUMBER.size,
            color: PALETTE[PAGE_NUMBER.color],
            align: "right" as const,
            margin: 0,
            valign: "middle" as const,
          },
        }
      : {}),
  });
}

function drawPage(presentation: Presentation, page: Page, slide: Slide, deck: DeckData): void {
  const target = presentation.addSlide({ masterName: page.layout });
  drawCards(target, slide, deck);
  const sizes = sizesOf(page);
  for (const { slot, text } of page.fills) {
    const size = sizes.get(slot.name) ?? slot.sizes.min;
    const run = { text: text === "" ? " " : text, options: runOptions(slot, size) };
    if (slot.type !== undefined) target.addText([run], { placeholder: slot.name });
    else if (text !== "") target.addText([run], { ...textOptions(slot, size), isTextBox: true });
  }
  if (slide.kind === "overview") {
    for (const [index, series] of slide.charts.entries()) {
      const box = LAYOUTS[page.layout].charts[index];
      if (box !== undefined) addChart(presentation, target, series, box, deck.country);
    }
  }
  const notes = notesOf(slide, deck);
  if (notes !== "") target.addNotes(notes);
}

/** Draws shapes behind the text that depend on the amount of content: tiles, accent bars, row rules. */
function drawCards(target: PptxSlide, slide: Slide, deck: DeckData): void {
  const rect = (box: Box, color: string, objectName: string) =>
    target.addShape("rect", { ...boxOf(box), fill: { color }, line: { color, width: 0 }, objectName });
  switch (slide.kind) {
    case "contents": {
      const count = chaptersOf(deck).length;
      for (let index = 0; index < count; index++) {
        const n = contentsSlot(index, count);
        rect(contentsBox(n).rule, PALETTE.accent4, `Contents rule ${n}`);
      }
      break;
    }
    case "overview":
      for (let n = 1; n <= slide.tiles.length; n++) rect(tileBox(n), PALETTE.lt2, `Tile ${n}`);
      break;
    case "findings":
    case "risks": {
      const count = slide.findings.length as 1 | 2 | 3;
      const color = slide.kind === "risks" ? PALETTE.accent5 : PALETTE.accent1;
      for (let n = 1; n <= count; n++) rect(accentBar(n, count), color, `Accent ${n}`);
      break;
    }
    case "rows":
      for (let n = 1; n < slide.rows.length; n++) rect(rowRule(n), PALETTE.accent4, `Row rule ${n}`);
      break;
    default:
      break;
  }
}

/** Speaker notes: the findings with their full citations, for the presenter. */
function notesOf(slide: Slide, deck: DeckData): string {
  if (slide.kind !== "findings" && slide.kind !== "risks") return "";
  const labels = new Map(deck.references.map(({ id, label }) => [id, label]));
  return slide.findings
    .map((finding) => `${finding.text} ${finding.refs.map((id) => `[${id}: ${labels.get(id) ?? "?"}]`).join(" ")}`)
    .join("\n");
}

function boxOf({ x, y, w, h }: Box): Box {
  return { x, y, w, h };
}

function runOptions(slot: Slot, fontSize: number) {
  return { fontFace: THEME_FONT[slot.role], fontSize, bold: slot.bold, color: PALETTE[slot.color] };
}

function textOptions(slot: Slot, fontSize: number) {
  return {
    ...boxOf(slot),
    ...runOptions(slot, fontSize),
    align: slot.align,
    valign: slot.valign,
    margin: 0,
    lineSpacingMultiple: slot.lineSpacing,
    objectName: slot.name,
    fit: "none" as const,
    wrap: true,
  };
}
