/**
 * How a command finds the server that runs over a data folder: each writes a record of itself into `<dataDir>/servers` when it
 * listens, and removes it when it stops. A record holds an address and who wrote it, never a token. One whose process is
 * proven dead is left over from a kill: it is passed over, and removed by the next server.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Holder, ServerNotRunningError } from "@holdfast/core";
import { currentHolder, isProvenDead } from "@holdfast/engine";

export interface ServerRecord {
  /** Where it listens, without a token. */
  readonly url: string;
  /** Whether the token of the data folder signs in there; else callers bring their own credential. */
  readonly takesToken: boolean;
  readonly startedAt: number;
  readonly holder: Holder;
}

/** Two servers of one data folder are two files, so that neither writes over the other's. */
const ENDING = ".server.json";
/** Loopback answers in a millisecond; another host's server that says nothing for so long is taken for gone. */
const ANSWER_MS = 2_000;

const folderOf = (dataDir: string) => join(dataDir, "servers");

/** Made for its owner alone: the files in it lead into the page. */
export async function makeServersFolder(dataDir: string): Promise<string> {
  const folder = folderOf(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  return folder;
}

/** Writes the record of this process. @returns What removes it again; never throws. */
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
  // Renamed, so that nobody reads half of it.
  await writeFile(`${file}.new`, `${JSON.stringify({ ...server, holder })}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return () => rm(file, { force: true }).catch(() => undefined);
}

/**
 * The server that runs over the data folder; of several the one that started last.
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
  // Of another container or host nothing can be proven from here: who answers without being told a token is taken for it.
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

/** Null for what is no record: of another version, or damaged. */
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

/** What is opened in a browser is an address of a server, whatever somebody wrote into the folder. */
const isHttp = (url: unknown): boolean =>
  typeof url === "string" && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
