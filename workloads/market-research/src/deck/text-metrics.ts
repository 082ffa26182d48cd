/**
 * Measures the space that a text needs: line breaks and height at a type size, from the widths in font-widths.ts.
 *
 * The size scan (before building) and the health check (on the finished file) both use it, the first on the deck's data
 * and the second on the XML. Kerning is ignored; it makes lines shorter, never longer.
 */
import { isFigure } from "./figures.js";
import { ARIAL_BOLD, ARIAL_LINE_HEIGHT, ARIAL_REGULAR, type FontWidths } from "./font-widths.js";

const POINTS_PER_INCH = 72;
/** Programs round glyphs to their own grid. Two percent more width ensures that a line that fits here fits there. */
const WIDTH_SAFETY = 1.02;
/** Letters outside the tables: Chinese, Japanese and Korean fill a square; any other counts as wide. */
const WIDE_LETTER = 1000;
const OTHER_LETTER = 720;

/**
 * A program without Arial uses a wider font (DejaVu Sans is wider by a quarter). Other text then takes another line,
 * but a number would be broken, so numbers are measured at this width.
 */
const SUBSTITUTE_WIDTH = 1.25;

export interface TextStyle {
  fontSizePt: number;
  bold: boolean;
  /** Line spacing relative to single spacing. */
  lineSpacing: number;
}

/** Returns the width of a text on one line, in inches. */
export function measureWidthIn(text: string, style: TextStyle): number {
  const widths = style.bold ? ARIAL_BOLD : ARIAL_REGULAR;
  let sum = 0;
  for (const letter of text) sum += widthOf(letter, widths);
  return ((sum / 1000) * style.fontSizePt * WIDTH_SAFETY) / POINTS_PER_INCH;
}

function widthOf(letter: string, widths: FontWidths): number {
  const code = letter.codePointAt(0) ?? 0;
  const known =
    code < 0xa0 ? widths.ascii[code - 32] : code < 0x100 ? widths.latin1[code - 0xa0] : widths.marks[letter];
  if (known !== undefined) return known;
  // Accents add no width: "ő" is as wide as "o".
  const base = letter.normalize("NFD")[0] ?? letter;
  if (base !== letter) return widthOf(base, widths);
  return /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef]/.test(letter)
    ? WIDE_LETTER
    : OTHER_LETTER;
}

/** No-break spaces belong to their words. A hyphen before a digit is a sign or joins a range (UAX #14, LB25). */
const PIECES = /(?:[^ \t\r\n-]|-(?=\d))*-+(?!\d)|(?:[^ \t\r\n-]|-(?=\d))+|[ \t\r\n]+/g;

/** Breaks a text into lines of a given width, at spaces and after hyphens. A longer word is cut. */
export function breakLines(text: string, widthIn: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const piece of paragraph.match(PIECES) ?? []) {
      if (measureWidthIn((line + piece).trimEnd(), style) <= widthIn) {
        line += piece;
        continue;
      }
      if (line.trim() !== "") lines.push(line.trimEnd());
      line = piece.trimStart();
      while (measureWidthIn(line, style) > widthIn && line.length > 1) {
        let cut = line.length - 1;
        while (cut > 1 && measureWidthIn(line.slice(0, cut), style) > widthIn) cut--;
        lines.push(line.slice(0, cut));
        line = line.slice(cut);
      }
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/** Returns the height of a number of lines, in inches. */
export function heightIn(lineCount: number, style: TextStyle): number {
  return (lineCount * style.fontSizePt * ARIAL_LINE_HEIGHT * style.lineSpacing) / POINTS_PER_INCH;
}

/** Returns the first number of a text that is too wide for a line, so that a program would break inside it; null if none. */
export function findCutFigure(text: string, widthIn: number, style: TextStyle): string | null {
  const room = widthIn / SUBSTITUTE_WIDTH;
  return text.split(/[ \t\r\n]+/).find((word) => isFigure(word) && measureWidthIn(word, style) > room) ?? null;
}

/** Returns whether a text fits a box in this style without cutting a number, and the space it needs. */
export function fitText(
  text: string,
  box: { w: number; h: number },
  style: TextStyle,
): { fits: boolean; lines: number; neededIn: number } {
  const lines = breakLines(text, box.w, style).length;
  const neededIn = heightIn(lines, style);
  const fits = neededIn <= box.h + 1e-6 && findCutFigure(text, box.w, style) === null;
  return { fits, lines, neededIn: Math.round(neededIn * 1000) / 1000 };
}
