/**
 * The deck's design: page, fonts, colours, and what a layout consists of. The layouts themselves are in template.ts.
 *
 * All lengths are inches, all type sizes points.
 */

/** Wide format, 16:9. */
export const PAGE = { w: 13.333, h: 7.5 } as const;
export const MARGIN = 0.75;
export const CONTENT_W = PAGE.w - 2 * MARGIN;

/** Arial is on every machine that shows a deck; its widths are known (font-widths.ts). */
export const FONTS = { heading: "Arial", body: "Arial" } as const;

/** The theme's own fonts by role, as text refers to them: whoever changes the theme changes the deck. */
export const THEME_FONT = { heading: "+mj-lt", body: "+mn-lt" } as const;

/** The theme's colour scheme by its slot names; the only colours a slide may use. */
export const PALETTE = {
  dk1: "1C2733",
  lt1: "FFFFFF",
  dk2: "12304A",
  lt2: "F2F5F8",
  accent1: "0E6F83",
  accent2: "D98A1F",
  accent3: "5A6F80",
  accent4: "C3CFD9",
  accent5: "A8452F",
  accent6: "3F8F6B",
  hlink: "0B5C6D",
  folHlink: "4A5F70",
} as const;
export type PaletteSlot = keyof typeof PALETTE;

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A place for text. `type` makes it a placeholder of the layout; without it, it is a text box on the slide. */
export interface Slot extends Box {
  name: string;
  type?: "title" | "body" | undefined;
  role: "heading" | "body";
  color: PaletteSlot;
  bold: boolean;
  /** The size scan picks the largest size that fits, between these. */
  sizes: { max: number; min: number };
  lineSpacing: number;
  /** Smaller type is preferred to more lines than this. */
  linesMax?: number | undefined;
  align: "left" | "right";
  valign: "top" | "middle" | "bottom";
}

/** A drawn shape without text. */
export interface Shape extends Box {
  name: string;
  fill: PaletteSlot;
}

export interface Layout {
  name: LayoutName;
  background: PaletteSlot;
  /** Drawn on the layout itself, below everything. */
  shapes: Shape[];
  slots: Slot[];
  /** Where native charts go, by name. */
  charts: (Box & { name: string })[];
  hasPageNumber: boolean;
}

export const LAYOUT_NAMES = [
  "COVER", "CONTENTS", "OVERVIEW", "CHART_1", "CHART_2", "FINDINGS_1", "FINDINGS_2", "FINDINGS_3", "ROWS", "SOURCES",
] as const; // biome-ignore format: one list
export type LayoutName = (typeof LAYOUT_NAMES)[number];
