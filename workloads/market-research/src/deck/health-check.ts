/**
 * The gate of stage 8: checks whether the file follows the template. Judges the opened file, rule by rule.
 *
 * A rule added to RULES is run, appears in health-check.json, and fails the run under strictTemplate.
 */
import { plural } from "holdfast/extend";
import type { Violation } from "../errors.js";
import type { OpenedDeck, OpenedParagraph, OpenedShape, OpenedSlide } from "./open-deck.js";
import { type Box, FONTS, LAYOUTS, type LayoutName, PAGE, PALETTE } from "./template.js";
import { breakLines, findCutFigure, heightIn, type TextStyle } from "./text-metrics.js";

/** Distance of a placeholder from the template's position that a reader would not notice, in inches. */
export const BOUNDS_TOLERANCE_IN = 0.15;
/** Rounding to EMU and back. */
const EDGE_TOLERANCE_IN = 0.01;
/** Smaller type is unreadable from the second row. */
const FONT_SIZE_MIN_PT = 8;

/** The content of health-check.json. */
export interface HealthCheck {
  method: "local";
  passed: boolean;
  /** Share of rules kept on every slide, 0 to 1. */
  score: number;
  threshold: 1;
  slides: number;
  shapes: number;
  charts: number;
  rules: { rule: string; violations: number }[];
  violations: Violation[];
}

export interface Expected {
  /** Planned layouts of the slides, in order. */
  layouts: readonly string[];
}

type Report = (where: string, message: string) => void;
type Rule = (deck: OpenedDeck, report: Report, expected: Expected) => void;

const RULES: Readonly<Record<string, Rule>> = {
  "slide-count": (deck, report, expected) => {
    if (deck.slides.length !== expected.layouts.length)
      report("deck", `has ${plural(deck.slides.length, "slide")}, ${expected.layouts.length} planned`);
    for (const [index, slide] of deck.slides.entries()) {
      const planned = expected.layouts[index];
      if (planned !== undefined && slide.layout !== planned)
        report(`slide ${slide.number}`, `stands on layout ${slide.layout || "(none)"}, ${planned} was planned`);
    }
  },
  "package-parts": (deck, report) => {
    for (const part of deck.missingParts) report("deck", `refers to ${part}, which the file does not hold`);
  },
  "well-formed": (deck, report) => {
    for (const { part, problem } of deck.malformedParts)
      report("deck", `part ${part} is no well-formed XML, so office programs may refuse the file: ${problem}`);
  },
  "page-size": (deck, report) => {
    if (
      distance(deck.pageSize.w, PAGE.w) > EDGE_TOLERANCE_IN ||
      distance(deck.pageSize.h, PAGE.h) > EDGE_TOLERANCE_IN
    ) {
      report(
        "deck",
        `is ${shown(deck.pageSize.w)} by ${shown(deck.pageSize.h)} in, the template is ${PAGE.w} by ${PAGE.h} in`,
      );
    }
  },
  "placeholder-bounds": (deck, report) => {
    for (const sheet of deck.layouts) checkBounds(sheet.layout, sheet.shapes, `layout ${sheet.layout}`, report);
    for (const slide of deck.slides) checkBounds(slide.layout, withNames(slide, deck), `slide ${slide.number}`, report);
  },
  "within-slide": (deck, report) => {
    for (const slide of deck.slides) {
      for (const shape of slide.shapes)
        if (shape.box !== null && isOutside(shape.box))
          report(`slide ${slide.number}`, `${nameOf(shape)} reaches beyond the slide (${wordBox(shape.box)})`);
    }
  },
  "theme-fonts": (deck, report) => {
    if (deck.theme.heading !== FONTS.heading)
      report("theme", `heading font is ${deck.theme.heading}, the template has ${FONTS.heading}`);
    if (deck.theme.body !== FONTS.body)
      report("theme", `body font is ${deck.theme.body}, the template has ${FONTS.body}`);
    forEachSheet(deck, (where, sheet) => {
      for (const face of sheet.typefaces)
        if (!isThemeFont(face)) report(where, `uses the font ${face}, the template has ${FONTS.body}`);
    });
  },
  "theme-colours": (deck, report) => {
    for (const [slot, hex] of Object.entries(PALETTE)) {
      if (deck.theme.colours[slot] !== hex)
        report("theme", `colour ${slot} is ${deck.theme.colours[slot] ?? "missing"}, the template has ${hex}`);
    }
    const allowed = new Set<string>(Object.values(PALETTE));
    forEachSheet(deck, (where, sheet) => {
      for (const colour of sheet.colours)
        if (/^[0-9A-F]{6}$/.test(colour) && !allowed.has(colour))
          report(where, `uses the colour ${colour}, which is not in the theme`);
    });
  },
  "text-overflow": (deck, report) => {
    for (const slide of deck.slides) {
      for (const shape of withNames(slide, deck)) {
        const room = roomOf(shape);
        if (room !== null && room.needed > room.available + EDGE_TOLERANCE_IN) {
          report(
            `slide ${slide.number}`,
            `${nameOf(shape)} needs ${shown(room.needed)} in of height and has ${shown(room.available)} in`,
          );
        }
      }
    }
  },
  "whole-figures": (deck, report) => {
    for (const slide of deck.slides) {
      for (const shape of withNames(slide, deck)) {
        if (shape.box === null) continue;
        const width = shape.box.w - shape.insets.left - shape.insets.right;
        for (const paragraph of shape.paragraphs) {
          const cut = findCutFigure(paragraph.text, width, styleOf(paragraph));
          if (cut !== null) report(`slide ${slide.number}`, `${nameOf(shape)} breaks inside the number ${cut}`);
        }
      }
    }
  },
  "text-size": (deck, report) => {
    for (const slide of deck.slides) {
      for (const shape of slide.shapes) {
        for (const paragraph of shape.paragraphs) {
          if (paragraph.text.trim() === "") continue;
          if (paragraph.fontSizePt === null) report(`slide ${slide.number}`, `${nameOf(shape)} states no type size`);
          else if (paragraph.fontSizePt < FONT_SIZE_MIN_PT)
            report(
              `slide ${slide.number}`,
              `${nameOf(shape)} is set in ${paragraph.fontSizePt} pt, ${FONT_SIZE_MIN_PT} pt is the least`,
            );
        }
      }
    }
  },
  "native-chart": (deck, report) => {
    for (const slide of deck.slides) {
      const wanted = LAYOUTS[slide.layout as LayoutName]?.charts.length ?? 0;
      const charts = slide.shapes.filter((shape) => shape.kind === "chart").length;
      if (wanted !== charts)
        report(`slide ${slide.number}`, `holds ${plural(charts, "native chart")}, its layout has ${wanted}`);
      if (slide.chartPoints.some((points) => points < 2))
        report(`slide ${slide.number}`, "holds a chart with fewer than two points");
    }
  },
  "source-line": (deck, report) => {
    for (const slide of deck.slides) {
      const named = withNames(slide, deck);
      for (const shape of named) {
        if (!/^finding-\d+$/.test(shape.name)) continue;
        const source = named.find((one) => one.name === `${shape.name}-source`);
        if (!/\[[DS]\d+\]/.test(textOf(source))) report(`slide ${slide.number}`, `${shape.name} shows no citation`);
      }
    }
  },
};

/** Checks an opened deck against the template. */
export function checkDeck(deck: OpenedDeck, expected: Expected): HealthCheck {
  const violations: Violation[] = [];
  const rules = Object.entries(RULES).map(([rule, judge]) => {
    const before = violations.length;
    judge(deck, (where, message) => violations.push({ rule, where, message }), expected);
    return { rule, violations: violations.length - before };
  });
  const checks = rules.length * Math.max(1, deck.slides.length);
  const broken = new Set(violations.map((violation) => `${violation.rule}|${violation.where}`)).size;
  return {
    method: "local",
    passed: violations.length === 0,
    score: Math.max(0, Math.floor((1 - broken / checks) * 10_000) / 10_000),
    threshold: 1,
    slides: deck.slides.length,
    shapes: deck.slides.reduce((sum, slide) => sum + slide.shapes.length, 0),
    charts: deck.slides.reduce((sum, slide) => sum + slide.chartPoints.length, 0),
    rules,
    violations,
  };
}

/** Checks that shapes and charts named like a template slot are at the slot's position. */
function checkBounds(layoutName: string, shapes: readonly OpenedShape[], where: string, report: Report): void {
  const layout = LAYOUTS[layoutName as LayoutName];
  if (layout === undefined) return; // the library's own default layout, and layouts without a slide
  const slots = new Map<string, Box>([...layout.slots, ...layout.charts].map((slot) => [slot.name, slot]));
  for (const shape of shapes) {
    const slot = slots.get(shape.name);
    if (slot === undefined) {
      if (shape.placeholder !== null && !isPageNumber(shape))
        report(where, `${nameOf(shape)} is a placeholder the template does not have`);
      continue;
    }
    if (shape.box === null) continue; // inherits the layout's position, which is checked there
    const off = (["x", "y", "w", "h"] as const).filter(
      (side) => distance(shape.box?.[side] ?? 0, slot[side]) > BOUNDS_TOLERANCE_IN,
    );
    if (off.length > 0)
      report(
        where,
        `${shape.name} is at ${wordBox(shape.box)}, the template has ${wordBox(slot)}, ${BOUNDS_TOLERANCE_IN} in are allowed`,
      );
  }
}

/** Names placeholders after the layout's, by index, whatever the slide calls them. */
function withNames(slide: OpenedSlide, deck: OpenedDeck): OpenedShape[] {
  const layout = deck.layouts.find((one) => one.layout === slide.layout);
  return slide.shapes.map((shape) => {
    if (shape.placeholder === null) return shape;
    const own = layout?.shapes.find((one) => one.placeholder?.idx === shape.placeholder?.idx);
    return own === undefined ? shape : { ...shape, name: own.name, box: shape.box ?? own.box };
  });
}

/** Returns the height that a shape's text needs and has, in inches; null if it has no text. */
function roomOf(shape: OpenedShape): { needed: number; available: number } | null {
  if (shape.box === null || textOf(shape).trim() === "") return null;
  const width = shape.box.w - shape.insets.left - shape.insets.right;
  let needed = 0;
  for (const paragraph of shape.paragraphs) {
    const style = styleOf(paragraph);
    needed += heightIn(breakLines(paragraph.text, width, style).length, style);
  }
  return { needed, available: shape.box.h - shape.insets.top - shape.insets.bottom };
}

/** 18 pt is the format's default size. */
function styleOf({ fontSizePt, bold, lineSpacing }: OpenedParagraph): TextStyle {
  return { fontSizePt: fontSizePt ?? 18, bold, lineSpacing };
}

function forEachSheet(
  deck: OpenedDeck,
  visit: (where: string, sheet: { typefaces: string[]; colours: string[] }) => void,
): void {
  for (const layout of deck.layouts) visit(`layout ${layout.layout}`, layout);
  for (const slide of deck.slides) visit(`slide ${slide.number}`, slide);
}

function isThemeFont(face: string): boolean {
  return /^\+m[jn]-(lt|ea|cs)$/.test(face) || (Object.values(FONTS) as string[]).includes(face);
}

function isPageNumber(shape: OpenedShape): boolean {
  return shape.placeholder?.type === "sldNum";
}

function isOutside(box: Box): boolean {
  return (
    box.x < -EDGE_TOLERANCE_IN ||
    box.y < -EDGE_TOLERANCE_IN ||
    box.x + box.w > PAGE.w + EDGE_TOLERANCE_IN ||
    box.y + box.h > PAGE.h + EDGE_TOLERANCE_IN
  );
}

function textOf(shape: OpenedShape | undefined): string {
  return shape?.paragraphs.map((paragraph) => paragraph.text).join("\n") ?? "";
}

function nameOf(shape: OpenedShape): string {
  return shape.name === "" ? "a shape without name" : `"${shape.name}"`;
}

function wordBox(box: Box): string {
  return `${shown(box.x)}, ${shown(box.y)}, ${shown(box.w)} x ${shown(box.h)} in`;
}

function shown(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function distance(a: number, b: number): number {
  return Math.abs(a - b);
}
