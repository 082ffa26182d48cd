/**
 * The folders that paths in a body may lead into: `server.inputFolders`. Whoever asks over HTTP names no other file of this
 * machine, and none of the data folder, where the store, the token and everybody's artifacts are.
 */
import { lstat, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConfigInvalidError } from "@holdfast/core";

interface Folder {
  readonly path: string;
  readonly realPath: string;
}

export class InputFolders {
  private constructor(
    private readonly folders: readonly Folder[],
    private readonly realDataDir: string,
  ) {}

  /** @throws {ConfigInvalidError} CONFIG_INVALID — a folder cannot be found, or lies in the data folder. */
  static async open(given: readonly string[], dataDir: string): Promise<InputFolders> {
    const realDataDir = await realpath(dataDir);
    const folders: Folder[] = [];
    for (const path of given.map((one) => resolve(one))) {
      const invalid = (problem: string, cause?: unknown) =>
        new ConfigInvalidError({ subject: "server.inputFolders", problem: `${path}: ${problem}` }, { cause });
      const realPath = await realpath(path).catch((cause: unknown) => {
        throw invalid("there is no such folder, or it cannot be read", cause);
      });
      if (isInside(realDataDir, realPath))
        throw invalid("it is in the data folder, whose files may not be used as inputs");
      folders.push({ path, realPath });
    }
    return new InputFolders(folders, realDataDir);
  }

  /**
   * The absolute path of what was named; null when it may not be used. Looks at nothing outside the folders, so that a
   * refusal does not tell what is there.
   */
  async find(named: string): Promise<string | null> {
    const first = this.folders[0];
    if (first === undefined || named.includes("\0") || named.split(/[\\/]/).includes("..")) return null;
    const path = resolve(first.path, named);
    if (!this.folders.some((one) => isInside(one.path, path) || isInside(one.realPath, path))) return null;
    const realPath = await realPathOf(path);
    if (realPath === null || !this.folders.some((one) => isInside(one.realPath, realPath))) return null;
    // A folder around the data folder would be read with all that is in it.
    if (isInside(this.realDataDir, realPath) || isInside(realPath, this.realDataDir)) return null;
    return path;
  }
}

/** The real path, or that of the nearest folder above that is there with the rest; null where it cannot be told. */
async function realPathOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isAbsent(error)) return null;
  }
  // A link to nothing is there: writing to it would make a file where it leads.
  const isLink = await lstat(path).then(
    () => true,
    (error) => !isAbsent(error),
  );
  if (isLink) return null;
  const above = await realPathOf(dirname(path));
  return above === null ? null : join(above, relative(dirname(path), path));
}

const isAbsent = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

function isInside(folder: string, path: string): boolean {
  const rest = relative(folder, path);
  return rest !== ".." && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
}
