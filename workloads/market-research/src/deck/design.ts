/**
 * The deck's design: page, fonts, colors, and the elements of a layout. template.ts has the layouts themselves.
 *
 * All lengths are inches; all type sizes are points.
 */

/** Wide format, 16:9. */
export const PAGE = { w: 13.333, h: 7.5 } as const;
export const MARGIN = 0.75;
export const CONTENT_W = PAGE.w - 2 * MARGIN;

/** Arial is on every machine that displays a deck, and its widths are known (font-widths.ts). */
export const FONTS = { heading: "Arial", body: "Arial" } as const;

/** The theme's fonts by role. Text refers to these, so that changing the theme changes the deck. */
export const THEME_FONT = { heading: "+mj-lt", body: "+mn-lt" } as const;

/** The theme's color scheme by slot name. Slides use no other colors. */
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

/** A place for text. With `type` it is a placeholder of the layout, otherwise a text box on the slide. */
export interface Slot extends Box {
  name: string;
  type?: "title" | "body" | undefined;
  role: "heading" | "body";
  color: PaletteSlot;
  bold: boolean;
  /** Range from which the size scan picks the largest size that fits. */
  sizes: { max: number; min: number };
  lineSpacing: number;
  /** Maximum number of lines before a smaller size is preferred. */
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
  /** Drawn on the layout itself, below everything else. */
  shapes: Shape[];
  slots: Slot[];
  /** Positions of native charts, by name. */
  charts: (Box & { name: string })[];
  hasPageNumber: boolean;
}

export const LAYOUT_NAMES = [
  "COVER", "CONTENTS", "OVERVIEW", "CHART_1", "CHART_2", "FINDINGS_1", "FINDINGS_2", "FINDINGS_3", "ROWS", "SOURCES",
] as const; // biome-ignore format: one list
export type LayoutName = (typeof LAYOUT_NAMES)[number];
