/**
 * What is asked of a file and its folder before SQLite opens it, so that the answer is a clear text. The file itself
 * is never opened here: closing a second handle would drop the locks that SQLite holds on it in this process.
 */
import { closeSync, constants, openSync } from "node:fs";
import { access, mkdir, readFile, realpath, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreReadonlyError, StoreUnreachableError } from "@holdfast/core";

/** Kernel numbers of file systems whose locks or shared memory do not hold across hosts (statfs(2), fuse.sshfs). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x517b, "SMB"],
]);
/** FUSE alone says nothing: local disks use it too. These are the remote ones. */
const FUSE = 0x65735546;
const REMOTE_FUSE_TYPES = ["fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.glusterfs"];

/**
 * Makes a folder and those above it. On a file system that is mounted read-only Node answers ENOENT ("no such file or directory"): the
 * nearest folder that exists says what it is.
 */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    let at = dirname(folder);
    for (let why = await whyNotWritable(at); why !== null; why = await whyNotWritable(at)) {
      if (codeOf(why) !== "ENOENT") throw why;
      if (at === dirname(at)) break;
      at = dirname(at);
    }
    throw error;
  }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

const whyNotWritable = (folder: string): Promise<unknown> =>
  access(folder, constants.W_OK).then(
    () => null,
    (error: unknown) => error,
  );

export async function prepareFolder(file: string): Promise<void> {
  const folder = dirname(file);
  const refuse = (error: unknown): never => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EROFS") {
      throw new StoreReadonlyError({ location: file, problem: "its file system is mounted read-only" });
    }
    throw new StoreUnreachableError({ location: file, problem: `its folder cannot be used (${message})` });
  };
  await makeFolders(folder).catch(refuse);
  await refuseNetwork(file, folder);
  await access(folder, constants.R_OK | constants.X_OK).catch(refuse);
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory()) throw new StoreUnreachableError({ location: file, problem: "it is a folder, not a file" });
  // A device or pipe would be written to, or waited for, without end.
  if (found !== null && !found.isFile()) {
    throw new StoreUnreachableError({ location: file, problem: "it is a device, pipe or socket, not a file" });
  }
  if (found !== null) {
    await access(file, constants.R_OK).catch(refuse);
    await access(file, constants.W_OK).catch(() => {
      throw new StoreReadonlyError({ location: file, problem: "the file cannot be written by this user" });
    });
  }
  // SQLite puts its log beside the file, so the folder must be writable too.
  await access(folder, constants.W_OK).catch(() => {
    throw new StoreReadonlyError({ location: file, problem: "its folder cannot be written by this user" });
  });
  if (found === null) createPrivate(file);
}

/**
 * A new file that its owner alone may read: it will hold inputs, secrets among them. SQLite gives its log the same rights.
 * Opened and closed at once, and only where nobody had it: see above. What cannot be created SQLite will refuse in its words.
 */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch {}
}

async function refuseNetwork(file: string, folder: string): Promise<void> {
  const { type } = await statfs(folder);
  const name = type >>> 0 === FUSE ? await remoteFuseType(folder) : NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (name === undefined) return;
  throw new StoreUnreachableError({
    location: file,
    problem: `its folder is on ${name}; SQLite needs a local disk (use PostgreSQL for several hosts)`,
  });
}

/** The type of the FUSE mount that `folder` is in, when it is a remote one: the mount with the longest path wins. */
async function remoteFuseType(folder: string): Promise<string | undefined> {
  const [real, mounts] = await Promise.all([realpath(folder), readFile("/proc/self/mounts", "utf8").catch(() => "")]);
  const above = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, point = ""]) => real === point || real.startsWith(point.endsWith("/") ? point : `${point}/`))
    .sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0));
  const type = above[0]?.[2];
  return type !== undefined && REMOTE_FUSE_TYPES.includes(type) ? type : undefined;
}
