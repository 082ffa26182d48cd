/**
 * The layouts of the deck and their slots, as data.
 *
 * Three readers share it: the builder draws it, the size scan measures with it, and the health check compares the
 * finished file with it. All lengths are inches; all type sizes are points.
 */
import {
  type Box,
  CONTENT_W,
  type Layout,
  type LayoutName,
  MARGIN,
  PAGE,
  type PaletteSlot,
  type Shape,
  type Slot,
} from "./design.js";

export * from "./design.js";

type SlotStyle = Partial<Omit<Slot, keyof Box | "name">> & { sizes: { max: number; min: number } };

function slot(name: string, box: Box, style: SlotStyle): Slot {
  return {
    name,
    ...box,
    role: "body",
    color: "dk1",
    bold: false,
    lineSpacing: 1,
    align: "left",
    valign: "top",
    ...style,
  };
}

// ── The frame of every content slide

/** The body starts here and ends above the footer rule. */
export const BODY = { x: MARGIN, y: 1.95, w: CONTENT_W, h: 4.75 } as const;
/** Distance of text from the accent bar of its card. */
const CARD_PADDING = 0.28;
const ACCENT_BAR_W = 0.07;
const GAP = 0.22;

/** Page numbers are at the right end of the footer. */
export const PAGE_NUMBER: Box & { color: PaletteSlot; size: number } = {
  x: PAGE.w - MARGIN - 0.6,
  y: 6.98,
  w: 0.6,
  h: 0.26,
  color: "accent3",
  size: 10,
};

function frame(): { shapes: Shape[]; slots: Slot[] } {
  return {
    shapes: [{ name: "Footer rule", x: MARGIN, y: 6.88, w: CONTENT_W, h: 0.012, fill: "accent4" }],
    slots: [
      slot(
        "kicker",
        { x: MARGIN, y: 0.5, w: CONTENT_W, h: 0.26 },
        { type: "body", sizes: { max: 11, min: 11 }, bold: true, color: "accent1", valign: "middle" },
      ),
      slot(
        "title",
        { x: MARGIN, y: 0.78, w: CONTENT_W, h: 0.56 },
        { type: "title", role: "heading", sizes: { max: 28, min: 20 }, bold: true, color: "dk2", valign: "middle" },
      ),
      slot(
        "lead",
        { x: MARGIN, y: 1.36, w: CONTENT_W, h: 0.34 },
        { type: "body", sizes: { max: 14, min: 11 }, color: "accent3", valign: "middle" },
      ),
      slot(
        "source",
        { x: MARGIN, y: 6.94, w: CONTENT_W - 0.9, h: 0.34 },
        { type: "body", sizes: { max: 9, min: 8 }, color: "accent3", valign: "middle" },
      ),
    ],
  };
}

// ── Layouts

function cover(): Layout {
  return {
    name: "COVER",
    background: "dk2",
    shapes: [
      { name: "Cover band", x: 0, y: 0, w: 0.32, h: PAGE.h, fill: "accent1" },
      { name: "Cover rule", x: 1.1, y: 4.42, w: 1.2, h: 0.06, fill: "accent2" },
    ],
    slots: [
      slot(
        "kicker",
        { x: 1.1, y: 1.25, w: 11, h: 0.34 },
        { type: "body", sizes: { max: 14, min: 12 }, bold: true, color: "accent4", valign: "middle" },
      ),
      slot(
        "title",
        { x: 1.1, y: 1.75, w: 11, h: 2.4 },
        { type: "title", role: "heading", sizes: { max: 48, min: 28 }, bold: true, color: "lt1", valign: "bottom" },
      ),
      slot(
        "lead",
        { x: 1.1, y: 4.68, w: 10, h: 1.1 },
        { type: "body", sizes: { max: 18, min: 12 }, color: "lt1", lineSpacing: 1.1 },
      ),
      slot(
        "source",
        { x: 1.1, y: 6.55, w: 11, h: 0.34 },
        { type: "body", sizes: { max: 11, min: 9 }, color: "accent4", valign: "middle" },
      ),
    ],
    charts: [],
    hasPageNumber: false,
  };
}

/** Maximum number of entries: two columns of five. */
export const CONTENTS_MAX = 10;

/** Returns the slot (from 1) of entry `index` (from 0) among `count`, so that both columns have equal length. */
export function contentsSlot(index: number, count: number): number {
  const half = Math.ceil(count / 2);
  return index < half ? index + 1 : CONTENTS_MAX / 2 + 1 + index - half;
}

/** Returns the area of contents slot n (from 1), and the hairline below it. */
export function contentsBox(n: number): { entry: Box; rule: Box } {
  const perColumn = CONTENTS_MAX / 2;
  const w = (CONTENT_W - 0.8) / 2;
  const x = MARGIN + (n > perColumn ? w + 0.8 : 0);
  const y = BODY.y + ((n - 1) % perColumn) * 0.9;
  return { entry: { x, y, w, h: 0.6 }, rule: { x, y: y + 0.74, w, h: 0.01 } };
}

function contents(): Layout {
  const { shapes, slots } = frame();
  for (let index = 0; index < CONTENTS_MAX; index++) {
    const { x, y, w, h } = contentsBox(index + 1).entry;
    slots.push(
      slot(
        `entry-${index + 1}-number`,
        { x, y, w: 0.7, h },
        { role: "heading", sizes: { max: 24, min: 24 }, bold: true, color: "accent1", valign: "middle" },
      ),
      slot(
        `entry-${index + 1}-title`,
        { x: x + 0.8, y, w: w - 1.6, h },
        { sizes: { max: 18, min: 13 }, valign: "middle" },
      ),
      slot(
        `entry-${index + 1}-page`,
        { x: x + w - 0.7, y, w: 0.7, h },
        { sizes: { max: 14, min: 14 }, color: "accent3", align: "right", valign: "middle" },
      ),
    );
  }
  return { name: "CONTENTS", background: "lt1", shapes, slots, charts: [], hasPageNumber: true };
}

/** Number of tiles with figures beside the first chart. */
export const TILES_MAX = 4;
const TILE = { w: 2.3, h: 2.2 } as const;

/** The card behind tile n (from 1). */
export function tileBox(n: number): Box {
  const column = (n - 1) % 2;
  const row = Math.floor((n - 1) / 2);
  return { x: MARGIN + column * (TILE.w + 0.2), y: BODY.y + row * (TILE.h + 0.2), ...TILE };
}

function overview(): Layout {
  const { shapes, slots } = frame();
  for (let n = 1; n <= TILES_MAX; n++) {
    const { x, y } = tileBox(n);
    const inner = { x: x + 0.2, w: TILE.w - 0.4 };
    slots.push(
      slot(`tile-${n}-label`, { ...inner, y: y + 0.2, h: 0.42 }, { sizes: { max: 12, min: 10 }, color: "accent3" }),
      slot(
        `tile-${n}-value`,
        { ...inner, y: y + 0.68, h: 0.72 },
        { role: "heading", sizes: { max: 26, min: 14 }, linesMax: 1, bold: true, color: "dk2", valign: "middle" },
      ),
      slot(
        `tile-${n}-note`,
        { ...inner, y: y + 1.48, h: 0.52 },
        { sizes: { max: 10, min: 9 }, color: "accent3", valign: "bottom" },
      ),
    );
  }
  const x = MARGIN + 2 * TILE.w + 0.2 + 0.4;
  const w = PAGE.w - MARGIN - x;
  slots.push(
    slot(
      "chart-1-title",
      { x, y: BODY.y, w, h: 0.34 },
      { sizes: { max: 14, min: 11 }, bold: true, color: "dk2", valign: "middle" },
    ),
  );
  slots.push(
    slot(
      "chart-1-unit",
      { x, y: BODY.y + 0.34, w, h: 0.26 },
      { sizes: { max: 10, min: 9 }, color: "accent3", valign: "middle" },
    ),
  );
  return {
    name: "OVERVIEW",
    background: "lt1",
    shapes,
    slots,
    charts: [{ name: "chart-1", x, y: BODY.y + 0.64, w, h: 3.98 }],
    hasPageNumber: true,
  };
}

function charts(count: 1 | 2): Layout {
  const { shapes, slots } = frame();
  const gap = 0.5;
  const w = (CONTENT_W - gap * (count - 1)) / count;
  const boxes: Layout["charts"] = [];
  for (let n = 1; n <= count; n++) {
    const x = MARGIN + (n - 1) * (w + gap);
    slots.push(
      slot(
        `chart-${n}-title`,
        { x, y: BODY.y, w, h: 0.34 },
        { sizes: { max: 14, min: 11 }, bold: true, color: "dk2", valign: "middle" },
      ),
    );
    slots.push(
      slot(
        `chart-${n}-unit`,
        { x, y: BODY.y + 0.34, w, h: 0.26 },
        { sizes: { max: 10, min: 9 }, color: "accent3", valign: "middle" },
      ),
    );
    boxes.push({ name: `chart-${n}`, x, y: BODY.y + 0.64, w, h: 3.98 });
  }
  return { name: `CHART_${count}`, background: "lt1", shapes, slots, charts: boxes, hasPageNumber: true };
}

/** Maximum findings on one slide; more would be a page to read, not a slide to present. */
export const FINDINGS_MAX = 3;
/** Type sizes by the number of findings on the slide: fewer findings are larger. */
const FINDING_SIZES = { 1: { max: 24, min: 16 }, 2: { max: 20, min: 14 }, 3: { max: 18, min: 14 } } as const;

/** The card of finding n (from 1) among `count`. */
export function findingBox(n: number, count: 1 | 2 | 3): Box {
  const heights = { 1: 2.6, 2: 2.0, 3: 1.43 } as const;
  const h = heights[count];
  return { x: BODY.x, y: BODY.y + (n - 1) * (h + GAP), w: BODY.w, h };
}

function findings(count: 1 | 2 | 3): Layout {
  const { shapes, slots } = frame();
  for (let n = 1; n <= count; n++) {
    const box = findingBox(n, count);
    shapes.push({ name: `Card ${n}`, ...box, fill: "lt2" });
    const x = box.x + ACCENT_BAR_W + CARD_PADDING;
    const w = box.w - ACCENT_BAR_W - 2 * CARD_PADDING;
    slots.push(
      slot(
        `finding-${n}`,
        { x, y: box.y + 0.14, w, h: box.h - 0.5 },
        { type: "body", sizes: FINDING_SIZES[count], lineSpacing: 1.08, valign: "middle" },
      ),
      slot(
        `finding-${n}-source`,
        { x, y: box.y + box.h - 0.36, w, h: 0.24 },
        { type: "body", sizes: { max: 10, min: 9 }, color: "accent1", valign: "middle" },
      ),
    );
  }
  return { name: `FINDINGS_${count}`, background: "lt1", shapes, slots, charts: [], hasPageNumber: true };
}

/** The accent bar of a finding's card. Its color distinguishes findings from risks. */
export function accentBar(n: number, count: 1 | 2 | 3): Box {
  return { ...findingBox(n, count), w: ACCENT_BAR_W };
}

/** Maximum rows of label and text (gaps, method). */
export const ROWS_MAX = 6;

function rows(): Layout {
  const { shapes, slots } = frame();
  const pitch = BODY.h / ROWS_MAX;
  for (let n = 1; n <= ROWS_MAX; n++) {
    const y = BODY.y + (n - 1) * pitch;
    slots.push(
      slot(
        `row-${n}-label`,
        { x: MARGIN, y: y + 0.06, w: 3.2, h: pitch - 0.16 },
        { sizes: { max: 14, min: 11 }, bold: true, color: "dk2", valign: "middle" },
      ),
      slot(
        `row-${n}-text`,
        { x: MARGIN + 3.4, y: y + 0.06, w: CONTENT_W - 3.4, h: pitch - 0.16 },
        { sizes: { max: 14, min: 11 }, valign: "middle" },
      ),
    );
  }
  return { name: "ROWS", background: "lt1", shapes, slots, charts: [], hasPageNumber: true };
}

/** The hairline under row n. */
export function rowRule(n: number): Box {
  return { x: MARGIN, y: BODY.y + n * (BODY.h / ROWS_MAX) - 0.02, w: CONTENT_W, h: 0.01 };
}

/** Maximum references per slide: two columns of eight. */
export const SOURCES_MAX = 16;

function sources(): Layout {
  const { shapes, slots } = frame();
  const perColumn = SOURCES_MAX / 2;
  const columnW = (CONTENT_W - 0.5) / 2;
  const pitch = BODY.h / perColumn;
  for (let n = 1; n <= SOURCES_MAX; n++) {
    const x = MARGIN + (n > perColumn ? columnW + 0.5 : 0);
    const y = BODY.y + ((n - 1) % perColumn) * pitch;
    slots.push(
      slot(
        `reference-${n}-id`,
        { x, y, w: 0.6, h: pitch - 0.08 },
        { sizes: { max: 11, min: 11 }, bold: true, color: "accent1", valign: "middle" },
      ),
      slot(
        `reference-${n}-label`,
        { x: x + 0.65, y, w: columnW - 0.65, h: pitch - 0.08 },
        { sizes: { max: 11, min: 9 }, valign: "middle" },
      ),
    );
  }
  return { name: "SOURCES", background: "lt1", shapes, slots, charts: [], hasPageNumber: true };
}

export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  COVER: cover(),
  CONTENTS: contents(),
  OVERVIEW: overview(),
  CHART_1: charts(1),
  CHART_2: charts(2),
  FINDINGS_1: findings(1),
  FINDINGS_2: findings(2),
  FINDINGS_3: findings(3),
  ROWS: rows(),
  SOURCES: sources(),
};
