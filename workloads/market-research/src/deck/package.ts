/**
 * Final pass over the .pptx package (a zip of XML): binds colors to the theme, and makes the bytes depend only on the
 * content.
 *
 * The library writes plain color values, a theme of its own, the present time, and a counter that outlives a deck.
 * Parts that it declares but never writes are removed from the list, since strict readers refuse the file because of
 * them.
 */
import { strFromU8, strToU8, unzipSync, type Zippable, zipSync } from "fflate";
import { PALETTE, type PaletteSlot } from "./template.js";

/**
 * All entries have the zip format's earliest instant. In local time, since the format stores local time: the same
 * fields wherever it is built.
 */
const ENTRY_TIME = new Date(1980, 0, 1, 0, 0, 0);

/** Names of the theme's slots if shapes refer to them through the slide's color map. */
const MAPPED: Partial<Record<PaletteSlot, string>> = { dk1: "tx1", lt1: "bg1", dk2: "tx2", lt2: "bg2" };

const slotByHex = new Map<string, string>(
  Object.entries(PALETTE).map(([slot, hex]) => [hex, MAPPED[slot as PaletteSlot] ?? slot]),
);

/** Finishes a package written by pptxgenjs. */
export function finishPackage(bytes: Uint8Array, startedAtMs: number): Uint8Array {
  const renames = new Map<string, string>();
  const entries = Object.entries(unzipSync(bytes)).filter(([name]) => !name.endsWith("/"));
  numberParts(
    entries.map(([name]) => name),
    renames,
  );
  const stamp = new Date(startedAtMs).toISOString().replace(/\.\d{3}Z$/, "Z");
  const names = new Set(entries.map(([name]) => rename(name, renames)));
  const finished = entries.map(([name, content]): [string, Uint8Array] => {
    const target = rename(name, renames);
    if (name.endsWith(".xlsx")) return [target, normalizeWorkbook(content, stamp)];
    if (!/\.(xml|rels)$/.test(name)) return [target, content];
    let xml = rename(strFromU8(content), renames);
    if (name === "ppt/theme/theme1.xml") xml = applyTheme(xml);
    if (name === "docProps/core.xml") xml = stampDates(xml, stamp);
    if (name === "[Content_Types].xml") xml = strikeMissingParts(xml, names);
    if (/^ppt\/(slides|slideLayouts|slideMasters|charts)\//.test(name)) xml = bindToTheme(xml);
    return [target, strToU8(xml)];
  });
  return pack(finished);
}

/** Chart files are numbered by a counter of the process. Number them by their order in this deck instead. */
function numberParts(names: readonly string[], renames: Map<string, string>): void {
  const numbers = names
    .map((name) => /^ppt\/charts\/chart(\d+)\.xml$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  for (const [index, number] of numbers.entries()) renames.set(String(number), String(index + 1));
}

function rename(text: string, renames: ReadonlyMap<string, string>): string {
  return text.replace(
    /(\bchart|Microsoft_Excel_Worksheet)(\d+)(\.xml|\.xlsx)/g,
    (whole, stem: string, number: string, end: string) => {
      const next = renames.get(number);
      return next === undefined ? whole : `${stem}${next}${end}`;
    },
  );
}

function applyTheme(xml: string): string {
  const colours = Object.entries(PALETTE).map(([slot, hex]) => `<a:${slot}><a:srgbClr val="${hex}"/></a:${slot}>`);
  return xml
    .replace(
      /<a:clrScheme[\s\S]*?<\/a:clrScheme>/,
      `<a:clrScheme name="Market research">${colours.join("")}</a:clrScheme>`,
    )
    .replace(/(<a:theme [^>]*name=")[^"]*"/, '$1Market research"');
}

/** Replaces plain colors of the palette by references to the theme, and gives East Asian and complex scripts theme fonts. */
function bindToTheme(xml: string): string {
  return xml
    .replace(/<a:srgbClr val="([0-9A-Fa-f]{6})"\s*(\/>|><\/a:srgbClr>)/g, (whole, hex: string) => {
      const slot = slotByHex.get(hex.toUpperCase());
      return slot === undefined ? whole : `<a:schemeClr val="${slot}"/>`;
    })
    .replace(/<a:(ea|cs) typeface="\+(mj|mn)-lt"/g, '<a:$1 typeface="+$2-$1"');
}

function stampDates(xml: string, stamp: string): string {
  return xml.replace(/(<dcterms:(created|modified)[^>]*>)[^<]*(<)/g, `$1${stamp}$3`);
}

function strikeMissingParts(xml: string, names: ReadonlySet<string>): string {
  return xml.replace(/<Override PartName="\/([^"]+)"[^>]*\/>/g, (whole, part: string) =>
    names.has(part) ? whole : "",
  );
}

/** A chart's data is in a separate workbook with its own time stamps. */
function normalizeWorkbook(bytes: Uint8Array, stamp: string): Uint8Array {
  const entries = Object.entries(unzipSync(bytes)).filter(([name]) => !name.endsWith("/"));
  return pack(
    entries.map(([name, content]) => [
      name,
      name === "docProps/core.xml" ? strToU8(stampDates(strFromU8(content), stamp)) : content,
    ]),
  );
}

function pack(entries: readonly [string, Uint8Array][]): Uint8Array {
  const zippable: Zippable = {};
  // The list of types comes first by convention; streaming readers rely on it.
  const sorted = [...entries].sort(
    ([a], [b]) => Number(b === "[Content_Types].xml") - Number(a === "[Content_Types].xml") || (a < b ? -1 : 1),
  );
  for (const [name, content] of sorted) zippable[name] = [content, { mtime: ENTRY_TIME, level: 6 }];
  return zipSync(zippable);
}
