/** `holdfast db copy`: a store into one of the other kind, or of the same. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Store, type StoreTables, WrongUseError } from "@holdfast/core";
import { withoutSecret } from "../open.js";
import { type CopyReport, copyTables } from "./copy-store.js";
import { refuseInUse } from "./in-use.js";

export type { CopyReport } from "./copy-store.js";

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  readonly onPage?: ((table: string, rows: number) => void) | undefined;
}

/**
 * @throws {StoreInUseError} STORE_IN_USE — a worker of either store is alive.
 * @throws {WrongUseError} WRONG_USE — there is no store to copy, or the target holds something else.
 */
export async function copyStore({ from, to, onPage }: CopyOptions): Promise<CopyReport> {
  const { parseSqliteUrl } = await import("@holdfast/store-sqlite");
  const file = from.startsWith("sqlite:") ? resolve(parseSqliteUrl(from)) : null;
  if (from.includes(":memory:") || to.includes(":memory:")) {
    throw new WrongUseError({ problem: "A store in memory belongs to one process, and cannot be copied." });
  }
  for (const url of [from, to]) {
    if (/^(sqlite|postgres|postgresql):/.test(url)) continue;
    const problem = `"${withoutSecret(url)}" is not a store URL: sqlite:<path> or postgres://<host>/<database> is expected.`;
    throw new WrongUseError({ problem });
  }
  if (from === to) throw new WrongUseError({ problem: "Both addresses are the same store." });
  if (file !== null && (await stat(file).catch(() => null)) === null) {
    throw new WrongUseError({ problem: `There is no store at ${withoutSecret(from)}.` });
  }
  // Opened once each: both are brought to this version's tables, and one that is newer is refused.
  await refuseWhereInUse(from);
  await refuseWhereInUse(to);
  const source = await openEnd(from, "source");
  try {
    const target = await openEnd(to, "target");
    try {
      // Nobody can write to the source any more; who began between the look and the lock is seen now.
      await refuseWhereInUse(from);
      return await copyTables({ source, target, onPage });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function refuseWhereInUse(url: string): Promise<void> {
  const store = await openStore(url);
  try {
    await refuseInUse(store);
  } finally {
    await store.close();
  }
}

async function openStore(url: string): Promise<Store> {
  if (url.startsWith("sqlite:")) {
    const { openSqliteStore, parseSqliteUrl } = await import("@holdfast/store-sqlite");
    return openSqliteStore({ file: resolve(parseSqliteUrl(url)) });
  }
  const { openPostgresStore } = await import("@holdfast/store-postgres");
  return openPostgresStore({ url });
}

async function openEnd(url: string, role: "source" | "target"): Promise<StoreTables> {
  if (url.startsWith("sqlite:")) {
    const { openTables, parseSqliteUrl } = await import("@holdfast/store-sqlite");
    return openTables(resolve(parseSqliteUrl(url)), role);
  }
  const { openTables } = await import("@holdfast/store-postgres");
  return openTables(url, role);
}
