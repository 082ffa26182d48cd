import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvCell, csvLine, visibleControls } from "./csv.js";

describe("a CSV cell", () => {
  test.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+1", "'+1"],
    ["-1+1|cmd", "'-1+1|cmd"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", `"'\n=1"`],
    ["＝1", "'＝1"],
  ])("that would be a formula is text: %j", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test("of a number is a number, even a negative one, and no number at all is empty", () => {
    expect([csvCell(-0.5), csvCell(0), csvCell(Number.NaN), csvCell(null), csvCell(undefined), csvCell(true)]).toEqual([
      "-0.5",
      "0",
      "",
      "",
      "",
      "1",
    ]);
  });

  test("shows control characters instead of passing them to a terminal", () => {
    expect(visibleControls("a\u001b[31mb\u0000\u007f\u009bc\r\nd\te\ud800")).toBe("a␛[31mb␀␡\ufffdc\nd\te\ufffd");
  });

  test("never starts a formula and never carries a control character, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const inner = csvCell(text).replace(/^"/, "");
        expect(inner).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim
        expect(inner).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
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
