// Converts HTML of hostile mail to plain text. One forward scan over the characters, so the time is linear for any
// input; nothing is parsed into a tree, loaded or run. The result is text, not HTML to display.

/** Elements whose content a reader never sees as text. */
const SILENT = new Set(["script", "style", "head", "title", "noscript", "template", "object"]);
/** Elements after which a new line begins. */
const BLOCK = new Set([
  "p",
  "div",
  "br",
  "tr",
  "li",
  "ul",
  "ol",
  "table",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "hr",
  "blockquote",
  "center",
  "pre",
]);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "©",
  reg: "®",
  trade: "™",
  middot: "·",
  bull: "•",
  mdash: "—",
  ndash: "–",
  hellip: "…",
  laquo: "«",
  raquo: "»",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  euro: "€",
  pound: "£",
  cent: "¢",
};

export function htmlToText(html: string): string {
  let text = "";
  let at = 0;
  let silentUntil: string | null = null;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) {
      if (silentUntil === null) text += html.slice(at);
      break;
    }
    if (silentUntil === null) text += html.slice(at, open);
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const close = html.indexOf(">", open + 1);
    if (close < 0) break; // an unfinished tag at the end is not text
    const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)/.exec(html.slice(open, open + 40));
    if (tag === null && !/^<[!?/]/.test(html.slice(open, open + 2))) {
      if (silentUntil === null) text += "<"; // "a < b"
      at = open + 1;
      continue;
    }
    const name = tag?.[2]?.toLowerCase() ?? "";
    const isEnd = tag?.[1] === "/";
    if (silentUntil !== null) {
      // `<body>` ends an unclosed head.
      if ((isEnd && name === silentUntil) || name === "body") silentUntil = null;
    } else if (SILENT.has(name) && !isEnd) silentUntil = name;
    else if (BLOCK.has(name)) text += "\n";
    else if (name === "td" || name === "th") text += " ";
    at = close + 1;
  }
  return tidy(decodeEntities(text));
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,8});?/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : whole;
  });
}

function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/[ \t\u00a0]+/g, " ").trim())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
