/**
 * Frames on a terminal, without flicker: each is one write, within a synchronised update where the terminal knows it,
 * over the frame before; lines are overwritten, never blanked first. Lines that must stay are written above it.
 */

const ESC = "\u001b[";
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;

export class LiveDisplay {
  private lineCount = 0;
  private last = "";

  constructor(private readonly write: (text: string) => void) {}

  /** Replace the frame. The same frame again costs nothing. */
  show(lines: readonly string[]): void {
    const body = lines.map((line) => `${line}${ESC}K\n`).join("");
    if (body === this.last && this.lineCount === lines.length) return;
    this.write(`${BEGIN}${this.home()}${body}${ESC}J${END}`);
    this.lineCount = lines.length;
    this.last = body;
  }

  /** A line that stays, above the frame; the next `show` puts the frame back under it. */
  print(line: string): void {
    this.write(`${BEGIN}${this.home()}${line}${ESC}K\n${ESC}J${END}`);
    this.lineCount = 0;
    this.last = "";
  }

  /** Take the frame away. */
  clear(): void {
    if (this.lineCount > 0) this.write(`${BEGIN}${this.home()}${ESC}J${END}`);
    this.lineCount = 0;
    this.last = "";
  }

  /** Leave the frame as it stands; what follows is written below it. */
  settle(): void {
    this.lineCount = 0;
    this.last = "";
  }

  private home(): string {
    return this.lineCount > 0 ? `\r${ESC}${this.lineCount}A` : "\r";
  }
}
