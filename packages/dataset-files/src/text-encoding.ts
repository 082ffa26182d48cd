// In which encoding a text file is written. Told by its first bytes, by what UTF-8 can be, or by the caller. Spreadsheet programs
// write what their system uses: UTF-8 with a byte order mark, UTF-16 ("Unicode text"), Windows-1252 ("CSV").
// What is not UTF-8 is decoded here, as blocks of whole lines in constant memory, as `text-blocks.ts` gives those of UTF-8.

import { isAscii } from "node:buffer";
import { SourceUnreadableError } from "@holdfast/core";
import { RECORD_BYTES_MAX } from "./format-reader.js";
import type { TextBlock, TextFile } from "./text-file.js";

/** To be asked for in place of an encoding: look into the file. */
export const DETECT = "detect";

const CHUNK_BYTES = 256 * 1024;
/** Bytes that stand for no character in Windows-1252: what holds one of them is something else. */
const NOT_WINDOWS_1252 = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const NAMES: Readonly<Record<string, string>> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16",
  "utf-16be": "UTF-16, big-endian",
  "windows-1252": "Windows-1252",
};

export interface FoundEncoding {
  /** As the Encoding standard spells it, in small letters. */
  readonly encoding: string;
  /** For the log, where it was found out and is not UTF-8; null else. */
  readonly note: string | null;
}

/** @throws {SourceUnreadableError} SOURCE_UNREADABLE — nobody knows an encoding of that name, or none fits the file. */
export async function findEncoding(file: TextFile, wanted: string | undefined): Promise<FoundEncoding> {
  if (wanted === undefined) return { encoding: "utf-8", note: null };
  if (wanted !== DETECT) return { encoding: encodingOf(wanted, file.path), note: null };
  const head = Buffer.alloc(512);
  const { bytesRead } = await file.handle.read(head, 0, head.length, 0);
  const utf16 = utf16Of(head.subarray(0, bytesRead));
  if (utf16 !== null) return found(utf16);
  const isUtf8 = await fits(file, new TextDecoder("utf-8", { fatal: true }));
  if (isUtf8) return { encoding: "utf-8", note: null };
  if (await fits(file, null)) return found("windows-1252");
  const what = "the text is neither UTF-8 nor UTF-16 nor Windows-1252";
  throw new SourceUnreadableError(what, "Name its encoding, such as windows-1250 or shift_jis, or save it as UTF-8", {
    path: file.path,
  });
}

function found(encoding: string): FoundEncoding {
  const name = NAMES[encoding] ?? encoding;
  return {
    encoding,
    note: `the file is not UTF-8; it was read as ${name}. Name another encoding if letters look wrong`,
  };
}

function encodingOf(label: string, path: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    const what = `no encoding is named ${JSON.stringify(label)}`;
    const cure = `Name one such as utf-8, utf-16le, windows-1252, windows-1250, macintosh, shift_jis or gb18030, or ${DETECT}`;
    throw new SourceUnreadableError(what, cure, { path });
  }
}

/** By its mark, or by every other byte being 0, as in text of western languages without one. */
export function utf16Of(head: Buffer): "utf-16le" | "utf-16be" | null {
  const mark = head.toString("hex", 0, 2);
  if (mark === "fffe") return "utf-16le";
  if (mark === "feff") return "utf-16be";
  let evenNuls = 0;
  let oddNuls = 0;
  const sample = head.subarray(0, 512);
  for (const [index, byte] of sample.entries()) {
    if (byte === 0) index % 2 === 0 ? evenNuls++ : oddNuls++;
  }
  const half = sample.length / 2;
  if (sample.length < 8 || Math.min(evenNuls, oddNuls) > 0 || Math.max(evenNuls, oddNuls) <= half * 0.6) return null;
  return evenNuls > 0 ? "utf-16be" : "utf-16le";
}

/** Whether the whole file can be decoded; null asks for Windows-1252, whose decoder takes anything. */
async function fits(file: TextFile, decoder: InstanceType<typeof TextDecoder> | null): Promise<boolean> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let isPlain = true;
  for (let offset = 0; ; ) {
    file.signal?.throwIfAborted();
    const { bytesRead } = await file.handle.read(chunk, 0, CHUNK_BYTES, offset);
    const bytes = chunk.subarray(0, bytesRead);
    offset += bytesRead;
    if (decoder === null) {
      if (bytesRead === 0) return true;
      if (NOT_WINDOWS_1252.some((byte) => bytes.includes(byte))) return false;
      continue;
    }
    try {
      // Between two plain chunks the decoder holds nothing back.
      const isAsciiChunk = isAscii(bytes);
      if (!isPlain || !isAsciiChunk || bytesRead === 0) decoder.decode(bytes, { stream: bytesRead > 0 });
      isPlain = isPlain && isAsciiChunk;
    } catch {
      return false;
    }
    if (bytesRead === 0) return true;
  }
}

/**
 * The blocks of a file that is not UTF-8.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE — bytes that are no text in this encoding, or NUL characters.
 */
export async function* readDecodedBlocks(file: TextFile, encoding: string): AsyncGenerator<TextBlock> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let held = "";
  let line = 1;
  let isSkippingLine = false;
  for (let offset = 0; ; ) {
    file.signal?.throwIfAborted();
    const { bytesRead } = await file.handle.read(chunk, 0, CHUNK_BYTES, offset);
    offset += bytesRead;
    const isEnd = bytesRead === 0;
    let fresh: string;
    try {
      fresh = decoder.decode(chunk.subarray(0, bytesRead), { stream: !isEnd });
    } catch (cause) {
      const what = `the text is not ${NAMES[encoding] ?? encoding}`;
      throw new SourceUnreadableError(
        what,
        "Name another encoding, or save it as UTF-8",
        { path: file.path, line },
        { cause },
      );
    }
    if (fresh.includes("\0")) {
      const what = "a NUL character";
      const cure = "This is no text file, its encoding is another, or it was damaged: save it as UTF-8 text";
      throw new SourceUnreadableError(what, cure, { path: file.path, line });
    }
    if (isSkippingLine) {
      const end = endOfFirstLine(fresh);
      if (end === 0 && !isEnd) continue;
      isSkippingLine = false;
      fresh = fresh.slice(end);
      line++;
    }
    const text = held + fresh;
    const cut = isEnd ? text.length : endOfLastLine(text);
    if (cut > 0) {
      const block = text.slice(0, cut);
      yield { kind: "text", text: block };
      line += lineBreaks(block);
    }
    if (isEnd) return;
    held = text.slice(cut);
    if (held.length <= RECORD_BYTES_MAX) continue;
    yield { kind: "lineTooLong", line };
    held = "";
    isSkippingLine = true;
  }
}

/** A \r at the very end may belong to a \n that was not read yet. */
function endOfLastLine(text: string): number {
  const lf = text.lastIndexOf("\n");
  if (lf !== -1) return lf + 1;
  return text.length < 2 ? 0 : text.lastIndexOf("\r", text.length - 2) + 1;
}

const endOfFirstLine = (text: string) => text.indexOf("\n") + 1;
const lineBreaks = (text: string) => text.split(/\r\n|\n|\r/).length - 1;
