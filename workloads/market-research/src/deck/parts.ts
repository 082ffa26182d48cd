/** The parts of a .pptx package, each parsed once and strictly; the targets of their relationships; missing parts. */
import { unzipSync } from "fflate";
import { parseXml, type XmlNode } from "./parse-xml.js";

export interface Parts {
  /** Every XML part by name. A malformed one is empty here and listed in `malformed`. */
  readonly xml: ReadonlyMap<string, XmlNode>;
  /** Names of all parts, XML or not. */
  readonly names: ReadonlySet<string>;
  /** Parts that a strict reader refuses, including those of embedded workbooks, with the parser's reason. */
  readonly malformed: readonly { readonly part: string; readonly problem: string }[];
}

/** Reads all parts. @throws {Error} if the bytes are not a zip file. */
export function readParts(bytes: Uint8Array): Parts {
  const xml = new Map<string, XmlNode>();
  const names = new Set<string>();
  const malformed: { part: string; problem: string }[] = [];
  for (const [name, content] of Object.entries(unzipSync(bytes))) {
    names.add(name);
    if (name.endsWith(".xlsx")) {
      // A chart's data, opened only when the chart is edited, so no program that merely displays the deck would notice.
      malformed.push(...readParts(content).malformed.map((one) => ({ ...one, part: `${name}!${one.part}` })));
    }
    if (!/\.(xml|rels|vml)$/i.test(name)) continue;
    try {
      xml.set(name, parseXml(content));
    } catch (error) {
      xml.set(name, {});
      malformed.push({ part: name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { xml, names, malformed };
}

/** Returns the targets of a part's relationships, by ID. Targets outside the file are left out. */
export function relationsOf(part: string, { xml }: Parts): Map<string, string> {
  const slash = part.lastIndexOf("/");
  const relations = xml.get(`${part.slice(0, slash)}/_rels/${part.slice(slash + 1)}.rels`);
  const targets = new Map<string, string>();
  if (relations === undefined) return targets;
  for (const one of list(child(relations, "Relationships"), "Relationship")) {
    if (text(one["@TargetMode"]) === "External") continue;
    const target = text(one["@Target"]);
    const resolved = target.startsWith("/") ? target.slice(1) : new URL(target, `file:///${part}`).pathname.slice(1);
    targets.set(text(one["@Id"]), decodeURIComponent(resolved));
  }
  return targets;
}

/** Returns parts that the package declares or refers to but lacks. */
export function findMissingParts(parts: Parts): string[] {
  const missing = new Set<string>();
  const types = child(parts.xml.get("[Content_Types].xml") ?? {}, "Types");
  for (const one of list(types, "Override")) {
    const part = text(one["@PartName"]).slice(1);
    if (!parts.names.has(part)) missing.add(part);
  }
  for (const name of parts.names) {
    if (!/^ppt\/.*\.xml$/.test(name)) continue;
    for (const target of relationsOf(name, parts).values()) if (!parts.names.has(target)) missing.add(target);
  }
  return [...missing].sort();
}

// ── The parsed XML, where a child may be absent, one node, or several

export function child(node: XmlNode, name: string): XmlNode {
  return list(node, name)[0] ?? {};
}

export function list(node: XmlNode, name: string): XmlNode[] {
  const found = node[name] as XmlNode | XmlNode[] | undefined;
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}

/** Returns an attribute's value, or the text of an element. */
export function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? String((value as XmlNode)["#text"] ?? "") : String(value);
}
