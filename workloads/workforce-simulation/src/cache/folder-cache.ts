// A cache of model rows in a folder: one Parquet file per entry, named by its key, with an index file that has the
// digest. Files are written whole and renamed, so several simulations may share the folder. At the size limit, the
// least recently used entries are evicted.
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, quote } from "../database/database.js";
import type { CacheRequest, Made, ModelCache } from "./model-cache.js";

interface Entry {
  readonly digest: string;
  /** Milliseconds it took to compute, which a hit saves. */
  readonly ms: number;
}

/** Number of new entries after which the size is checked. */
const PRUNE_EVERY = 50;

export async function openFolderCache(folder: string, limitBytes: number, engine: string): Promise<ModelCache> {
  await mkdir(folder, { recursive: true });
  return new FolderCache(folder, limitBytes, engine);
}

class FolderCache implements ModelCache {
  private newCount = 0;

  constructor(
    private readonly folder: string,
    private readonly limitBytes: number,
    private readonly engine: string,
  ) {}

  async makeRows(
    request: CacheRequest,
    connection: Connection,
    table: string,
    compute: () => Promise<void>,
  ): Promise<Made> {
    const key = createHash("sha256")
      .update(JSON.stringify([this.engine, request.sql, request.inputs]))
      .digest("hex");
    const data = join(this.folder, `${key}.parquet`);
    const index = join(this.folder, `${key}.json`);
    const found = await readEntry(index, data);
    if (found !== null) {
      return { rows: { table: `read_parquet(${quote(data)})`, digest: found.digest }, isHit: true, savedMs: found.ms };
    }
    const startedAt = performance.now();
    await compute();
    const ms = performance.now() - startedAt;
    const digest = await digestOf(connection, table);
    await this.keep({ digest, ms }, connection, table, data, index);
    return { rows: { table, digest }, isHit: false, savedMs: 0 };
  }

  async prune(): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.folder))
        .filter((name) => name.endsWith(".parquet"))
        .map(async (name) => {
          const found = await stat(join(this.folder, name)).catch(() => null);
          return { name, sizeBytes: found?.size ?? 0, usedAtMs: found?.mtimeMs ?? 0 };
        }),
    );
    let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { name, sizeBytes } of files.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (total <= this.limitBytes) break;
      // The index first: a file without an index is ignored, but an index without its file would be used.
      await rm(join(this.folder, name.replace(/parquet$/, "json")), { force: true });
      await rm(join(this.folder, name), { force: true });
      total -= sizeBytes;
    }
  }

  private async keep(entry: Entry, connection: Connection, table: string, data: string, index: string): Promise<void> {
    const mark = randomBytes(4).toString("hex");
    await connection.run(`COPY ${table} TO ${quote(`${data}.${mark}`)} (FORMAT parquet, COMPRESSION lz4_raw)`);
    await rename(`${data}.${mark}`, data);
    await writeFile(`${index}.${mark}`, JSON.stringify(entry));
    await rename(`${index}.${mark}`, index);
    this.newCount++;
    if (this.newCount % PRUNE_EVERY === 0) await this.prune();
  }
}

async function readEntry(index: string, data: string): Promise<Entry | null> {
  const text = await readFile(index, "utf8").catch(() => null);
  if (text === null) return null;
  const now = new Date();
  const isThere = await utimes(data, now, now).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  try {
    return JSON.parse(text) as Entry;
  } catch {
    return null; // a damaged index: the entry is recomputed and replaced
  }
}

async function digestOf(connection: Connection, table: string): Promise<string> {
  const [row] = await connection.rows(
    `SELECT count(*) || '-' || coalesce(sum(h), 0)::VARCHAR || '-' || coalesce(bit_xor(h), 0)::VARCHAR AS digest ` +
      `FROM (SELECT hash(t) AS h FROM ${table} t)`,
  );
  return String(row?.digest);
}
