/**
 * Reads a .pptx file into what the health check judges: slides, shapes with their bounds and text, fonts, colors,
 * layouts, theme. Relies on nothing from the builder's memory. Reads only; judges nothing.
 */
import type { XmlNode as Node } from "./parse-xml.js";
import { child, findMissingParts, list, readParts, relationsOf, text } from "./parts.js";
import type { Box } from "./template.js";

/** English Metric Units, the file format's unit of length: 914,400 per inch. */
const EMU_PER_INCH = 914_400;

export interface OpenedParagraph {
  text: string;
  /** Null if the text itself states no size. */
  fontSizePt: number | null;
  bold: boolean;
  lineSpacing: number;
}

export interface OpenedShape {
  name: string;
  kind: "shape" | "chart" | "other";
  /** The placeholder it fills, by index; null for a shape of the slide's own. */
  placeholder: { idx: string; type: string } | null;
  /** Null if the shape states none and inherits the layout's. */
  box: Box | null;
  /** Distance of the text from the box's edges, in inches. */
  insets: { left: number; right: number; top: number; bottom: number };
  paragraphs: OpenedParagraph[];
}

export interface OpenedSheet {
  /** The layout's name, e.g. FINDINGS_3; for a slide, that of its layout. */
  layout: string;
  shapes: OpenedShape[];
  typefaces: string[];
  /** Plain color values and theme color names, as written. */
  colours: string[];
}

export interface OpenedSlide extends OpenedSheet {
  number: number;
  /** Number of points in each native chart on it. */
  chartPoints: number[];
}

export interface OpenedDeck {
  pageSize: { w: number; h: number };
  theme: { heading: string; body: string; colours: Record<string, string> };
  layouts: OpenedSheet[];
  slides: OpenedSlide[];
  /** Parts that the package declares or refers to but lacks. */
  missingParts: string[];
  /** Parts that are not well-formed XML, with the strict parser's reason. */
  malformedParts: { part: string; problem: string }[];
}

/** Opens a deck. @throws {Error} if the bytes are not a zip file, or not a presentation. */
export function openDeck(bytes: Uint8Array): OpenedDeck {
  const parts = readParts(bytes);
  const read = (name: string): Node => {
    const content = parts.xml.get(name);
    if (content === undefined) throw new Error(`The file holds no ${name}: it is no presentation`);
    return content;
  };
  const presentation = child(read("ppt/presentation.xml"), "p:presentation");
  const size = child(presentation, "p:sldSz");
  const targets = relationsOf("ppt/presentation.xml", parts);
  const slideFiles = list(child(presentation, "p:sldIdLst"), "p:sldId").map(
    (one) => targets.get(text(one["@r:id"])) ?? "",
  );
  const layoutFiles = [...parts.names].filter((name) => /^ppt\/slideLayouts\/slideLayout\d+\.xml$/.test(name));
  const layoutNames = new Map(
    layoutFiles.map((name) => [name, text(child(child(read(name), "p:sldLayout"), "p:cSld")["@name"])]),
  );
  return {
    pageSize: { w: inches(size["@cx"]), h: inches(size["@cy"]) },
    theme: readTheme(read("ppt/theme/theme1.xml")),
    layouts: layoutFiles.map((name) => readSheet(child(read(name), "p:sldLayout"), layoutNames.get(name) ?? "")),
    slides: slideFiles.map((name, index) => {
      const relations = [...relationsOf(name, parts).values()];
      const layout = relations.find((target) => layoutNames.has(target));
      const charts = relations.filter((target) => /^ppt\/charts\/chart\d+\.xml$/.test(target));
      const chartPoints = charts.map((chart) => countPoints(read(chart)));
      const sheet = readSheet(child(read(name), "p:sld"), layoutNames.get(layout ?? "") ?? "");
      for (const chart of charts) {
        const found = collectStyles(read(chart));
        sheet.typefaces.push(...found.typefaces);
        sheet.colours.push(...found.colours);
      }
      return { ...sheet, number: index + 1, chartPoints };
    }),
    missingParts: findMissingParts(parts),
    malformedParts: [...parts.malformed],
  };
}

function readTheme(root: Node): OpenedDeck["theme"] {
  const elements = child(child(root, "a:theme"), "a:themeElements");
  const fonts = child(elements, "a:fontScheme");
  const face = (which: string) => text(child(child(fonts, which), "a:latin")["@typeface"]);
  const scheme = child(elements, "a:clrScheme");
  const colours: Record<string, string> = {};
  for (const [key, value] of Object.entries(scheme)) {
    if (!key.startsWith("a:")) continue;
    const plain = child(value as Node, "a:srgbClr")["@val"] ?? child(value as Node, "a:sysClr")["@lastClr"];
    colours[key.slice(2)] = text(plain).toUpperCase();
  }
  return { heading: face("a:majorFont"), body: face("a:minorFont"), colours };
}

function readSheet(root: Node, layout: string): OpenedSheet {
  const tree = child(child(root, "p:cSld"), "p:spTree");
  const shapes = [
    ...list(tree, "p:sp").map((node) => readShape(node, "shape", "p:nvSpPr", child(child(node, "p:spPr"), "a:xfrm"))),
    ...list(tree, "p:graphicFrame").map((node) => {
      const isChart = "c:chart" in child(child(node, "a:graphic"), "a:graphicData");
      return readShape(node, isChart ? "chart" : "other", "p:nvGraphicFramePr", child(node, "p:xfrm"));
    }),
    ...list(tree, "p:pic").map((node) => readShape(node, "other", "p:nvPicPr", child(child(node, "p:spPr"), "a:xfrm"))),
  ];
  return { layout, shapes, ...collectStyles(child(root, "p:cSld")) };
}

function readShape(node: Node, kind: OpenedShape["kind"], properties: string, xfrm: Node): OpenedShape {
  const nonVisual = child(node, properties);
  const nv = child(nonVisual, "p:nvPr");
  const placeholder = "p:ph" in nv ? child(nv, "p:ph") : null;
  const body = child(node, "p:txBody");
  const bodyPr = child(body, "a:bodyPr");
  // The format's defaults, if the body states no inset: a tenth and a twentieth of an inch.
  const inset = (key: string, fallback: number) => (bodyPr[key] === undefined ? fallback : inches(bodyPr[key]));
  // A size may be in the shape's list style instead of its runs, as for page numbers.
  const ownSize = child(child(child(body, "a:lstStyle"), "a:lvl1pPr"), "a:defRPr")["@sz"];
  const off = child(xfrm, "a:off");
  const ext = child(xfrm, "a:ext");
  return {
    name: text(child(nonVisual, "p:cNvPr")["@name"]),
    kind,
    placeholder: placeholder === null ? null : { idx: text(placeholder["@idx"]), type: text(placeholder["@type"]) },
    box:
      off["@x"] === undefined
        ? null
        : { x: inches(off["@x"]), y: inches(off["@y"]), w: inches(ext["@cx"]), h: inches(ext["@cy"]) },
    insets: {
      left: inset("@lIns", 0.1),
      right: inset("@rIns", 0.1),
      top: inset("@tIns", 0.05),
      bottom: inset("@bIns", 0.05),
    },
    paragraphs: list(body, "a:p").map((one) => readParagraph(one, ownSize)),
  };
}

function readParagraph(node: Node, ownSize: unknown): OpenedParagraph {
  const runs = [...list(node, "a:r"), ...list(node, "a:fld")];
  const sizes = runs.map((run) => child(run, "a:rPr")["@sz"] ?? ownSize).filter((size) => size !== undefined);
  const spacing = child(child(child(node, "a:pPr"), "a:lnSpc"), "a:spcPct")["@val"];
  const breaks = "\n".repeat(list(node, "a:br").length);
  return {
    text: runs.map((run) => text(run["a:t"])).join("") + breaks,
    fontSizePt: sizes.length === 0 ? null : Math.max(...sizes.map((size) => Number(size) / 100)),
    bold: runs.some((run) => ["1", "true"].includes(text(child(run, "a:rPr")["@b"]))),
    lineSpacing:
      spacing === undefined
        ? 1
        : Number(text(spacing).replace("%", "")) / (text(spacing).endsWith("%") ? 100 : 100_000),
  };
}

/** Collects every typeface and color named anywhere below a node. */
function collectStyles(root: unknown): { typefaces: string[]; colours: string[] } {
  const typefaces = new Set<string>();
  const colours = new Set<string>();
  const visit = (value: unknown, key: string): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, key);
    else if (typeof value === "object" && value !== null) {
      const node = value as Node;
      if (["a:latin", "a:ea", "a:cs", "a:sym"].includes(key) && node["@typeface"] !== undefined)
        typefaces.add(text(node["@typeface"]));
      if (key === "a:buFont") typefaces.add(text(node["@typeface"]));
      if (key === "a:srgbClr") colours.add(text(node["@val"]).toUpperCase());
      if (key === "a:schemeClr") colours.add(text(node["@val"]));
      for (const [name, below] of Object.entries(node)) visit(below, name);
    }
  };
  visit(root, "");
  return { typefaces: [...typefaces].sort(), colours: [...colours].sort() };
}

function countPoints(chart: Node): number {
  let points = 0;
  const visit = (value: unknown, key: string): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, key);
    else if (typeof value === "object" && value !== null) {
      if (key === "c:val") points += list(child(child(value as Node, "c:numRef"), "c:numCache"), "c:pt").length;
      else for (const [name, below] of Object.entries(value)) visit(below, name);
    }
  };
  visit(chart, "");
  return points;
}

function inches(value: unknown): number {
  return Number(value ?? 0) / EMU_PER_INCH;
}
