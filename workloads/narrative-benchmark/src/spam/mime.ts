// Just enough of MIME (RFC 2045–2047) to read the text of old mails: headers, multipart, quoted-printable, base64,
// encoded words. Input is hostile: depth, part count and length are bounded, and nothing is fetched, run or rendered.
// Broken mail yields what can be read rather than an error. Attachments are dropped.
import { htmlToText } from "./html-text.js";

/** Deeper nesting than a few forwarded mails is an attack. */
const DEPTH_MAX = 6;
const PARTS_MAX = 40;

export interface Headers {
  /** Returns the first value of a header by lower-case name, unfolded; undefined if absent. */
  get(name: string): string | undefined;
}

/** Splits a message or part at its first empty line. A part may start with it and have no headers. */
export function splitMessage(text: string): { headers: Headers; body: string } {
  const normal = text.replace(/\r\n?/g, "\n");
  if (normal.startsWith("\n")) return { headers: { get: () => undefined }, body: normal.slice(1) };
  const at = normal.indexOf("\n\n");
  const head = at < 0 ? normal : normal.slice(0, at);
  const values = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, " ").split("\n")) {
    const match = /^([!-9;-~]+):(.*)$/.exec(line); // RFC 5322: printable ASCII except the colon
    const name = match?.[1]?.toLowerCase();
    if (name !== undefined && !values.has(name)) values.set(name, (match?.[2] ?? "").trim());
  }
  return { headers: { get: (name) => values.get(name) }, body: at < 0 ? "" : normal.slice(at + 2) };
}

/** Returns the readable text of a message body: plain parts unchanged, HTML parts as text if there is no plain one. */
export function readBody(headers: Headers, body: string): string {
  const budget = { parts: PARTS_MAX };
  return readPart(headers, body, 0, budget).text.trim();
}

interface PartText {
  readonly text: string;
  readonly isHtml: boolean;
}

const NOTHING: PartText = { text: "", isHtml: false };

function readPart(headers: Headers, body: string, depth: number, budget: { parts: number }): PartText {
  if (depth > DEPTH_MAX || budget.parts-- <= 0) return NOTHING;
  const { type, parameters } = readContentType(headers.get("content-type"));
  const boundary = parameters.get("boundary");
  if (type.startsWith("multipart/") && boundary !== undefined) {
    const read = (part: string) => {
      const inner = splitMessage(part);
      return readPart(inner.headers, inner.body, depth + 1, budget);
    };
    const parts = splitParts(body, boundary)
      .map(read)
      .filter(({ text }) => text.trim() !== "");
    // Alternatives repeat each other, so the plain one suffices.
    const chosen = type === "multipart/alternative" ? (parts.find(({ isHtml }) => !isHtml) ?? parts[0]) : undefined;
    if (chosen !== undefined) return chosen;
    return { text: parts.map(({ text }) => text).join("\n\n"), isHtml: parts.every(({ isHtml }) => isHtml) };
  }
  if (type === "message/rfc822") {
    const inner = splitMessage(body);
    return readPart(inner.headers, inner.body, depth + 1, budget);
  }
  if (!type.startsWith("text/")) return NOTHING;
  if (/^\s*attachment\b/i.test(headers.get("content-disposition") ?? "")) return NOTHING;
  const text = decodeTransfer(body, headers.get("content-transfer-encoding"), parameters.get("charset"));
  // Many of these mails declare HTML as plain text.
  const isHtml = type === "text/html" || /^\s*(<!doctype html|<html)/i.test(text.slice(0, 500));
  return { text: isHtml ? htmlToText(text) : text, isHtml };
}

/** Text before the first boundary ("this is a message in MIME format") is for readers without MIME. */
function splitParts(body: string, boundary: string): string[] {
  const parts: string[] = [];
  let current: string[] | null = null;
  for (const line of body.split("\n")) {
    const trimmed = line.trimEnd();
    if (trimmed === `--${boundary}` || trimmed === `--${boundary}--`) {
      if (current !== null) parts.push(current.join("\n"));
      current = trimmed.endsWith("--") && trimmed.length === boundary.length + 4 ? null : [];
      if (parts.length >= PARTS_MAX) return parts;
    } else current?.push(line);
  }
  if (current !== null) parts.push(current.join("\n")); // the closing boundary is often lost
  return parts;
}

function readContentType(value: string | undefined): { type: string; parameters: Map<string, string> } {
  const [type = "", ...rest] = (value ?? "text/plain").split(";");
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const at = parameter.indexOf("=");
    if (at < 0) continue;
    const name = parameter.slice(0, at).trim().toLowerCase();
    parameters.set(
      name,
      parameter
        .slice(at + 1)
        .trim()
        .replace(/^"|"$/g, ""),
    );
  }
  const plain = type.trim().toLowerCase();
  return { type: plain.includes("/") ? plain : "text/plain", parameters };
}

function decodeTransfer(body: string, encoding = "", charset = ""): string {
  const kind = encoding.trim().toLowerCase();
  if (kind === "base64") return decodeBytes(Buffer.from(body, "base64"), charset);
  if (kind === "quoted-printable") return decodeBytes(quotedPrintable(body), charset);
  return body; // 7bit, 8bit, binary: the corpus has been decoded to text already
}

function quotedPrintable(body: string): Buffer {
  const joined = body
    .split("\n")
    .map((line) => line.trimEnd()) // a pattern for trailing spaces would take quadratic time on a line of spaces
    .join("\n")
    .replace(/=\n/g, "");
  const bytes: Buffer[] = [];
  let at = 0;
  for (const match of joined.matchAll(/(?:=[0-9A-Fa-f]{2})+/g)) {
    bytes.push(Buffer.from(joined.slice(at, match.index), "utf8"), Buffer.from(match[0].replaceAll("=", ""), "hex"));
    at = match.index + match[0].length;
  }
  bytes.push(Buffer.from(joined.slice(at), "utf8"));
  return Buffer.concat(bytes);
}

function decodeBytes(bytes: Buffer, charset: string): string {
  // An unknown charset throws. Windows-1252 maps every byte, so it never does.
  const label = charset.trim().toLowerCase() || "utf-8";
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Decodes `=?charset?B|Q?…?=` in a header. Malformed words stay unchanged. */
export function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)\s+(=\?)/g, "$1$2"); // white space between two encoded words is not text
  return joined.replace(
    /=\?([^?\s]{1,40})\?([bqBQ])\?([^?\s]*)\?=/g,
    (_word, charset: string, kind: string, text: string) =>
      kind.toLowerCase() === "b"
        ? decodeBytes(Buffer.from(text, "base64"), charset)
        : decodeBytes(quotedPrintable(text.replaceAll("_", " ")), charset),
  );
}
