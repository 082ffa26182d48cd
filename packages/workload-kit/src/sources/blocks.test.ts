import { describe, expect, test } from "vitest";
import { readHtml, readLines, readTable } from "./blocks.js";
import { groupLines } from "./pdf.js";

describe("blocks of text", () => {
  test("of Markdown keep the line at which a wrapped sentence begins, and drop only inline markup", () => {
    const [first, second] = readLines(
      "# Power\n\nThe **grid** is\nlarge. It [grows](x.md).\n\n- One _item_ here.",
      true,
    );
    expect(first).toMatchObject({ text: "The grid is large. It grows.", heading: "Power" });
    expect(first?.placeAt(0)).toBe("line 3");
    expect(first?.placeAt(19)).toBe("line 4");
    expect(second?.text).toBe("One item here.");
    expect(second?.placeAt(0)).toBe("line 6");
  });

  test("of Markdown contain neither code nor tables", () => {
    expect(readLines("```\ncode here.\n```\n| a | b |\n\nText.", true).map((block) => block.text)).toEqual(["Text."]);
  });

  test("of HTML are its visible paragraphs under their headings", () => {
    const blocks = readHtml(
      "<nav>Menu</nav><h2>Rules &amp; law</h2><p>One\n paragraph.</p><ul><li>An item.</li></ul><script>x()</script>",
    );
    expect(blocks.map((block) => [block.heading, block.text, block.placeAt(0)])).toEqual([
      ["Rules & law", "One paragraph.", "paragraph 1"],
      ["Rules & law", "An item.", "paragraph 2"],
    ]);
  });

  test("of a table are its rows as header and value, each with its line", () => {
    const [row, next] = readTable('Indicator,Value\n"Beds, all",12.6\n\nDoctors,\n');
    expect(row?.text).toBe("Indicator: Beds, all; Value: 12.6.");
    expect(row?.placeAt(0)).toBe("line 2");
    expect(next?.text).toBe("Indicator: Doctors.");
    expect(next?.placeAt(0)).toBe("line 4");
    expect(() => readTable("a,b\n1,2,3\n")).toThrow();
  });

  test("of a PDF page separate headlines from text and paragraphs from each other", () => {
    const line = (text: string, y: number, size = 11) => ({ text, y, size });
    const blocks = groupLines(
      [line("Gas", 770, 18), line("Exports are di-", 740), line("vided. They grow.", 726), line("A new one.", 690)],
      "page 1",
    );
    expect(blocks.map((block) => [block.heading, block.text])).toEqual([
      ["Gas", "Exports are divided. They grow."],
      ["Gas", "A new one."],
    ]);
  });
});
