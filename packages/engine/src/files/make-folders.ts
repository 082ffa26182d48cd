/** Making folders, with the reason where it cannot be done. */
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. On a file system that is mounted read-only Node answers ENOENT ("no such file or directory"): the
 * nearest folder that exists says what it is.
 */
export async function makeFolders(folder: string, options: { readonly mode?: number } = {}): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, ...options });
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
