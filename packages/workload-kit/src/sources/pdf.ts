/**
 * PDF text as blocks. A PDF has positioned glyphs but no paragraphs, so lines are grouped by type size and spacing, and
 * a headline does not merge into the sentence below it. Places are pages. Scanned pages are not recognized.
 */
import { type Block, collapse } from "./blocks.js";

interface Line {
  text: string;
  /** Type size and baseline, both in points. */
  size: number;
  y: number;
}

/** A gap wider than this many times the type size ends a paragraph. Ordinary leading is 1.2 to 1.5. */
const PARAGRAPH_GAP = 1.9;
/** Text larger than the page's usual size by this factor is a headline. */
const HEADLINE_RATIO = 1.15;

export async function readPdf(bytes: Uint8Array): Promise<Block[]> {
  // Loaded only for PDFs, since this reader is by far the largest of the formats.
  const { getDocumentProxy } = await import("unpdf");
  // A copy, since the reader detaches its buffer. Verbosity 0 (errors only), since a library prints nothing.
  const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
  try {
    const blocks: Block[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      blocks.push(...groupLines(toLines(items as PdfItem[]), `page ${number}`));
      page.cleanup();
    }
    return blocks;
  } finally {
    await document.destroy();
  }
}

/** The part of pdf.js's text items that is used. `transform[5]` is the baseline. */
interface PdfItem {
  str?: string;
  height?: number;
  transform?: number[];
  hasEOL?: boolean;
}

function toLines(items: readonly PdfItem[]): Line[] {
  const lines: Line[] = [];
  let open: Line | null = null;
  for (const item of items) {
    if (item.str === undefined) continue; // a marked-content boundary
    if (item.str !== "") {
      open ??= { text: "", size: 0, y: item.transform?.[5] ?? 0 };
      open.text += item.str;
      open.size = Math.max(open.size, item.height ?? 0);
    }
    if (item.hasEOL === true && open !== null) {
      lines.push(open);
      open = null;
    }
  }
  if (open !== null) lines.push(open);
  return lines.filter((line) => line.text.trim() !== "");
}

/** Groups a page's lines into paragraphs under headlines. */
export function groupLines(lines: readonly Line[], place: string): Block[] {
  const usual = median(lines.map((line) => line.size));
  const blocks: Block[] = [];
  let heading = "";
  let open: Line[] = [];
  const close = () => {
    if (open.length > 0) {
      // A word divided at the end of a line is joined. A real hyphen there is lost, as in any PDF reader.
      const text = collapse(
        open
          .map((line) => line.text)
          .join("\n")
          .replace(/(\p{Ll})-\n(\p{Ll})/gu, "$1$2"),
      );
      blocks.push({ text, heading, placeAt: () => place, whole: false });
    }
    open = [];
  };
  for (const line of lines) {
    const before = open.at(-1);
    if (line.size > usual * HEADLINE_RATIO) {
      close();
      heading = collapse(line.text);
      continue;
    }
    if (before !== undefined && Math.abs(before.y - line.y) > usual * PARAGRAPH_GAP) close();
    open.push(line);
  }
  close();
  return blocks;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
