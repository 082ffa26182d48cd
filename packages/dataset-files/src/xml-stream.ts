// XML as events, chunk by chunk. Elements and attributes go by their local name, because writers differ in prefixes.
// A document type is refused: no part of a workbook has one, and it is where entity attacks live.

import { SourceUnreadableError } from "@holdfast/core";
import { SaxesParser } from "saxes";

/** A workbook's elements lie some ten levels deep. */
const DEPTH_MAX = 256;

export interface XmlHandlers {
  readonly open: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly close?: ((name: string) => void) | undefined;
  readonly text?: ((text: string) => void) | undefined;
}

/**
 * Parse one part of a workbook. Handlers may be called many times between two yields; `yield` after every chunk lets
 * the caller hand on what it gathered.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — not well-formed, cut off, or not UTF-8.
 */
export async function* parseXml(
  path: string,
  part: string,
  chunks: AsyncIterable<Buffer>,
  handlers: XmlHandlers,
): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let depth = 0;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  parser.on("opentag", ({ name, attributes }) => {
    if (++depth > DEPTH_MAX)
      throw malformed(path, part, `its elements lie deeper within each other than ${DEPTH_MAX} levels`);
    handlers.open(localName(name), localAttributes(attributes));
  });
  parser.on("closetag", ({ name }) => {
    depth--;
    handlers.close?.(localName(name));
  });
  if (handlers.text !== undefined) {
    parser.on("text", handlers.text);
    parser.on("cdata", handlers.text);
  }
  parser.on("doctype", () => {
    throw malformed(path, part, "it has a document type");
  });
  parser.on("error", (error) => {
    throw malformed(path, part, error.message.replaceAll("\n", " "));
  });
  for await (const chunk of chunks) {
    parser.write(decode(path, part, decoder, chunk));
    yield;
  }
  parser.write(decode(path, part, decoder, undefined));
  parser.close();
  yield;
}

/** Parse a part whose handlers gather all there is to know. */
export async function parseXmlWhole(
  path: string,
  part: string,
  chunks: AsyncIterable<Buffer>,
  handlers: XmlHandlers,
): Promise<void> {
  for await (const _ of parseXml(path, part, chunks, handlers));
}

function decode(
  path: string,
  part: string,
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer | undefined,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw malformed(path, part, "it is not UTF-8");
  }
}

function malformed(path: string, part: string, what: string): SourceUnreadableError {
  return new SourceUnreadableError(`the part ${part} is no valid XML: ${what}`, "Save the workbook again as .xlsx", {
    path,
  });
}

function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon === -1 ? name : name.slice(colon + 1);
}

function localAttributes(attributes: Record<string, string>): Record<string, string> {
  const local: Record<string, string> = {};
  for (const name in attributes) {
    if (!name.startsWith("xmlns")) local[localName(name)] = attributes[name] as string;
  }
  return local;
}
