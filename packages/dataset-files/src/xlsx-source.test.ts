import { fileURLToPath } from "node:url";
import { isBadRow } from "@holdfast/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BadFile, makeScratch, readAll, type Scratch } from "./files.fixture.js";
import { makeWorkbook, makeZip, textRows, type WorkbookSpec, workbookParts, zipOf } from "./workbook.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const read = async (spec: WorkbookSpec, options?: { sheet?: string }) =>
  readAll(await scratch.write("book.xlsx", makeWorkbook(spec)), options);
/** One column `v` whose cells are given as XML. */
const readCells = (cells: readonly string[], spec: Partial<WorkbookSpec> = {}) =>
  read({
    ...spec,
    sheets: [
      { name: "S", rows: textRows([["v"]]) + cells.map((cell, i) => `<row r="${i + 2}">${cell}</row>`).join("") },
    ],
  });
const values = ({ entries }: Awaited<ReturnType<typeof readAll>>) =>
  entries.map((entry) => (isBadRow(entry) ? entry.problem.what : entry.cells.v));

describe("reading xlsx", () => {
  test("joins rich text, leaves phonetic readings out, decodes _x000D_ and keeps blanks", async () => {
    const result = await readCells(
      [0, 1, 2, 3, 4, 5].map((index) => `<c r="A${index + 2}" t="s"><v>${index}</v></c>`),
      {
        texts: [
          '<r><t>plain </t></r><r><rPr><b/></rPr><t xml:space="preserve">bold </t></r><r><t>end</t></r>',
          '<t>漢字</t><rPh sb="0" eb="1"><t>かんじ</t></rPh>',
          "<t>a_x000D_\nb</t>",
          "<t>_x005F_x000D_ literal</t>",
          '<t xml:space="preserve">  both ends  </t>',
          "<t>&lt;😀&amp;<![CDATA[<x>]]></t>",
        ],
      },
    );
    expect(values(result)).toEqual(["plain bold end", "漢字", "a\r\nb", "_x000D_ literal", "  both ends  ", "<😀&<x>"]);
  });

  test("keeps ids that are text, and gives numbers, booleans and formula results as they were saved", async () => {
    const result = await readCells([
      `<c r="A2" t="inlineStr"><is><t>00042</t></is></c>`,
      `<c r="A3"><v>42</v></c>`,
      `<c r="A4"><f>1+1</f><v>2</v></c>`,
      `<c r="A5" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>`,
      `<c r="A6" t="b"><v>1</v></c>`,
      `<c r="A7" t="inlineStr"><is><r><t>rich </t></r><r><t>inline</t></r></is></c>`,
      `<c r="A8"><v>1.5E-3</v></c>`,
    ]);
    expect(values(result)).toEqual(["00042", 42, 2, "ab", true, "rich inline", 0.0015]);
  });

  test("gives dates as ISO text, by their number format, in the 1900 system", async () => {
    const styled = (row: number, style: number, value: string) => `<c r="A${row}" s="${style}"><v>${value}</v></c>`;
    const result = await readCells(
      [
        styled(2, 1, "45351"),
        styled(3, 2, "45351.572916666664"),
        styled(4, 3, "0.3125"),
        styled(5, 1, "1"),
        styled(6, 1, "60"),
        styled(7, 1, "61"),
        styled(8, 4, "45351"),
        styled(9, 5, "1.5"),
        styled(10, 0, "45351"),
        styled(11, 6, "45351"),
        styled(12, 2, "45351"),
      ],
      {
        formats: {
          164: "dd/mm/yyyy hh:mm",
          165: "0.00&quot; days&quot;",
          166: "[h]:mm:ss",
          167: "[Red]#,##0.00;[Blue]-0",
        },
        styleFormats: [0, 14, 164, 20, 165, 166, 167],
      },
    );
    expect(values(result)).toEqual([
      "2024-02-29",
      "2024-02-29T13:45:00",
      "07:30:00",
      "1900-01-01",
      "1900-02-29",
      "1900-03-01",
      45351,
      "36:00:00",
      45351,
      45351,
      "2024-02-29T00:00:00",
    ]);
  });

  test("gives dates in the 1904 system", async () => {
    const result = await readCells([`<c r="A2" s="1"><v>0</v></c>`, `<c r="A3" s="1"><v>43889</v></c>`], {
      is1904: true,
      styleFormats: [0, 14],
    });
    expect(values(result)).toEqual(["1904-01-01", "2024-02-29"]);
  });

  test("numbers rows as the sheet does, over blank rows and blank cells, and keeps duplicate rows", async () => {
    const rows = `<row r="3">${'<c r="A3" t="inlineStr"><is><t>v</t></is></c><c r="C3" t="inlineStr"><is><t>w</t></is></c>'.replace("C3", "B3")}</row><row r="4"/><row r="7"><c r="B7"><v>1</v></c></row><row r="8"><c r="A8" s="0"/></row><row r="9"><c r="B9"><v>1</v></c></row>`;
    const { rows: found } = await read({ sheets: [{ name: "S", rows }] });
    expect(found).toEqual([
      { rowNumber: 7, cells: { v: null, w: 1 } },
      { rowNumber: 9, cells: { v: null, w: 1 } },
    ]);
  });

  test("reads rows and cells that carry no references", async () => {
    const { rows, columns } = await read({
      sheets: [
        {
          name: "S",
          rows: `<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>`,
        },
      ],
    });
    expect(columns).toEqual(["a", "b"]);
    expect(rows).toEqual([{ rowNumber: 2, cells: { a: 1, b: 2 } }]);
  });

  test("takes the first visible sheet and says which it left out, or the sheet that is named", async () => {
    const sheets = [
      { name: "Hidden", rows: textRows([["h"]]), state: "hidden" as const },
      { name: "First", rows: textRows([["f"], ["1"]]) },
      { name: "Second", rows: textRows([["s"]]) },
    ];
    expect(await read({ sheets })).toMatchObject({
      columns: ["f"],
      warnings: ['read the sheet "First"; not read: "Second"'],
    });
    expect(await read({ sheets }, { sheet: "Hidden" })).toMatchObject({ columns: ["h"], warnings: [] });
    expect((await read({ sheets }, { sheet: "Third" })).errors[0]?.message).toMatch(
      /no sheet "Third"\. It has "Hidden", "First", "Second"/,
    );
  });

  test("warns of a text of exactly 32,767 characters, the most a cell can hold", async () => {
    const { rows } = await read({
      sheets: [{ name: "S", rows: textRows([["v"], ["x".repeat(32_767)], ["x".repeat(32_766)]]) }],
    });
    expect(rows.map(({ warnings }) => warnings?.length ?? 0)).toEqual([1, 0]);
    expect(rows[0]?.cells.v).toHaveLength(32_767);
  });

  test("reads what LibreOffice writes", async () => {
    const path = fileURLToPath(new URL("./testdata/libreoffice.xlsx", import.meta.url));
    const { rows, errors, warnings } = await readAll(path);
    expect(rows.map(({ rowNumber, cells }) => [rowNumber, cells])).toEqual([
      [
        2,
        {
          id: "007",
          text: "plain bold 😀  end\nsecond line",
          day: "2024-02-29",
          at: "2024-02-29T13:45:00",
          time: "07:30:00",
          value: 3,
        },
      ],
      [5, { id: "008", text: "  _x000D_ kept", day: null, at: null, time: 1, value: "ab" }],
      [6, { id: "007", text: "duplicate id", day: null, at: null, time: null, value: 0.1 }],
    ]);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/row 7, column "value": cell F7: the error value #DIV\/0!/),
    ]);
    expect(warnings).toEqual(['read the sheet "Cases"; not read: "Other"']);
  });

  test("tells a cell that cannot be used by its row and column, and reads on", async () => {
    const bad = [
      ['<c r="A2" t="e"><f>1/0</f><v>#REF!</v></c>', /cell A2: the error value #REF!/],
      ['<c r="A3"><f>NOW()</f></c>', /cell A3: a formula without a saved result/],
      ['<c r="A4" t="s"><v>99</v></c>', /text number "99" is not in the workbook/],
      ['<c r="A5"><v>12x</v></c>', /"12x" is no number/],
      ['<c r="A6" t="b"><v>2</v></c>', /neither true nor false/],
      ['<c r="A7" t="zz"><v>2</v></c>', /unknown type "zz"/],
      ['<c r="A8" s="1"><v>-5</v></c>', /no date between/],
      ['<c r="B9"><v>5</v></c>', /cell B9 lies beyond the last column/],
    ] as const;
    const { errors, rows } = await readCells([...bad.map(([xml]) => xml), '<c r="A10"><v>7</v></c>'], {
      styleFormats: [0, 14],
    });
    expect(rows).toEqual([{ rowNumber: 10, cells: { v: 7 } }]);
    expect(errors).toHaveLength(bad.length);
    for (const [index, [, says]] of bad.entries()) {
      expect(errors[index]?.message).toMatch(says);
      expect(errors[index]).toMatchObject({
        code: "ROW_INVALID",
        details: { rowNumber: index + 2, column: index === 7 ? "B" : "v" },
      });
    }
  });
});

const SHEET: WorkbookSpec = {
  sheets: [
    {
      name: "S",
      rows: textRows([
        ["a", "b"],
        ["1", "2"],
      ]),
    },
  ],
  texts: ["<t>x</t>"],
};
const changed = (name: string, change: (xml: string) => string) => {
  const parts = workbookParts(SHEET);
  return zipOf(parts.set(name, change(parts.get(name) ?? "")));
};
const without = (name: string) => {
  const parts = workbookParts(SHEET);
  parts.delete(name);
  return zipOf(parts);
};
const lying = (claims: { crc?: number; bytes?: number; method?: number }, isEncrypted = false) =>
  makeZip(
    [...workbookParts(SHEET)].map(([name, data]) => ({
      name,
      data,
      ...(name.endsWith("sheet1.xml") ? { claims, isEncrypted } : {}),
    })),
  );
const oneSheet = (rows: string) => makeWorkbook({ sheets: [{ name: "S", rows }] });
const whole = makeWorkbook(SHEET);
const SHEET_PART = "xl/worksheets/sheet1.xml";
const FILE = "SOURCE_UNREADABLE";

const CASES: readonly BadFile[] = [
  { title: "is empty", content: "", code: FILE, says: /empty/ },
  { title: "is text", content: "a,b\n", code: FILE, says: /no workbook/ },
  {
    title: "is an old .xls or protected by a password",
    content: Buffer.from("d0cf11e0a1b11ae1", "hex"),
    code: FILE,
    says: /old Excel workbook.*password/,
  },
  {
    title: "is cut off in the middle",
    content: whole.subarray(0, whole.length >> 1),
    code: FILE,
    says: /no directory at its end/,
  },
  { title: "is cut off by a byte", content: whole.subarray(0, whole.length - 1), code: FILE, says: /no directory/ },
  { title: "is an empty zip archive", content: makeZip([]), code: FILE, says: /no workbook/ },
  {
    title: "is a Word document",
    content: makeZip([{ name: "word/document.xml", data: "<x/>" }]),
    code: FILE,
    says: /Word document/,
  },
  {
    title: "is an OpenDocument file",
    content: makeZip([
      { name: "mimetype", data: "x" },
      { name: "content.xml", data: "<x/>" },
    ]),
    code: FILE,
    says: /OpenDocument/,
  },
  {
    title: "is a binary workbook",
    content: makeZip([{ name: "xl/workbook.bin", data: "x" }]),
    code: FILE,
    says: /\.xlsb/,
  },
  {
    title: "lacks its sheet",
    content: without(SHEET_PART),
    code: FILE,
    says: /lacks its part xl\/worksheets\/sheet1\.xml/,
  },
  { title: "lacks its relations", content: without("xl/_rels/workbook.xml.rels"), code: FILE, says: /lacks its part/ },
  {
    title: "holds a part twice",
    content: makeZip([
      { name: "a", data: "1" },
      { name: "A", data: "2" },
    ]),
    code: FILE,
    says: /twice/,
  },
  {
    title: "has a part that does not match its checksum",
    content: lying({ crc: 1 }),
    code: FILE,
    says: /does not match its checksum/,
  },
  {
    title: "has a part longer than it says",
    content: lying({ bytes: 10 }),
    code: FILE,
    says: /longer than the archive says/,
  },
  {
    title: "has a part shorter than it says",
    content: lying({ bytes: 99_999 }),
    code: FILE,
    says: /shorter than the archive says/,
  },
  {
    title: "has a part that claims gigabytes",
    content: lying({ bytes: 0xfffffffe }),
    code: FILE,
    says: /more than 250 times as much/,
  },
  { title: "has an encrypted part", content: lying({}, true), code: FILE, says: /encrypted/ },
  { title: "has a part packed by an unknown method", content: lying({ method: 12 }), code: FILE, says: /method 12/ },
  {
    title: "has damaged bytes in a part",
    content: Buffer.from(whole).fill(
      0xff,
      whole.indexOf(SHEET_PART) + SHEET_PART.length,
      whole.indexOf(SHEET_PART) + SHEET_PART.length + 20,
    ),
    code: FILE,
    says: /cannot be unpacked|checksum/,
  },
  {
    title: "has a sheet cut off",
    content: changed(SHEET_PART, (xml) => xml.slice(0, -30)),
    code: FILE,
    says: /no valid XML/,
  },
  {
    title: "has a sheet that is no XML",
    content: changed(SHEET_PART, () => "hello"),
    code: FILE,
    says: /no valid XML/,
  },
  {
    title: "has a document type with entities",
    content: changed(SHEET_PART, (xml) => `<!DOCTYPE x [<!ENTITY a "aaaa">]>${xml}`),
    code: FILE,
    says: /document type/,
  },
  {
    title: "has an unknown entity",
    content: changed("xl/sharedStrings.xml", (xml) => xml.replace("x</t>", "&a;</t>")),
    code: FILE,
    says: /no valid XML/,
  },
  {
    title: "has rows out of order",
    content: oneSheet(textRows([["a"]], 5) + textRows([["b"]], 2)),
    code: FILE,
    says: /row number "2" is out of place/,
    place: { rowNumber: 6 },
  },
  {
    title: "has a row number beyond the format",
    content: oneSheet(`${textRows([["a"]])}<row r="99999999"><c r="A99999999"><v>1</v></c></row>`),
    code: FILE,
    says: /"99999999" is out of place/,
  },
  {
    title: "has a cell reference that is none",
    content: oneSheet(`${textRows([["a"]])}<row r="2"><c r="?2"><v>1</v></c></row>`),
    code: FILE,
    says: /cell reference "\?2"/,
    place: { rowNumber: 2 },
  },
  { title: "has an empty sheet", content: oneSheet(""), code: FILE, says: /sheet "S" is empty/ },
  {
    title: "has no visible sheet",
    content: makeWorkbook({ sheets: [{ name: "H", rows: textRows([["a"]]), state: "veryHidden" }] }),
    code: FILE,
    says: /no visible sheet.*"H"/,
  },
  {
    title: "has two columns of one name",
    content: oneSheet(textRows([["a", "b", "a"]])),
    code: FILE,
    says: /columns A and C have the same name/,
    place: { rowNumber: 1, column: "a" },
  },
  {
    title: "has a column without a name",
    content: oneSheet(
      `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="C1" t="inlineStr"><is><t>c</t></is></c></row>`,
    ),
    code: FILE,
    says: /column B has no name/,
    place: { rowNumber: 1 },
  },
  {
    title: "has an error value in the header",
    content: oneSheet('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'),
    code: FILE,
    says: /in the header, the error value #N\/A/,
    place: { rowNumber: 1, column: "A" },
  },
];

describe("an xlsx file that", () => {
  test.each(CASES)("$title is refused with its place", async ({ content, says, code, place = {} }) => {
    const path = await scratch.write("bad.xlsx", content);
    const { errors } = await readAll(path);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(says);
    expect(errors[0]).toMatchObject({ code, details: { path, ...place } });
  });

  test("needs more memory than it may use is refused, and the process lives on", async () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => `<t>${index}${"x".repeat(3_000)}</t>`);
    const path = await scratch.write("bomb.xlsx", makeWorkbook({ ...SHEET, texts }));
    const { errors } = await readAll(path, { memoryMbMax: 32 });
    expect(errors[0]?.message).toMatch(/more than the 32 MB/);
  });

  test("unpacks to hundreds of times its size is refused before it is unpacked", async () => {
    const path = await scratch.write("cell.xlsx", oneSheet(textRows([["v"], ["y".repeat(100 * 1024 ** 2)]])));
    const { errors } = await readAll(path, { memoryMbMax: 32 });
    expect(errors[0]?.message).toMatch(
      /unpack from 0\.1 MB to 100 MB, more than 250 times as much\. Save the workbook/,
    );
  });

  test("has a cell of sixty megabytes is refused at its limit of memory, and the process lives on", async () => {
    const path = await scratch.write("cell.xlsx", oneSheet(textRows([["v"], ["y".repeat(60 * 1024 ** 2)]])));
    const { errors } = await readAll(path, { memoryMbMax: 32 });
    expect(errors[0]?.message).toMatch(/more than the 32 MB/);
  });

  test("has elements within each other without end is refused by their depth", async () => {
    const path = await scratch.write("deep.xlsx", oneSheet(`${textRows([["v"]])}${"<x>".repeat(100_000)}`));
    const { errors } = await readAll(path);
    expect(errors[0]?.message).toMatch(/lie deeper within each other than 256 levels/);
  });
});
