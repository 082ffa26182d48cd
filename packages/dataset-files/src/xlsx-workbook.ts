// What a workbook says about itself, before any row: its sheets, its date system, number formats and shared texts.

import { SourceUnreadableError } from "@holdfast/core";
import type { DateKind, XlsxStyles } from "./xlsx-cell.js";
import { dateKindOf, decodeEscapes } from "./xlsx-cell.js";
import { parseXml, parseXmlWhole } from "./xml-stream.js";
import type { ZipArchive } from "./zip-archive.js";

export interface Workbook {
  readonly sheetName: string;
  readonly sheetPart: string;
  readonly styles: XlsxStyles;
  readonly sharedStrings: readonly string[];
  readonly warnings: readonly string[];
}

interface Sheet {
  readonly name: string;
  readonly isVisible: boolean;
  readonly relationId: string;
}

/** How much of the heap the shared texts may take: the rest is for the rows in work. As text, 1 or 2 bytes a character. */
const SHARED_TEXT_SHARE = 0.6;

export async function readWorkbook(
  path: string,
  zip: ZipArchive,
  sheet: string | undefined,
  heapBytesMax: number,
  onProgress: () => void,
): Promise<Workbook> {
  const workbookPart = await findWorkbookPart(path, zip);
  const folder = workbookPart.slice(0, workbookPart.lastIndexOf("/") + 1);
  const fileName = workbookPart.slice(folder.length);
  const relations = await readRelations(path, zip, `${folder}_rels/${fileName}.rels`, folder);
  const { sheets, is1904 } = await readSheets(path, zip, workbookPart);
  const readable = sheets.filter(({ relationId }) => relations.get(relationId)?.type === "worksheet");
  const { chosen, warnings } = chooseSheet(path, readable, sheet);
  const partOf = (type: string) => [...relations.values()].find((relation) => relation.type === type)?.part;
  const stylesPart = partOf("styles");
  const textsPart = partOf("sharedStrings");
  return {
    sheetName: chosen.name,
    sheetPart: relations.get(chosen.relationId)?.part ?? "",
    styles: { is1904, dateKinds: stylesPart === undefined ? [] : await readDateKinds(path, zip, stylesPart) },
    sharedStrings: textsPart === undefined ? [] : await readTexts(path, zip, textsPart, heapBytesMax, onProgress),
    warnings,
  };
}

async function findWorkbookPart(path: string, zip: ZipArchive): Promise<string> {
  const root = zip.has("_rels/.rels") ? await readRelations(path, zip, "_rels/.rels", "") : new Map<string, Relation>();
  const named = [...root.values()].find(({ type }) => type === "officeDocument")?.part ?? "xl/workbook.xml";
  if (zip.has(named) && !named.startsWith("word/") && !named.startsWith("ppt/")) return named;
  let what = "the zip archive holds no workbook";
  if (zip.has("word/document.xml")) what = "the file is a Word document";
  else if (zip.has("ppt/presentation.xml")) what = "the file is a presentation";
  else if (zip.has("xl/workbook.bin")) what = "the file is a binary workbook (.xlsb)";
  else if (zip.has("content.xml") && zip.has("mimetype")) what = "the file is an OpenDocument file (.ods)";
  throw new SourceUnreadableError(what, "Open it in a spreadsheet program and save it as .xlsx", { path });
}

interface Relation {
  /** The last word of its type, the same in both variants of the standard: `worksheet`, `styles`, … */
  readonly type: string;
  readonly part: string;
}

async function readRelations(
  path: string,
  zip: ZipArchive,
  part: string,
  folder: string,
): Promise<Map<string, Relation>> {
  const relations = new Map<string, Relation>();
  await parseXmlWhole(path, part, zip.read(part), {
    open(name, { Id, Type = "", Target = "", TargetMode }) {
      if (name !== "Relationship" || Id === undefined || TargetMode === "External") return;
      relations.set(Id, { type: Type.slice(Type.lastIndexOf("/") + 1), part: resolvePart(folder, Target) });
    },
  });
  return relations;
}

/** Targets are relative to the folder of the part that names them, or absolute within the archive. */
function resolvePart(folder: string, target: string): string {
  const steps: string[] = [];
  for (const step of (target.startsWith("/") ? target : `${folder}${target}`).split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return steps.join("/");
}

async function readSheets(path: string, zip: ZipArchive, part: string): Promise<{ sheets: Sheet[]; is1904: boolean }> {
  const sheets: Sheet[] = [];
  let is1904 = false;
  await parseXmlWhole(path, part, zip.read(part), {
    open(tag, attributes) {
      if (tag === "workbookPr") is1904 = attributes.date1904 === "1" || attributes.date1904 === "true";
      if (tag !== "sheet") return;
      const { name = "", state = "visible", id: relationId = "" } = attributes;
      sheets.push({ name, isVisible: state === "visible", relationId });
    },
  });
  return { sheets, is1904 };
}

function chooseSheet(
  path: string,
  sheets: readonly Sheet[],
  wanted: string | undefined,
): { readonly chosen: Sheet; readonly warnings: readonly string[] } {
  const names = (list: readonly Sheet[]) => list.map(({ name }) => JSON.stringify(name)).join(", ");
  if (wanted !== undefined) {
    const chosen = sheets.find(({ name }) => name === wanted);
    if (chosen !== undefined) return { chosen, warnings: [] };
    const what = `the workbook has no sheet ${JSON.stringify(wanted)}`;
    throw new SourceUnreadableError(what, `It has ${names(sheets) || "none"}`, { path });
  }
  const visible = sheets.filter(({ isVisible }) => isVisible);
  const chosen = visible[0];
  if (chosen === undefined) {
    const cure = sheets.length === 0 ? "Save it with a sheet of rows" : `Name one to read it: ${names(sheets)}`;
    throw new SourceUnreadableError("the workbook has no visible sheet of cells", cure, { path });
  }
  if (visible.length === 1) return { chosen, warnings: [] };
  const others = names(visible.filter((sheet) => sheet !== chosen));
  return { chosen, warnings: [`read the sheet ${JSON.stringify(chosen.name)}; not read: ${others}`] };
}

async function readDateKinds(path: string, zip: ZipArchive, part: string): Promise<readonly (DateKind | null)[]> {
  const patterns = new Map<number, string>();
  const formatIds: number[] = [];
  let isInCellFormats = false;
  await parseXmlWhole(path, part, zip.read(part), {
    open(name, attributes) {
      if (name === "numFmt") patterns.set(Number(attributes.numFmtId), attributes.formatCode ?? "");
      else if (name === "cellXfs") isInCellFormats = true;
      else if (name === "xf" && isInCellFormats) formatIds.push(Number(attributes.numFmtId ?? 0));
    },
    close(name) {
      if (name === "cellXfs") isInCellFormats = false;
    },
  });
  return formatIds.map((id) => dateKindOf(id, patterns.get(id)));
}

/** The texts that cells refer to by number: runs of rich text joined, phonetic readings left out. */
async function readTexts(
  path: string,
  zip: ZipArchive,
  part: string,
  heapBytesMax: number,
  onProgress: () => void,
): Promise<readonly string[]> {
  const texts: string[] = [];
  const bytesMax = heapBytesMax * SHARED_TEXT_SHARE;
  let bytes = 0;
  let current: string | null = null;
  let isInText = false;
  let isInPhonetic = false;
  const parsing = parseXml(path, part, zip.read(part), {
    open(name) {
      if (name === "si") current = "";
      else if (name === "t") isInText = true;
      else if (name === "rPh") isInPhonetic = true;
    },
    text(text) {
      if (current !== null && isInText && !isInPhonetic) current += text;
    },
    close(name) {
      if (name === "t") isInText = false;
      else if (name === "rPh") isInPhonetic = false;
      else if (name === "si" && current !== null) {
        const text = decodeEscapes(current);
        texts.push(text);
        bytes += text.length + 24; // the characters and the string's own header and slot
        current = null;
      }
    },
  });
  for await (const _ of parsing) {
    onProgress();
    if (bytes > bytesMax) {
      const what = `its texts need more than the ${Math.round(heapBytesMax / 1024 ** 2)} MB that reading may use`;
      throw new SourceUnreadableError(what, "Split the workbook, or export it as csv", { path });
    }
  }
  return texts;
}
