// Reads models from their folder: `<name>.sql`, and `<name>.first.sql` for the first year if it differs. A second
// folder may replace or add models. A resume compares the hash of all of them.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Model {
  readonly name: string;
  readonly text: string;
  /** The text for the first year, if it differs. */
  readonly firstText: string | null;
  /** Columns that identify a row. */
  readonly grain: readonly string[];
}

export interface ModelSet {
  readonly models: readonly Model[];
  /** SHA-256 over names and texts. */
  readonly hash: string;
}

const OWN_FOLDER = fileURLToPath(new URL("../../models", import.meta.url));
const FILE_NAME = /^([a-z][a-z0-9_]*)(\.first)?\.sql$/;

/** Loads all models. @throws {ModelError} if a folder has no models, or a file is unreadable or has no header. */
export async function loadModels(overlay: string | null): Promise<ModelSet> {
  const files = new Map<string, string>();
  for (const folder of overlay === null ? [OWN_FOLDER] : [OWN_FOLDER, overlay]) {
    for (const name of await sqlFilesIn(folder)) files.set(name, await readModel(folder, name));
  }
  const models: Model[] = [];
  const hash = createHash("sha256");
  for (const file of [...files.keys()].sort()) {
    const text = files.get(file) ?? "";
    hash.update(`${file}\n${text.length}\n${text}\n`);
    const [, name = "", first] = file.match(FILE_NAME) ?? [];
    if (first !== undefined) {
      if (!files.has(`${name}.sql`)) throw new ModelError(file, `there is no ${name}.sql for the later years`);
      continue;
    }
    models.push({ name, text, firstText: files.get(`${name}.first.sql`) ?? null, grain: grainOf(file, text) });
  }
  return { models, hash: hash.digest("hex") };
}

/** A model is unusable: names the file and the problem. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(
    readonly file: string,
    problem: string,
  ) {
    super(`Model ${file}: ${problem}`);
  }
}

async function sqlFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOTDIR" ? "it is a file; name the folder it lies in" : (cause.code ?? cause.message);
    throw new ModelError(folder, `the folder cannot be read (${why})`);
  });
  const isSql = (name: string) => /\.sql$/i.test(name);
  const names = entries.filter((entry) => isSql(entry.name)).map(({ name }) => name);
  const wrong = names.find((name) => !FILE_NAME.test(name));
  if (wrong !== undefined) {
    const expected = "a name of lower-case letters, digits and _ is expected, ending in .sql or .first.sql";
    throw new ModelError(join(folder, wrong), expected);
  }
  if (names.length === 0) {
    // Otherwise only the workload's own models would run, and nobody would notice that these were not found.
    const inner = entries.find((entry) => entry.isDirectory())?.name;
    const hint =
      inner === undefined ? "" : `; folders in it are not read, name ${join(folder, inner)} where they lie there`;
    throw new ModelError(folder, `the folder holds no models, files that end in .sql${hint}`);
  }
  return names;
}

async function readModel(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new ModelError(join(folder, name), `it cannot be read (${cause.code ?? cause.message})`);
  });
}

function grainOf(file: string, text: string): string[] {
  const line = text.match(/^-- grain: (.+)$/m)?.[1];
  if (line === undefined)
    throw new ModelError(file, 'its header lacks "-- grain: <columns>", the columns that identify a row');
  return line.split(",").map((column) => column.trim());
}
