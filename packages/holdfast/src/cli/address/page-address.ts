/** Addresses of the page, of one run or the start page, with or without the token that signs in. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerRecord } from "./server-record.js";

export interface PageAddress {
  /** For links to share: people who open it sign in as themselves. */
  readonly url: string;
  /** The same with the token as a fragment, which no log and no proxy sees; null if callers use their own credentials. */
  readonly openUrl: string | null;
}

/** A server may be mounted below a path, so paths are appended to its address. */
export function pageUrl(serverUrl: string, runId: string | null): string {
  const root = serverUrl.replace(/\/+$/, "");
  return runId === null ? `${root}/` : `${root}/runs/${encodeURIComponent(runId)}`;
}

export async function addressOf(dataDir: string, server: ServerRecord, runId: string | null): Promise<PageAddress> {
  const url = pageUrl(server.url, runId);
  // Users who can read the folder's token may see it; others have to sign in.
  const token = server.takesToken ? await readFile(join(dataDir, "server-token"), "utf8").catch(() => null) : null;
  return { url, openUrl: token === null ? null : `${url}#t=${token.trim()}` };
}
