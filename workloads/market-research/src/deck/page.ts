/**
 * Assigns texts to the slots of layouts: the one translation from a slide's content to the template.
 *
 * The size scan measures these pages and the builder draws them, so what is built is what was measured.
 */
import type { DeckData, Finding, Reference, Slide } from "./deck-data.js";
import { bindFigures } from "./figures.js";
import { CONTENTS_MAX, contentsSlot, LAYOUTS, type LayoutName, type Slot } from "./template.js";
import { fitText, type TextStyle } from "./text-metrics.js";

export interface FilledSlot {
  slot: Slot;
  text: string;
}

export interface Page {
  layout: LayoutName;
  fills: FilledSlot[];
}

/** Returns the pages of a deck, in order. */
export function toPages(deck: DeckData): Page[] {
  const labels = new Map(deck.references.map((reference: Reference) => [reference.id, reference.label]));
  return deck.slides.map((slide) => toPage(slide, deck, labels));
}

/** Returns the layout that a slide needs. */
export function layoutOf(slide: Slide): LayoutName {
  switch (slide.kind) {
    case "cover":
      return "COVER";
    case "contents":
      return "CONTENTS";
    case "overview":
      return slide.tiles.length > 0 ? "OVERVIEW" : slide.charts.length > 1 ? "CHART_2" : "CHART_1";
    case "findings":
    case "risks":
      return `FINDINGS_${Math.min(3, Math.max(1, slide.findings.length)) as 1 | 2 | 3}`;
    case "rows":
      return "ROWS";
    case "sources":
      return "SOURCES";
  }
}

/** Returns a finding's source line: every citation with its place, or only numbers if the places need more than a line. */
export function sourceLineOf(finding: Finding, labels: ReadonlyMap<string, string>): string {
  const full = finding.refs.map((id) => `[${id}]  ${labels.get(id) ?? "not among the references"}`).join("   ");
  const slot = LAYOUTS.FINDINGS_1.slots.find((one) => one.name === "finding-1-source");
  const isFitting = slot !== undefined && fitText(full, slot, styleAt(slot, slot.sizes.min)).fits;
  return isFitting ? full : `${finding.refs.map((id) => `[${id}]`).join(" ")}  listed in the appendix`;
}

/** Returns a reference's label. The file name is shortened in the middle if even the smallest type cannot fit it. */
function labelWithin(label: string, slot: Slot | undefined): string {
  if (slot === undefined) return label;
  const style = styleAt(slot, slot.sizes.min);
  let shown = label;
  for (let kept = label.length - 1; kept > 20 && !fitText(shown, slot, style).fits; kept--) {
    // The end matters more, since it contains the file's own name and the place.
    shown = `${label.slice(0, Math.floor(kept / 3))}…${label.slice(label.length - Math.ceil((2 * kept) / 3))}`;
  }
  return shown;
}

function styleAt(slot: Slot, fontSizePt: number): TextStyle {
  return { fontSizePt, bold: slot.bold, lineSpacing: slot.lineSpacing };
}

function toPage(slide: Slide, deck: DeckData, labels: ReadonlyMap<string, string>): Page {
  const layout = layoutOf(slide);
  const slots = new Map(LAYOUTS[layout].slots.map((slot) => [slot.name, slot]));
  const fills: FilledSlot[] = [];
  const put = (name: string, text: string) => {
    const slot = slots.get(name);
    if (slot === undefined) throw new Error(`Layout ${layout}: no slot "${name}"; the template and page.ts must agree`);
    fills.push({ slot, text: bindFigures(text) });
  };
  put("kicker", slide.kicker);
  put("title", slide.title);
  put("lead", slide.lead);
  put("source", footerOf(slide, deck));
  switch (slide.kind) {
    case "contents":
      for (const [index, entry] of chaptersOf(deck).entries()) {
        const n = contentsSlot(index, chaptersOf(deck).length);
        put(`entry-${n}-number`, String(index + 1));
        put(`entry-${n}-title`, entry.title);
        put(`entry-${n}-page`, String(entry.page));
      }
      break;
    case "overview":
      for (const [index, tile] of slide.tiles.entries()) {
        put(`tile-${index + 1}-label`, tile.label);
        put(`tile-${index + 1}-value`, tile.value);
        put(`tile-${index + 1}-note`, tile.note);
      }
      for (const [index, chart] of slide.charts.entries()) {
        const years = chart.years ?? "no year stated";
        put(`chart-${index + 1}-title`, chart.title);
        put(`chart-${index + 1}-unit`, `${chart.unit}, ${years}${chart.refs.map((id) => `  [${id}]`).join("")}`);
      }
      break;
    case "findings":
    case "risks":
      for (const [index, finding] of slide.findings.entries()) {
        put(`finding-${index + 1}`, finding.text);
        put(`finding-${index + 1}-source`, sourceLineOf(finding, labels));
      }
      break;
    case "rows":
      for (const [index, row] of slide.rows.entries()) {
        put(`row-${index + 1}-label`, row.label);
        put(`row-${index + 1}-text`, row.text);
      }
      break;
    case "sources":
      for (const [index, reference] of slide.references.entries()) {
        put(`reference-${index + 1}-id`, reference.id);
        const name = `reference-${index + 1}-label`;
        put(name, labelWithin(reference.label, slots.get(name)));
      }
      break;
    case "cover":
      break;
  }
  return { layout, fills };
}

/** The footer names the slide's sources. */
function footerOf(slide: Slide, deck: DeckData): string {
  switch (slide.kind) {
    case "cover":
      return slide.note;
    case "overview": {
      const datasets = new Set(slide.charts.map((chart) => chart.dataset));
      const refs = [...new Set(slide.tiles.flatMap((tile) => tile.refs))];
      for (const id of refs) {
        const dataset = deck.references.find((reference) => reference.id === id)?.label.split(", field")[0];
        if (dataset !== undefined) datasets.add(dataset);
      }
      return `Sources: ${[...datasets].join("; ")}`;
    }
    case "findings":
    case "risks": {
      const refs = new Set(slide.findings.flatMap((finding) => finding.refs));
      return `${deck.title}  |  Sources ${[...refs].map((id) => `[${id}]`).join(" ")}, listed in the appendix`;
    }
    default:
      return deck.title;
  }
}

/** The contents: each chapter with its first page, counted from the present slides. */
export function chaptersOf(deck: DeckData): { title: string; page: number }[] {
  const chapters: { title: string; page: number }[] = [];
  for (const [index, slide] of deck.slides.entries()) {
    if (slide.chapter === null || chapters.some((chapter) => chapter.title === slide.chapter)) continue;
    chapters.push({ title: slide.chapter, page: index + 1 });
  }
  return chapters.slice(0, CONTENTS_MAX);
}
