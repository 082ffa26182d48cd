/**
 * Sending one recorded file: opened without following links, inside the run's folder, of the recorded size, as a download
 * that no browser runs, or for a frame in a sandbox in which nothing runs. One range at a time.
 */
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { Readable } from "node:stream";
import { ArtifactChangedError, ArtifactMissingError, RangeInvalidError } from "@holdfast/core";
import type { FastifyReply, FastifyRequest } from "fastify";

export interface RecordedFile {
  readonly root: string;
  readonly runId: string;
  readonly stage: string;
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
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

  const handle = await openRecorded(file);
  try {
    const range = rangeOf(request.headers.range, request.headers["if-range"], etag, file.sizeBytes);
    if (range === null) {
      void reply.header("content-length", file.sizeBytes);
    } else {
      void reply
        .code(206)
        .header("content-range", `bytes ${range.start}-${range.end}/${file.sizeBytes}`)
        .header("content-length", range.end - range.start + 1);
    }
    if (request.method === "HEAD" || file.sizeBytes === 0) {
      await handle.close();
      // A stream leaves the length as it was said; a text would be measured.
      return reply.send(Readable.from([]));
    }
    return reply.send(handle.createReadStream({ autoClose: true, ...(range ?? {}) }));
  } catch (error) {
    await handle.close();
    if (error instanceof RangeInvalidError) {
      void reply.removeHeader("content-disposition").removeHeader("etag");
      void reply.header("content-range", `bytes */${file.sizeBytes}`);
    }
    throw error;
  }
}

/** @throws {ArtifactMissingError} {ArtifactChangedError} */
async function openRecorded(file: RecordedFile): Promise<FileHandle> {
  const missing = () => new ArtifactMissingError({ path: file.name, runId: file.runId, stage: file.stage });
  try {
    const home = await realpath(join(file.root, "runs", file.runId));
    const real = await realpath(file.path);
    if (!real.startsWith(home + sep) || basename(home) !== file.runId) throw missing();
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW);
    const found = await handle.stat();
    if (found.isFile() && found.size === file.sizeBytes) return handle;
    await handle.close();
    if (!found.isFile()) throw missing();
    const foundSha256 = `of a file with ${found.size} bytes`;
    throw new ArtifactChangedError({ path: file.name, recordedSha256: file.sha256, foundSha256 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR") throw missing();
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
