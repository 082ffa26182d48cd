// Detects a document's encoding in one pass over its bytes, so that a second pass can decode it as a stream. A wrong
// letter does not ruin statistics, so no document is refused for its encoding: assumptions and replacements are
// reported.
import type { FileHandle } from "node:fs/promises";

export interface FoundEncoding {
  /** Name in the Encoding standard. */
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";
  /** What a reader should know: an assumed encoding, or replaced bytes; null if nothing. */
  readonly note: string | null;
  /** Why the document is not text; null if it is. */
  readonly binary: string | null;
}

const CHUNK_BYTES = 256 * 1024;
/**
 * UTF-16 without a byte order mark is detected by the positions of its zero bytes. One in a hundred characters is
 * enough; blanks alone reach that.
 */
const ZERO_SHARE_MIN = 0.01;
/** Above this share of zero bytes and other control characters, a file is not text. Files with a stray NUL have far fewer. */
const CONTROL_SHARE_MAX = 0.05;
/** Damaged UTF-8 has more complete sequences than broken ones; in Windows-1252 hardly any is complete. */
const WHOLE_TO_BROKEN_MIN = 2;

interface Counted {
  bytes: number;
  evenZeros: number;
  oddZeros: number;
  evenControls: number;
  oddControls: number;
  /** Complete UTF-8 sequences of more than one byte, and bytes that belong to none. */
  whole: number;
  broken: number;
}

/** Reads the file once, in constant memory. */
export async function findEncoding(handle: FileHandle, signal: AbortSignal): Promise<FoundEncoding> {
  const counted: Counted = {
    bytes: 0,
    evenZeros: 0,
    oddZeros: 0,
    evenControls: 0,
    oddControls: 0,
    whole: 0,
    broken: 0,
  };
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const sequences = new Sequences();
  let mark = "";
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, counted.bytes);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    if (counted.bytes === 0) mark = bytes.toString("hex", 0, 3);
    count(bytes, counted, sequences);
  }
  counted.whole = sequences.whole;
  counted.broken = sequences.end();
  return judge(mark, counted);
}

function count(bytes: Buffer, counted: Counted, sequences: Sequences): void {
  let even = counted.bytes % 2 === 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0) even ? counted.evenZeros++ : counted.oddZeros++;
    else if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) {
      even ? counted.evenControls++ : counted.oddControls++;
    }
    if (byte >= 0x80 || sequences.isOpen) sequences.take(byte);
    even = !even;
  }
  counted.bytes += bytes.length;
}

function judge(mark: string, counted: Counted): FoundEncoding {
  const { bytes, evenZeros, oddZeros, evenControls, oddControls, whole, broken } = counted;
  const controls = evenControls + oddControls;
  const found = (encoding: FoundEncoding["encoding"], note: string | null = null) => ({ encoding, note, binary: null });
  if (mark.startsWith("fffe")) return found("utf-16le");
  if (mark.startsWith("feff")) return found("utf-16be");
  const zeros = evenZeros + oddZeros;
  const isWide =
    zeros > (bytes / 2) * ZERO_SHARE_MIN && Math.min(evenZeros, oddZeros) * 20 < Math.max(evenZeros, oddZeros);
  const encoding = oddZeros > evenZeros ? "utf-16le" : "utf-16be";
  // The high byte of a letter may look like a control character (0x04 in Cyrillic), but its low byte never does.
  const lowControls = encoding === "utf-16le" ? evenControls : oddControls;
  if (isWide && lowControls < bytes * CONTROL_SHARE_MAX) {
    const order = encoding.slice(-2).toUpperCase();
    return found(encoding, `read as UTF-16 (${order}): it has no mark, but its zero bytes stand where that has them`);
  }
  if (zeros + controls > bytes * CONTROL_SHARE_MAX) {
    return {
      encoding: "utf-8",
      note: null,
      binary: `it is no text: ${Math.round((100 * (zeros + controls)) / bytes)} % of its bytes are controls`,
    };
  }
  const nul = zeros === 0 ? "" : `${zeros} NUL bytes were left out`;
  if (broken === 0) return found("utf-8", nul === "" ? null : nul);
  if (whole >= broken * WHOLE_TO_BROKEN_MIN)
    return found("utf-8", join(`${broken} bytes are no UTF-8 and were left out`, nul));
  return found("windows-1252", join("read as Windows-1252 (Latin-1): it is no UTF-8", nul));
}

const join = (one: string, other: string) => (other === "" ? one : `${one}; ${other}`);

/**
 * Counts UTF-8 sequences of two to four bytes as they arrive. Overlong ones and surrogates count as complete, since
 * they are rare.
 */
class Sequences {
  whole = 0;
  #broken = 0;
  #missing = 0;
  #length = 0;

  get isOpen(): boolean {
    return this.#missing > 0;
  }

  take(byte: number): void {
    if (this.#missing > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.#missing--;
        if (this.#missing === 0) this.whole++;
        return;
      }
      this.#broken += this.#length - this.#missing;
      this.#missing = 0;
      if (byte < 0x80) return;
    }
    this.#length = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    if (this.#length === 1 || byte >= 0xf5) this.#broken++;
    else this.#missing = this.#length - 1;
  }

  /** Number of broken bytes, including those of a sequence cut off by the end of the file. */
  end(): number {
    return this.#broken + (this.#missing > 0 ? this.#length - this.#missing : 0);
  }
}

/**
 * Yields the text in pieces of some 64 thousand characters, each ending at a line or sentence end if possible, in
 * constant memory.
 */
export async function* readPieces(handle: FileHandle, encoding: string, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding); // removes the byte order mark; broken bytes become U+FFFD
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let held = "";
  for (let offset = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, offset);
    offset += bytesRead;
    held += decoder.decode(chunk.subarray(0, bytesRead), { stream: bytesRead > 0 }).replace(/[\0\ufffd]/g, "");
    while (held.length > PIECE_CHARS * 2 || (bytesRead === 0 && held.length > 0)) {
      const cut = bytesRead === 0 && held.length <= PIECE_CHARS ? held.length : cutOf(held);
      yield held.slice(0, cut);
      held = held.slice(cut);
    }
    if (bytesRead === 0) return;
  }
}

/** A piece is measured without yielding to the event loop: some 20 ms. */
const PIECE_CHARS = 64 * 1024;

/** Returns where a piece ends: after a line, else after a sentence, else after a word, else anywhere. */
function cutOf(text: string): number {
  const window = text.slice(PIECE_CHARS, PIECE_CHARS * 2);
  const line = window.indexOf("\n");
  if (line >= 0) return PIECE_CHARS + line + 1;
  const sentence = /[.!?]\s/.exec(window);
  if (sentence !== null) return PIECE_CHARS + sentence.index + 2;
  const blank = /\s/.exec(window);
  return PIECE_CHARS + (blank === null ? 0 : blank.index + 1);
}
