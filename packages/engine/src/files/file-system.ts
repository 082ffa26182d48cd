/** What the file system under a path is: room left, and whether it is one that SQLite must not trust. */
import { existsSync } from "node:fs";
import { access, constants, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Answer to `fileSystemFacts`. */
export interface FileSystemFacts {
  /** Bytes that this user may still write. */
  readonly freeBytes: number;
  /** Bytes of the whole file system. */
  readonly sizeBytes: number;
  /** The kind by name where it is a network file system; null for a local or unknown one. */
  readonly network: string | null;
  /** Whether this user may write there. */
  readonly isWritable: boolean;
}

/** Linux's numbers of file systems that live on another machine: locks and shared memory do not hold there. */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
]);

/** The nearest folder of `path` that is there: facts hold for what will be made below it. */
function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Reads the facts of the file system that holds `path`, or will once it is there. */
export async function fileSystemFacts(path: string): Promise<FileSystemFacts> {
  const folder = nearestFolder(path);
  const { bavail, blocks, bsize, type } = await statfs(folder);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  // The kernel's number is signed on some platforms.
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize, network: NETWORK.get(type >>> 0) ?? null, isWritable };
}
