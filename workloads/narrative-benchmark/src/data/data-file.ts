// Finds an experiment's data file, or generates it for a new run if `data.generate` says so. An existing file is never
// changed. A resume never calls this: it reads the dataset, or refuses.
import { access } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import type { DataSection } from "../config/schema.js";

/** Defaults of `generate: { what: narratives }`: the size of a full production run. */
const GENERATE_DEFAULTS = { cases: 20_946, seed: 7 } as const;

export interface DataFolders {
  /** The working directory, where relative names are searched first. */
  readonly workingDir: string;
  /** Folder of the experiment file, searched second. */
  readonly configDir?: string | undefined;
}

/** DATA_FILE_MISSING: the data file is missing, and the experiment does not say how to generate it. */
export class DataFileMissingError extends Error {
  readonly code = "DATA_FILE_MISSING";
  constructor(readonly details: { readonly file: string; readonly lookedFor: readonly string[] }) {
    super(
      `Data file ${details.file}: not found; looked for ${details.lookedFor.join(" and ")}. ` +
        `Correct \`data.file\`, or make one with \`holdfast generate narratives --cases 20946 --seed 7 --out ${details.file}\`.`,
    );
    this.name = "DataFileMissingError";
  }
}

/** Absolute paths where the file may be, in the order they are tried. */
export function dataFileCandidates(file: string, { workingDir, configDir }: DataFolders): string[] {
  if (isAbsolute(file)) return [file];
  const folders = configDir === undefined ? [workingDir] : [workingDir, configDir];
  return [...new Set(folders.map((folder) => resolve(folder, file)))];
}

/**
 * Finds the data file of a new run, or generates it in the working directory.
 *
 * @throws {DataFileMissingError} DATA_FILE_MISSING if it does not exist and `data.generate` is not set.
 */
export async function prepareDataFile(
  { file, generate }: Pick<DataSection, "file" | "generate">,
  folders: DataFolders,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly path: string; readonly generated: boolean }> {
  const candidates = dataFileCandidates(file, folders);
  for (const path of candidates) if (await exists(path)) return { path, generated: false };
  if (generate === undefined) throw new DataFileMissingError({ file, lookedFor: candidates });
  const path = candidates[0] as string;
  // Loaded when needed: the workbook writer is large, and most runs have their file.
  if (generate.what === "spam-assassin") {
    const { writeMails } = await import("../spam/corpus.js");
    await writeMails(path, { signal });
  } else {
    const { writeNarratives } = await import("../generate/write.js");
    const { cases = GENERATE_DEFAULTS.cases, seed = GENERATE_DEFAULTS.seed } = generate;
    await writeNarratives(path, { cases, seed, signal });
  }
  return { path, generated: true };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
