/**
 * Sends one recorded file with the recorded size: as a download that no browser executes, or for a frame in a sandbox where
 * nothing executes. One range at a time. A file on object storage with a public address is fetched there, by a link.
 */
import { basename } from "node:path";
import { Readable } from "node:stream";
import { RangeInvalidError } from "@holdfast/core";
import type { ByteRange, LinkTerms } from "@holdfast/engine";
import type { FastifyReply, FastifyRequest } from "fastify";

export interface RecordedFile {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The file, or a part of it, wherever it is. */
  readonly open: (range?: ByteRange) => Promise<Readable>;
  /** A link to the file itself; null where it is sent from here. */
  readonly link: (terms: LinkTerms) => Promise<string | null>;
}

/** What a browser may at most show as text; everything else is bytes. */
const TEXT = /\.(txt|md|csv|tsv|log|jsonl|yaml|yml|xml|html?|svg|css|m?js|ts)$/i;
const IMAGES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
};

/** What a frame may show as it is. */
const FRAMED: Readonly<Record<string, string>> = { html: "text/html", htm: "text/html", pdf: "application/pdf" };
const DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";
/** No script, no origin, no form, no way to the frame's page, and nothing is fetched: what the file itself holds is shown. */
const FRAME_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "font-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "sandbox",
].join("; ");

interface Asked {
  readonly askedSha256: string | undefined;
  readonly isFramed?: boolean;
}

export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: RecordedFile,
  { askedSha256, isFramed = false }: Asked,
) {
  const etag = `"${file.sha256}"`;
  const framedType = isFramed ? FRAMED[extensionOf(file.name)] : undefined;
  void reply
    .header("etag", etag)
    .header("accept-ranges", "bytes")
    // A file may be written anew within its attempt; by its hash it never changes.
    .header("cache-control", askedSha256 === file.sha256 ? "private, max-age=31536000, immutable" : "private, no-cache")
    .header("content-disposition", framedType === undefined ? dispositionOf(file.name) : "inline")
    .header("content-security-policy", framedType === undefined ? DOWNLOAD_POLICY : FRAME_POLICY)
    .header("x-content-type-options", "nosniff")
    .type(framedType ?? mediaTypeOf(file.name));
  if (request.headers["if-none-match"] === etag) return reply.code(304).send();

  // A frame is always sent from here: only our own answer carries the policy that keeps the file from executing anything.
  const terms = { type: mediaTypeOf(file.name), disposition: dispositionOf(file.name) };
  const link = framedType === undefined && request.method === "GET" ? await file.link(terms) : null;
  if (link !== null) return reply.header("cache-control", "private, no-store").redirect(link, 302);

  try {
    const range = rangeOf(request.headers.range, request.headers["if-range"], etag, file.sizeBytes);
    const bytes = await file.open(range ?? undefined);
    if (range === null) {
      void reply.header("content-length", file.sizeBytes);
    } else {
      void reply
        .code(206)
        .header("content-range", `bytes ${range.start}-${range.end}/${file.sizeBytes}`)
        .header("content-length", range.end - range.start + 1);
    }
    if (request.method === "HEAD" || file.sizeBytes === 0) {
      bytes.destroy();
      // A stream leaves the length as it was said; a text would be measured.
      return reply.send(Readable.from([]));
    }
    return reply.send(bytes);
  } catch (error) {
    if (error instanceof RangeInvalidError) {
      void reply.removeHeader("content-disposition").removeHeader("etag");
      void reply.header("content-range", `bytes */${file.sizeBytes}`);
    }
    throw error;
  }
}

/** @throws {RangeInvalidError} RANGE_INVALID — for a range beyond the end. Several ranges, or another unit: the whole file. */
function rangeOf(
  header: string | undefined,
  ifRange: string | string[] | undefined,
  etag: string,
  sizeBytes: number,
): { readonly start: number; readonly end: number } | null {
  const match = header?.match(/^bytes=(\d{0,15})-(\d{0,15})$/);
  if (!match || (ifRange !== undefined && ifRange !== etag)) return null;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return null;
  const start = from === "" ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (start > end) throw new RangeInvalidError({ sizeBytes });
  return { start, end };
}

function mediaTypeOf(name: string): string {
  if (/\.json$/i.test(name)) return "application/json; charset=utf-8";
  if (TEXT.test(name)) return "text/plain; charset=utf-8";
  return IMAGES[extensionOf(name)] ?? "application/octet-stream";
}

const extensionOf = (name: string): string => name.split(".").at(-1)?.toLowerCase() ?? "";

/** The plain name for old readers, the exact one beside it (RFC 6266). */
function dispositionOf(name: string): string {
  const file = basename(name);
  const plain = file.replace(/[^\w.-]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file)}`;
}
