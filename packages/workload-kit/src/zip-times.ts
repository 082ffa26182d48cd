// Sets fixed time stamps in a finished zip file, so that the same content gives the same bytes and the same checksum.
// The writer stamps each entry with the current time. The stamps are outside every checksum of the format, in each
// entry's local header and in the central directory (APPNOTE 4.3.7, 4.3.12). Not for zip64 (files of 4 GB and more).
import type { FileHandle } from "node:fs/promises";

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const END_BYTES = 22; // without a comment; the writer adds none
const CENTRAL_BYTES = 46;
/** 1 January 1980, 00:00, the format's first instant: date word 0x0021, time word 0. */
const EPOCH = Buffer.from([0, 0, 0x21, 0]);

/** Sets the time of every entry of the zip file to 1 January 1980. Throws unless it is a plain zip file. */
export async function fixZipTimes(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const end = await readAt(handle, size - END_BYTES, END_BYTES);
  if (end.readUInt32LE(0) !== END_SIGNATURE)
    throw new Error("Workbook: its zip directory is not where it was written.");
  const count = end.readUInt16LE(10);
  const directory = await readAt(handle, end.readUInt32LE(16), end.readUInt32LE(12));
  let at = 0;
  for (let entry = 0; entry < count; entry++) {
    if (directory.readUInt32LE(at) !== CENTRAL_SIGNATURE)
      throw new Error("Workbook: its zip directory is not readable.");
    EPOCH.copy(directory, at + 12);
    await handle.write(EPOCH, 0, EPOCH.length, directory.readUInt32LE(at + 42) + 10);
    const variable =
      directory.readUInt16LE(at + 28) + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    at += CENTRAL_BYTES + variable;
  }
  await handle.write(directory, 0, directory.length, end.readUInt32LE(16));
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw new Error("Workbook: it is shorter than its zip directory says.");
  return buffer;
}
