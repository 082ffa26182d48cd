// For tests: workbooks and zip archives from their parts, so that each can be damaged in one place.

import { crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly data: string | Uint8Array;
  readonly isEncrypted?: boolean;
  /** Lies, for damaged archives. */
  readonly claims?: { readonly crc?: number; readonly bytes?: number; readonly method?: number };
}

export function makeZip(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, claims = {}, isEncrypted = false } of parts) {
    const bytes = Buffer.from(data as string);
    const packed = deflateRawSync(bytes);
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(isEncrypted ? 1 : 0, 2);
    common.writeUInt16LE(claims.method ?? 8, 4);
    common.writeUInt32LE(claims.crc ?? crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims.bytes ?? bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), common, nameBytes, packed]);
    directory.push(Buffer.from("504b01021400", "hex"), common, tail, nameBytes);
    bodies.push(local);
    offset += local.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("504b0506", "hex");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(directoryBytes.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directoryBytes, end]);
}

export interface SheetSpec {
  readonly name: string;
  /** The XML of the rows. */
  readonly rows: string;
  readonly state?: "hidden" | "veryHidden";
}

export interface WorkbookSpec {
  readonly sheets: readonly SheetSpec[];
  /** The XML of each shared text's `<si>`. */
  readonly texts?: readonly string[];
  /** Number formats by id; cell style n has the n-th of `styleFormats`. */
  readonly formats?: Readonly<Record<number, string>>;
  readonly styleFormats?: readonly number[];
  readonly is1904?: boolean;
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** The parts of a workbook by name: change one, then `makeZip`. */
export function workbookParts(spec: WorkbookSpec): Map<string, string> {
  const { sheets, texts, formats = {}, styleFormats = [0] } = spec;
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`;
  const sheetTags = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${name}" sheetId="${index + 1}"${state ? ` state="${state}"` : ""} r:id="rId${index + 1}"/>`,
  );
  const numFmts = Object.entries(formats).map(([id, code]) => `<numFmt numFmtId="${id}" formatCode="${code}"/>`);
  const parts = new Map([
    [
      "_rels/.rels",
      `<Relationships xmlns="${RELATIONS}">${relation("r", "officeDocument", "xl/workbook.xml")}</Relationships>`,
    ],
    [
      "xl/workbook.xml",
      `<workbook xmlns="${MAIN}" xmlns:r="${TYPES}"><workbookPr${spec.is1904 ? ' date1904="1"' : ""}/><sheets>${sheetTags.join("")}</sheets></workbook>`,
    ],
    [
      "xl/_rels/workbook.xml.rels",
      `<Relationships xmlns="${RELATIONS}">${sheets.map((_, index) => relation(`rId${index + 1}`, "worksheet", `worksheets/sheet${index + 1}.xml`)).join("")}${relation("rIdS", "styles", "styles.xml")}${texts ? relation("rIdT", "sharedStrings", "/xl/sharedStrings.xml") : ""}</Relationships>`,
    ],
    [
      "xl/styles.xml",
      `<styleSheet xmlns="${MAIN}"><numFmts>${numFmts.join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${styleFormats.map((id) => `<xf numFmtId="${id}"/>`).join("")}</cellXfs></styleSheet>`,
    ],
  ]);
  if (texts)
    parts.set("xl/sharedStrings.xml", `<sst xmlns="${MAIN}">${texts.map((text) => `<si>${text}</si>`).join("")}</sst>`);
  for (const [index, { rows }] of sheets.entries()) {
    parts.set(
      `xl/worksheets/sheet${index + 1}.xml`,
      `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`,
    );
  }
  return parts;
}

export function zipOf(parts: ReadonlyMap<string, string | Uint8Array>): Buffer {
  return makeZip([...parts].map(([name, data]) => ({ name, data })));
}

export function makeWorkbook(spec: WorkbookSpec): Buffer {
  return zipOf(workbookParts(spec));
}

/** Rows of inline text, the first at `from`. */
export function textRows(rows: readonly (readonly string[])[], from = 1): string {
  return rows
    .map((cells, index) => {
      const number = from + index;
      const tags = cells.map(
        (text, at) => `<c r="${String.fromCharCode(65 + at)}${number}" t="inlineStr"><is><t>${text}</t></is></c>`,
      );
      return `<row r="${number}">${tags.join("")}</row>`;
    })
    .join("");
}
