import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvCell, csvLine } from "./csv.js";
import { visibleControls } from "./visible-controls.js";

describe("a CSV cell", () => {
  test.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-2", "'-2"],
    ["@x", "'@x"],
    ["＝1", "'＝1"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\n=1"`],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['a "b", c', '"a ""b"", c"'],
    ["a\r\nb", '"a\nb"'],
    ["\u001b[31mred\u0000", "␛[31mred␀"],
    ["\u202eabc", "\ufffdabc"],
    ["\ud800", "\ufffd"],
  ])("text %j is defused, quoted and visible", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test("numbers, booleans and nothing stay what they are", () => {
    expect([-2.5, true, null, undefined, Number.NaN].map(csvCell)).toEqual(["-2.5", "true", "", "", ""]);
  });

  test("never starts a formula and never carries a control character, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const inner = csvCell(text).replace(/^"/, "");
        expect(inner).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
        expect(inner).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      }),
    );
  });

  test("reads back as it was, up to the apostrophe and the pictures", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), (texts) => {
        const expected = texts
          .map((text) => visibleControls(text))
          .map((text) => (/^[=+\-@\t\n＝＋－＠]/.test(text) ? `'${text}` : text));
        expect(readCsvLine(csvLine(texts))).toEqual(expected);
      }),
    );
  });
});

/** The grammar of RFC 4180 for one record, written for the test. */
function readCsvLine(line: string): string[] {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) throw new Error(`no record: ${JSON.stringify(line)}`);
    cells.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] === "\r\n") return cells;
  }
}
