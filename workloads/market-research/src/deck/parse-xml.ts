/**
 * Parses one part of a package into a tree with a strict parser. Anything but well-formed XML 1.0 with declared
 * namespaces in valid UTF-8 is refused, as office programs do. A tolerant parser would let stage 8 pass files that
 * nobody can open.
 */
import { SaxesParser } from "saxes";

/** Attributes as `@name`, children by name (a list if there are several), text as `#text`. */
export type XmlNode = { [key: string]: unknown };

/** Parses a part. @throws {Error} with line, column and problem. */
export function parseXml(bytes: Uint8Array): XmlNode {
  const root: XmlNode = {};
  const open: XmlNode[] = [root];
  const parser = new SaxesParser({ xmlns: true });
  const top = () => open.at(-1) as XmlNode;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("doctype", () => {
    // Open packaging forbids it (ECMA-376 part 2, 9.1.4), and custom entities have been used to exhaust memory.
    throw new Error("a document type declaration is not allowed");
  });
  parser.on("opentag", ({ name, attributes }) => {
    const node: XmlNode = {};
    for (const attribute of Object.values(attributes)) node[`@${attribute.name}`] = attribute.value;
    const before = top()[name];
    if (before === undefined) top()[name] = node;
    else if (Array.isArray(before)) before.push(node);
    else top()[name] = [before, node];
    open.push(node);
  });
  parser.on("closetag", () => void open.pop());
  parser.on("text", (text) => addText(top(), text));
  parser.on("cdata", (text) => addText(top(), text));
  parser.write(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).close();
  return root;
}

function addText(node: XmlNode, text: string): void {
  node["#text"] = `${(node["#text"] as string | undefined) ?? ""}${text}`;
}
