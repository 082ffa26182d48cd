/** Addresses of the page: of one run or of all of it, with the token that signs in or without. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerRecord } from "./server-record.js";

export interface PageAddress {
  /** For links that are handed on: whoever opens it signs in as they do. */
  readonly url: string;
  /** The same with the token as a fragment, which no log and no proxy sees; null where callers bring their own. */
  readonly openUrl: string | null;
}

/** A server may be reached below a path: what is added comes after it. */
export function pageUrl(serverUrl: string, runId: string | null): string {
  const root = serverUrl.replace(/\/+$/, "");
  return runId === null ? `${root}/` : `${root}/runs/${encodeURIComponent(runId)}`;
}

export async function addressOf(dataDir: string, server: ServerRecord, runId: string | null): Promise<PageAddress> {
  const url = pageUrl(server.url, runId);
  // Whoever may read the folder's token may be shown it; others are asked to sign in.
  const token = server.takesToken ? await readFile(join(dataDir, "server-token"), "utf8").catch(() => null) : null;
  return { url, openUrl: token === null ? null : `${url}#t=${token.trim()}` };
}
