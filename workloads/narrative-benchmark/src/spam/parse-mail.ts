/**
 * A mail's subject and text, read by `postal-mime` and `html-to-text`. No header but the subject leaves this module.
 *
 * Mails are hostile: length, depth and headers are bounded, and nothing is fetched, run or rendered. Broken mail yields
 * what can be read rather than an error. Attachments are dropped; forwarded mails are read for their text.
 */
import { convert } from "html-to-text";
import PostalMime, { type Email } from "postal-mime";

/** The longest mail of the corpus has 300,734 characters. Parsing takes time linear in the length. */
const MAIL_CHARS_MAX = 500_000;
/** Deeper nesting than a few forwarded mails is an attack. */
const DEPTH_MAX = 6;
const FORWARDED_MAX = 40;
const LIMITS = {
  maxNestingDepth: 20,
  maxHeadersSize: 256 * 1024,
  // Otherwise the library would put a forwarded mail's headers into the text, and they reveal the label.
  maxRfc822NestingDepth: 0,
};
/** Building the tree takes time quadratic in its depth: 0.7 s for so many characters of `<b>`, the worst case. */
const HTML_CHARS_MAX = 200_000;
const HTML_DEPTH_MAX = 200;

export interface ParsedMail {
  readonly subject: string;
  readonly text: string;
}

/** Parses a mail that is text already, as the corpus has it. */
export async function parseMail(mail: string): Promise<ParsedMail> {
  const { subject, texts } = await parse(hideWide(mail.slice(0, MAIL_CHARS_MAX)), 0, { mails: FORWARDED_MAX });
  return { subject: showWide(subject), text: showWide(texts.join("\n\n")).trim() };
}

async function parse(mail: string | ArrayBuffer, depth: number, left: { mails: number }) {
  const parsed = await parseOrNull(mail);
  if (parsed === null) return { subject: "", texts: [] };
  const texts = [textOf(parsed)];
  for (const { mimeType, disposition, content } of parsed.attachments) {
    if (!(content instanceof ArrayBuffer)) continue;
    if (mimeType === "message/rfc822") {
      if (depth < DEPTH_MAX && left.mails-- > 0) texts.push(...(await parse(content, depth + 1, left)).texts);
    } else if (isText(mimeType) && disposition !== "attachment") {
      texts.push(textOf({ text: Buffer.from(content).toString() }));
    }
  }
  return { subject: parsed.subject ?? "", texts: texts.filter((text) => text !== "") };
}

/** Text of other types, and of misspelled ones. Delivery reports have the headers of the lost mail as text. */
const isText = (mimeType: string) => mimeType.startsWith("text/") && mimeType !== "text/rfc822-headers";

/** Null if a limit is exceeded. */
async function parseOrNull(mail: string | ArrayBuffer): Promise<Email | null> {
  try {
    return await PostalMime.parse(mail, LIMITS);
  } catch {
    return null;
  }
}

/** The plain text, or the HTML as text if there is no plain text to read. */
function textOf({ text = "", html = "" }: { text?: string | undefined; html?: string | undefined }): string {
  const chosen = withoutListFooter(text.trim() === "" ? html : text);
  // Many of these mails declare HTML as plain text.
  const isHtml = text.trim() === "" || /^\s*(<!doctype html|<html)/i.test(text.slice(0, 500));
  return (isHtml ? htmlToText(chosen) : chosen).trim();
}

/**
 * Removes the footer that list software appends: a line of underscores, then at most six lines that end with the list's
 * address. Before HTML becomes text, since the lines are appended to the page's source.
 */
function withoutListFooter(text: string): string {
  return text.replace(/\n_{20,}\r?\n(?:[^\n]*\n){0,5}[^\n]*\/listinfo\/[^\n]*\s*$/i, "\n");
}

const HIDDEN = ["script", "style", "title", "noscript", "template", "object", "img"];
const BLOCKS = ["h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "tr", "center"];

/** HTML as a reader sees it, without the addresses of links. */
export function htmlToText(html: string): string {
  const text = convert(html.slice(0, HTML_CHARS_MAX), {
    wordwrap: false,
    baseElements: { selectors: [] }, // text outside of `<body>` is shown as well
    limits: { maxInputLength: HTML_CHARS_MAX, maxDepth: HTML_DEPTH_MAX, ellipsis: "" },
    formatters: {
      cell: (element, walk, builder) => {
        builder.addInline(" ");
        walk(element.children, builder);
        builder.addInline(" ");
      },
    },
    selectors: [
      { selector: "a", options: { ignoreHref: true } },
      { selector: "hr", format: "lineBreak" },
      ...HIDDEN.map((selector) => ({ selector, format: "skip" })),
      ...BLOCKS.map((selector) => ({ selector, format: "block" })),
      ...["td", "th"].map((selector) => ({ selector, format: "cell" })),
    ],
  });
  return text.replaceAll("\u00a0", " ");
}

const MARK = "\u001a";
const MARKED = new RegExp(`${MARK}([0-9a-f]{2,5}|10[0-9a-f]{4});`, "g");

/**
 * The corpus was decoded once, as UTF-8, whatever its mails declare. A character beyond ASCII would be decoded again by
 * the declared charset, so it passes through the parser as a mark and its hexadecimal number.
 */
function hideWide(text: string): string {
  return text.replaceAll(MARK, "").replace(/[^\0-\x7f]/gu, (wide) => `${MARK}${wide.codePointAt(0)?.toString(16)};`);
}

function showWide(text: string): string {
  return text.replace(MARKED, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}
