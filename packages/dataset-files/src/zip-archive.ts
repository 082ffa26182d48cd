// The members of a zip archive, read by its directory: enough for workbooks, strict enough for hostile ones.
// Invariants: a member is streamed, never held; its length and CRC-32 are checked, so that damaged text is never
// handed on as good; an archive cannot make us unpack more than `MEMBER_BYTES_MAX` from any of its members, nor much from
// little.

import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { SourceUnreadableError } from "@holdfast/core";

/** A sheet of 1,048,576 rows with 3 kB each is 3 GiB of XML; what claims more is a bomb. */
const MEMBER_BYTES_MAX = 4 * 1024 ** 3;
/** A part may unpack to so much whatever it packs to. */
const FREE_BYTES = 64 * 1024 ** 2;
/**
 * Beyond that, to so many times its packed size. A million rows that are all alike but for their numbers pack 60 to 1, texts
 * 10 to 1; a bomb packs 1,000 to 1.
 */
const RATIO_MAX = 250;
const MEMBERS_MAX = 10_000; // a workbook has some dozens
const DIRECTORY_BYTES_MAX = 16 * 1024 ** 2;
const END_RECORD_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const READ_BYTES = 128 * 1024;

interface Member {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

export interface ZipArchive {
  has(name: string): boolean;
  /** @throws {SourceUnreadableError} SOURCE_UNREADABLE — missing, encrypted, damaged or too large. */
  read(name: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export async function openZip(path: string): Promise<ZipArchive> {
  const handle = await open(path);
  try {
    const members = await readDirectory(path, handle);
    return {
      has: (name) => members.has(name.toLowerCase()),
      read: (name) => readMember(path, handle, members, name),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function damaged(path: string, what: string): SourceUnreadableError {
  const cure = "The file was damaged or cut off: copy or download it again, or save it again as .xlsx";
  return new SourceUnreadableError(what, cure, { path });
}

async function readDirectory(path: string, handle: FileHandle): Promise<ReadonlyMap<string, Member>> {
  const { size } = await handle.stat();
  const tailBytes = Math.min(size, END_RECORD_BYTES + COMMENT_BYTES_MAX);
  const tail = await readExactly(path, handle, size - tailBytes, tailBytes);
  const at = tail.lastIndexOf(Buffer.from("504b0506", "hex"));
  if (at === -1 || at + END_RECORD_BYTES > tail.length) {
    throw damaged(path, "the zip archive has no directory at its end");
  }
  const count = tail.readUInt16LE(at + 10);
  const directoryBytes = tail.readUInt32LE(at + 12);
  const directoryOffset = tail.readUInt32LE(at + 16);
  if (count === 0xffff || directoryBytes === 0xffffffff || directoryOffset === 0xffffffff) {
    throw new SourceUnreadableError(
      "the workbook uses the zip64 format",
      "Split it into smaller workbooks, or use csv",
      {
        path,
      },
    );
  }
  if (directoryOffset + directoryBytes > size || directoryBytes > DIRECTORY_BYTES_MAX || count > MEMBERS_MAX) {
    throw damaged(path, "the directory of the zip archive does not fit the file");
  }
  const directory = await readExactly(path, handle, directoryOffset, directoryBytes);
  const members = new Map<string, Member>();
  for (let index = 0, from = 0; index < count; index++) {
    if (from + 46 > directory.length || directory.readUInt32LE(from) !== 0x02014b50) {
      throw damaged(path, "the directory of the zip archive is damaged");
    }
    const nameBytes = directory.readUInt16LE(from + 28);
    const name = directory.toString("utf8", from + 46, from + 46 + nameBytes).replaceAll("\\", "/");
    if (members.has(name.toLowerCase())) throw damaged(path, `the zip archive holds ${name} twice`);
    members.set(name.toLowerCase(), {
      name,
      isEncrypted: (directory.readUInt16LE(from + 8) & 1) === 1,
      method: directory.readUInt16LE(from + 10),
      crc: directory.readUInt32LE(from + 16),
      packedBytes: directory.readUInt32LE(from + 20),
      bytes: directory.readUInt32LE(from + 24),
      headerOffset: directory.readUInt32LE(from + 42),
    });
    from += 46 + nameBytes + directory.readUInt16LE(from + 30) + directory.readUInt16LE(from + 32);
  }
  return members;
}

async function* readMember(
  path: string,
  handle: FileHandle,
  members: ReadonlyMap<string, Member>,
  name: string,
): AsyncGenerator<Buffer> {
  const member = members.get(name.toLowerCase());
  if (member === undefined) throw damaged(path, `the workbook lacks its part ${name}`);
  if (member.isEncrypted) {
    throw new SourceUnreadableError(`the part ${name} is encrypted`, "Save the workbook without a password", { path });
  }
  if (member.method !== 0 && member.method !== 8) {
    throw damaged(path, `the part ${name} is packed by method ${member.method}, which is not known`);
  }
  if (member.bytes > MEMBER_BYTES_MAX) throw tooLarge(path, name);
  if (member.bytes > Math.max(FREE_BYTES, member.packedBytes * RATIO_MAX)) throw isBomb(path, name, member);
  const header = await readExactly(path, handle, member.headerOffset, 30);
  if (header.readUInt32LE(0) !== 0x04034b50) throw damaged(path, `the part ${name} is not where the directory says`);
  const start = member.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = readRange(path, handle, start, member.packedBytes);
  let crc = 0;
  let bytes = 0;
  try {
    for await (const chunk of member.method === 0 ? packed : inflate(packed)) {
      bytes += chunk.length;
      if (bytes > member.bytes) throw damaged(path, `the part ${name} is longer than the archive says`);
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code?.startsWith("Z_") !== true && code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    throw damaged(path, `the part ${name} cannot be unpacked`);
  }
  if (bytes !== member.bytes) throw damaged(path, `the part ${name} is shorter than the archive says`);
  if (crc !== member.crc) throw damaged(path, `the part ${name} does not match its checksum`);
}

function tooLarge(path: string, name: string): SourceUnreadableError {
  const what = `the part ${name} would unpack to more than ${MEMBER_BYTES_MAX / 1024 ** 3} GiB`;
  return new SourceUnreadableError(what, "Split the workbook, or export it as csv", { path });
}

function isBomb(path: string, name: string, { bytes, packedBytes }: Member): SourceUnreadableError {
  const mb = (count: number) => (count / 1024 ** 2).toFixed(count < 10 * 1024 ** 2 ? 1 : 0);
  const what = `the part ${name} would unpack from ${mb(packedBytes)} MB to ${mb(bytes)} MB, more than ${RATIO_MAX} times as much`;
  return new SourceUnreadableError(what, "Save the workbook again, or export it as csv", { path });
}

async function* inflate(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stream = createInflateRaw({ chunkSize: READ_BYTES });
  pipeline(packed, stream, () => {}); // an error of either side comes out of the loop below
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    stream.destroy();
  }
}

async function* readRange(path: string, handle: FileHandle, start: number, bytes: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < bytes; ) {
    const chunk = await readExactly(path, handle, start + done, Math.min(READ_BYTES, bytes - done));
    done += chunk.length;
    yield chunk;
  }
}

async function readExactly(path: string, handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, position);
  if (bytesRead !== bytes) throw damaged(path, "the zip archive ends too early");
  return buffer;
}
