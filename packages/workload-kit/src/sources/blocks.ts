/**
 * The common form into which every source format is read: blocks of running text, each with its place in the file.
 *
 * Inline markup is removed (an author's asterisks are not words). The words themselves never change.
 */

import { parse as parseCsv } from "csv-parse/sync";
import { convert } from "html-to-text";
import { findTooDeep } from "./html-depth.js";
import { HTML_DEPTH_MAX } from "./limits.js";
import { tooDeep } from "./parser-words.js";

export interface Block {
  /** Running text with single spaces. */
  text: string;
  /** Heading above it; empty if there is none. */
  heading: string;
  /** Returns the place of a position in `text` within the file, worded for a citation: "line 12", "page 2", "paragraph 3". */
  placeAt: (offset: number) => string;
  /** Whether the block is quoted whole, like a table row. Other blocks are split into sentences. */
  whole: boolean;
}

/** Reads plain text and Markdown by lines. A blank line, a heading or a list marker begins a new block. */
export function readLines(text: string, markdown: boolean): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  let open: { line: number; text: string }[] = [];
  let inFence = false;
  const close = () => {
    if (open.length > 0) blocks.push(joinLines(open, heading));
    open = [];
  };
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (markdown && /^(```|~~~)/.test(trimmed)) {
      inFence = !inFence;
      close();
      continue;
    }
    const title = markdown ? /^#{1,6}\s+(.*?)\s*#*$/.exec(trimmed) : null;
    if (inFence || (markdown && (trimmed.startsWith("|") || /^([-*_])\1{2,}$/.test(trimmed)))) {
      close();
    } else if (title !== null) {
      close();
      heading = stripInline(title[1] ?? "");
    } else if (trimmed === "") {
      close();
    } else {
      const item = /^(?:[-*+•]|\d+[.)])\s+(.*)$/.exec(trimmed);
      if (item !== null) close();
      const words = item?.[1] ?? trimmed.replace(markdown ? /^>\s?/ : /^$/, "");
      open.push({ line, text: markdown ? stripInline(words) : words });
    }
  }
  close();
  return blocks;
}

function joinLines(lines: readonly { line: number; text: string }[], heading: string): Block {
  let text = "";
  const starts: { offset: number; line: number }[] = [];
  for (const { line, text: words } of lines) {
    const clean = collapse(words);
    if (clean === "") continue;
    if (text !== "") text += " ";
    starts.push({ offset: text.length, line });
    text += clean;
  }
  const placeAt = (offset: number) =>
    `line ${starts.findLast((start) => start.offset <= offset)?.line ?? lines[0]?.line ?? 1}`;
  return { text, heading, placeAt, whole: false };
}

/** Each pattern looks ahead a bounded distance, so 200,000 opening brackets in a row take no longer than other text. */
function stripInline(text: string): string {
  return text
    .replace(/!\[[^[\]]{0,2000}\]\([^()]{0,2000}\)/g, "")
    .replace(/\[([^[\]]{1,2000})\]\([^()]{0,2000}\)/g, "$1")
    .replace(/(\*\*|__)(?=\S)(.{0,500}?\S)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}])([*_])(?=\S)(.{0,500}?\S)\1(?![\p{L}\p{N}])/gu, "$2")
    .replace(/`([^`]*)`/g, "$1");
}

/**
 * Marks a heading in the converted text. If the page itself contains the mark, plain or as a reference, it is removed
 * first.
 */
const HEADING_MARK = "\u0001";
const MARK_IN_PAGE = new RegExp(`${HEADING_MARK}|&#(?:x0*1|0*1)(?![0-9a-f]);?`, "gi");

/** Reads HTML by paragraphs of its visible text, since its source lines mean little to a reader. */
export function readHtml(html: string): Block[] {
  const deepLine = findTooDeep(html, HTML_DEPTH_MAX);
  if (deepLine !== null) throw tooDeep(deepLine);
  const headings = ["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, format: "markedHeading" }));
  const text = convert(html.replace(MARK_IN_PAGE, ""), {
    wordwrap: false,
    // The library would silently cut a longer page. The file size was checked before.
    limits: { maxInputLength: html.length },
    formatters: {
      markedHeading: (element, walk, builder) => {
        builder.openBlock({ leadingLineBreaks: 2 });
        builder.addInline(HEADING_MARK);
        walk(element.children, builder);
        builder.closeBlock({ trailingLineBreaks: 2 });
      },
    },
    selectors: [
      ...headings,
      { selector: "a", options: { ignoreHref: true } },
      { selector: "img", format: "skip" },
      { selector: "nav", format: "skip" },
      { selector: "script", format: "skip" },
      { selector: "style", format: "skip" },
      { selector: "ul", format: "block" },
      { selector: "ol", format: "block" },
      { selector: "li", format: "block", options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
    ],
  });
  const blocks: Block[] = [];
  let heading = "";
  let paragraph = 0;
  for (const part of text.split(/\n\s*\n/)) {
    const clean = collapse(part);
    if (clean === "") continue;
    if (clean.startsWith(HEADING_MARK)) {
      heading = clean.slice(HEADING_MARK.length).trim();
      continue;
    }
    paragraph++;
    const place = `paragraph ${paragraph}`;
    blocks.push({ text: clean, heading, placeAt: () => place, whole: false });
  }
  return blocks;
}

/**
 * Reads a table by rows. A row is quoted as "header: value" pairs in the table's own words; its place is its line.
 * @throws the parser's error if the text is not a table (a row is longer or shorter than the header).
 */
export function readTable(text: string): Block[] {
  const rows = parseCsv(text, { bom: true, skip_empty_lines: true, trim: true, info: true }) as unknown as {
    record: string[];
    info: { lines: number };
  }[];
  const header = rows[0]?.record ?? [];
  return rows.slice(1).map(({ record, info }) => {
    const pairs = header
      .map((name, index) => ({ name, value: record[index] ?? "" }))
      .filter(({ value }) => value !== "");
    // `lines` is the line where the row ends, which is also its place: cells with line breaks are rare.
    const place = `line ${info.lines}`;
    return {
      text: collapse(`${pairs.map(({ name, value }) => `${name}: ${value}`).join("; ")}.`),
      heading: "",
      placeAt: () => place,
      whole: true,
    };
  });
}

/** Collapses white space to single spaces. Line breaks belong to the layout, not to the author's text. */
export function collapse(text: string): string {
  return text.replace(/[\s\u00a0]+/gu, " ").trim();
}
