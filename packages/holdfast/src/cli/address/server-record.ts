/**
 * Finds the running server of a data folder. Each server writes a record into `<dataDir>/servers` when it starts listening, and
 * removes it when it stops. A record has the address and the process, never a token. A record whose process is proven dead is
 * left over from a kill: it is ignored, and the next server removes it.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Holder, ServerNotRunningError } from "@holdfast/core";
import { currentHolder, isProvenDead } from "@holdfast/engine";

export interface ServerRecord {
  /** Address of the server, without a token. */
  readonly url: string;
  /** Whether the data folder's token signs in there; otherwise callers use their own credentials. */
  readonly takesToken: boolean;
  readonly startedAt: number;
  readonly holder: Holder;
}

/** Two servers of one data folder have two files, so that neither overwrites the other's. */
const ENDING = ".server.json";
/** Loopback answers in a millisecond; a server on another host that is silent for this long counts as gone. */
const ANSWER_MS = 2_000;

const folderOf = (dataDir: string) => join(dataDir, "servers");

/** Accessible only by its owner, since the files in it lead to the page. */
export async function makeServersFolder(dataDir: string): Promise<string> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  return folder;
}

/** Writes the record of this process. @returns A function that removes it again; never throws. */
export async function recordServer(
  dataDir: string,
  server: Pick<ServerRecord, "url" | "takesToken" | "startedAt">,
): Promise<() => Promise<void>> {
  const holder = currentHolder();
  const folder = await makeServersFolder(dataDir);
  for (const { file, record } of await readRecords(dataDir)) {
    if (record === null || isProvenDead(record.holder, holder)) await rm(file, { force: true });
  }
  const file = join(folder, `${holder.name.replaceAll(/[^\w.-]/g, "_")}${ENDING}`);
  // Renamed into place, so that nobody reads half of it.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...server, holder })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return () => rm(file, { force: true }).catch(() => undefined);
}

/**
 * Returns the running server of the data folder; if there are several, the one that started last.
 * @throws {ServerNotRunningError} SERVER_NOT_RUNNING
 */
export async function findServer(dataDir: string): Promise<ServerRecord> {
  const records = (await readRecords(dataDir)).flatMap(({ record }) => record ?? []);
  records.sort((a, b) => b.startedAt - a.startedAt);
  for (const record of records) if (await isRunning(record)) return record;
  throw new ServerNotRunningError({ dataDir, lastUrl: records[0]?.url ?? null });
}

async function isRunning(record: ServerRecord): Promise<boolean> {
  const self = currentHolder();
  if (isProvenDead(record.holder, self)) return false;
  const { host, bootId, pidNamespace } = record.holder;
  if (host === self.host && bootId === self.bootId && pidNamespace === self.pidNamespace) return true;
  // Nothing can be proven about another container or host from here: if something answers without a token, it counts as the server.
  return fetch(new URL("healthz", `${record.url}/`), { signal: AbortSignal.timeout(ANSWER_MS), redirect: "error" })
    .then(({ ok }) => ok)
    .catch(() => false);
}

async function readRecords(
  dataDir: string,
): Promise<readonly { readonly file: string; readonly record: ServerRecord | null }[]> {
  const folder = folderOf(dataDir);
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith(ENDING))
      .map(async (name) => ({ file: join(folder, name), record: await readRecord(join(folder, name)) })),
  );
}

/** Returns null if it is not a valid record, because of another version or damage. */
async function readRecord(file: string): Promise<ServerRecord | null> {
  try {
    const read = JSON.parse(await readFile(file, "utf8")) as Partial<ServerRecord> | null;
    const { holder, startedAt } = read ?? {};
    const isWhole =
      typeof startedAt === "number" && typeof holder?.pid === "number" && typeof holder.bootId === "string";
    return isWhole && isHttp(read?.url) ? (read as ServerRecord) : null;
  } catch {
    return null;
  }
}

/** Checks that the address belongs to a server before it is opened in a browser, whatever somebody wrote into the folder. */
const isHttp = (url: unknown): boolean =>
  typeof url === "string" && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
