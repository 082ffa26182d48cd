/**
 * Nesting depth of a page's elements, found without building a tree. Parsers take time quadratic in the depth, and code
 * that walks their tree overflows the stack.
 *
 * One pass, linear in the text. Elements that need no end tag are not counted: a second `<p>` ends the first.
 */

/** Elements without an end tag, or ended by the next element of their kind. */
const UNCLOSED = new Set(
  "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split(" "),
);
/** Elements whose content is text up to their own end tag. */
const RAW = new Set(["script", "style", "textarea", "title", "xmp", "noembed", "iframe"]);

const NAME = /[a-zA-Z][^\s/>]*/y;

/** Returns the line at which the depth first exceeds `depthMax`; null if it never does. */
export function findTooDeep(html: string, depthMax: number): number | null {
  const open: string[] = [];
  for (let at = html.indexOf("<"); at !== -1; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      const end = html.indexOf("-->", at + 4);
      if (end === -1) return null;
      at = end + 3;
      continue;
    }
    const isEnd = html[at + 1] === "/";
    NAME.lastIndex = at + (isEnd ? 2 : 1);
    const name = NAME.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      at++;
      continue;
    }
    const close = html.indexOf(">", NAME.lastIndex);
    if (close === -1) return null;
    const tagAt = at;
    at = close + 1;
    if (UNCLOSED.has(name)) continue;
    if (isEnd) {
      // An end tag closes the innermost open element with its name. Browsers ignore one that matches nothing.
      const from = open.lastIndexOf(name);
      if (from !== -1) open.length = from;
      continue;
    }
    // `<div/>` opens a div like `<div>`. Within SVG and MathML it opens nothing.
    if (html[close - 1] === "/" && (open.includes("svg") || open.includes("math"))) continue;
    if (RAW.has(name)) {
      const end = findEndTag(html, name, at);
      if (end === -1) return null;
      at = end;
      continue;
    }
    open.push(name);
    if (open.length > depthMax) return html.slice(0, tagAt).split("\n").length;
  }
  return null;
}

function findEndTag(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, "gi");
  end.lastIndex = from;
  return end.exec(html)?.index ?? -1;
}
