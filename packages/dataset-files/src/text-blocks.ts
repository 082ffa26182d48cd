// A text file as blocks of whole lines, in constant memory: what csv and jsonl are read from.
// Every block is checked to be UTF-8 without NUL bytes. A byte order mark of UTF-8 is dropped; UTF-16 is refused by name
// unless the caller names an encoding (`text-encoding.ts`).
// The line of a bad byte is found by reading again from the start, so that good files pay nothing for it.

import { isAscii, isUtf8 } from "node:buffer";
import { SourceUnreadableError } from "@holdfast/core";
import { RECORD_BYTES_MAX } from "./format-reader.js";
import { readDecodedBlocks, utf16Of } from "./text-encoding.js";
import type { TextBlock, TextFile } from "./text-file.js";

const CHUNK_BYTES = 256 * 1024; // large enough that a read's overhead vanishes, small beside one record's limit
const LF = 0x0a;
const CR = 0x0d;

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — not UTF-8, or NUL bytes; names the line. */
export async function* readTextBlocks(file: TextFile): AsyncGenerator<TextBlock> {
  if (file.encoding !== undefined && file.encoding !== "utf-8") {
    yield* readDecodedBlocks(file, file.encoding);
    return;
  }
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let held: Buffer[] = []; // the beginning of a line whose end was not read yet
  let heldBytes = 0;
  let blockOffset = 0; // where in the file `held` begins
  let readOffset = 0;
  let isSkippingLine = false;
  for (;;) {
    file.signal?.throwIfAborted();
    const { bytesRead } = await file.handle.read(chunk, 0, CHUNK_BYTES, readOffset);
    if (readOffset === 0) refuseUtf16(file.path, chunk.subarray(0, bytesRead));
    const isEnd = bytesRead === 0;
    const fresh = chunk.subarray(0, bytesRead);
    const cut = isEnd ? 0 : endOfLastLine(fresh);
    readOffset += bytesRead;
    if (isSkippingLine) {
      const lineEnd = isEnd ? 0 : endOfFirstLine(fresh);
      if (isEnd) return;
      if (lineEnd === 0) continue;
      isSkippingLine = false;
      blockOffset = readOffset - bytesRead + lineEnd;
      if (cut > lineEnd) yield { kind: "text", text: await decode(file, fresh.subarray(lineEnd, cut), blockOffset) };
      blockOffset = readOffset - bytesRead + Math.max(cut, lineEnd);
      held = [Buffer.from(fresh.subarray(Math.max(cut, lineEnd)))];
      heldBytes = held[0]?.length ?? 0;
      continue;
    }
    if (isEnd || cut > 0) {
      const block = Buffer.concat([...held, fresh.subarray(0, cut)]);
      if (block.length > 0) yield { kind: "text", text: await decode(file, block, blockOffset) };
      if (isEnd) return;
      blockOffset += block.length;
      held = [];
      heldBytes = 0;
    }
    if (cut < bytesRead) {
      held.push(Buffer.from(fresh.subarray(cut)));
      heldBytes += bytesRead - cut;
    }
    if (heldBytes > RECORD_BYTES_MAX) {
      yield { kind: "lineTooLong", line: await lineAt(file, blockOffset) };
      held = [];
      heldBytes = 0;
      isSkippingLine = true;
    }
  }
}

/** One past the last line break; a carriage return at the very end may be half of a pair, so it does not count. */
function endOfLastLine(bytes: Buffer): number {
  const lf = bytes.lastIndexOf(LF);
  if (lf !== -1) return lf + 1;
  return bytes.length < 2 ? 0 : bytes.lastIndexOf(CR, bytes.length - 2) + 1;
}

function endOfFirstLine(bytes: Buffer): number {
  return bytes.indexOf(LF) + 1;
}

async function decode(file: TextFile, block: Buffer, offset: number): Promise<string> {
  const bytes = offset === 0 && block.toString("hex", 0, 3) === "efbbbf" ? block.subarray(3) : block;
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    const line = await lineAt(file, offset + (block.length - bytes.length) + nul);
    throw new SourceUnreadableError("a NUL byte", "This is no text file, or it was damaged: save it as UTF-8 text", {
      path: file.path,
      line,
    });
  }
  if (isAscii(bytes)) return bytes.toString("latin1"); // the same text at half the memory
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const bad = firstBadByte(bytes);
  const line = await lineAt(file, offset + (block.length - bytes.length) + bad);
  const byte = (bytes[bad] ?? 0).toString(16).padStart(2, "0");
  throw new SourceUnreadableError(
    `the text is not UTF-8 (byte 0x${byte})`,
    'Save the file as UTF-8; in Excel: "CSV UTF-8 (comma delimited)"',
    { path: file.path, line },
  );
}

/** Decoded leniently, a bad byte becomes U+FFFD: the first one that does not stand in the file itself is the place. */
function firstBadByte(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  for (let at = text.indexOf("\uFFFD"); at !== -1; at = text.indexOf("\uFFFD", at + 1)) {
    const offset = Buffer.byteLength(text.slice(0, at));
    if (bytes.toString("hex", offset, offset + 3) !== "efbfbd") return offset;
  }
  return 0;
}

function refuseUtf16(path: string, head: Buffer): void {
  if (utf16Of(head) === null) return;
  const cure = 'Save the file as UTF-8; in Excel: "CSV UTF-8 (comma delimited)"';
  throw new SourceUnreadableError("the text is UTF-16", cure, { path, line: 1 });
}

/** The line, from 1, in which the byte at `offset` stands. */
async function lineAt(file: TextFile, offset: number): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let line = 1;
  let previous = -1;
  for (let position = 0; position < offset; ) {
    const { bytesRead } = await file.handle.read(chunk, 0, Math.min(CHUNK_BYTES, offset - position), position);
    if (bytesRead === 0) break;
    for (let index = 0; index < bytesRead; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === CR || (byte === LF && previous !== CR)) line++;
      previous = byte;
    }
    position += bytesRead;
  }
  return line;
}
