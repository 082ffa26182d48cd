import { describe, expect, test } from "vitest";
import { breakLines, fitText, measureWidthIn } from "./text-metrics.js";

const style = { fontSizePt: 12, bold: false, lineSpacing: 1 };

describe("text metrics", () => {
  test("know Arial's widths: ten digits at 72 pt are 5.56 in wide, plus the safety margin of two percent", () => {
    expect(measureWidthIn("0123456789", { ...style, fontSizePt: 72 })).toBeCloseTo(5.56 * 1.02, 3);
    expect(measureWidthIn("W", { ...style, bold: true })).toBeCloseTo(measureWidthIn("W", style), 5);
    expect(measureWidthIn("w", { ...style, bold: true })).toBeGreaterThan(measureWidthIn("w", style));
  });

  test("measure accented letters as their base, and a Japanese one as a square", () => {
    expect(measureWidthIn("ő", style)).toBe(measureWidthIn("o", style));
    expect(measureWidthIn("医", { ...style, fontSizePt: 72 })).toBeCloseTo(1.02, 5);
  });

  test("break at spaces and hyphens, cut words longer than a line, and lose no letter", () => {
    const text = "battery-electric vehicles and Donaudampfschifffahrtsgesellschaftskapitäne";
    const lines = breakLines(text, 1, style);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(measureWidthIn(line, style)).toBeLessThanOrEqual(1);
    expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
  });

  test("report whether a text fits, and the height it needs", () => {
    expect(fitText("One line.", { w: 3, h: 0.2 }, style)).toEqual({ fits: true, lines: 1, neededIn: 0.192 });
    expect(fitText("One line. ".repeat(20), { w: 3, h: 0.2 }, style).fits).toBe(false);
  });
});
