/**
 * Writing a store anew without its free space. SQLite's VACUUM builds the new content in a temporary file, puts it into the log as one
 * transaction, and a checkpoint moves it into the file and cuts the log: so there must be room for both, and a crash at any
 * instant leaves the old content or the new one.
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { CompactOutcome, RunId } from "@holdfast/core";
import { readPragma } from "./connection.js";
import type { SqlContext } from "./context.js";
import { isLeaseExpired, RUNNING, readState } from "./sql/live.js";
import { moveEndedAttempts } from "./sql/recent.js";
import { isBusy, toStoreError } from "./sqlite-errors.js";

const HELD_TOLD_MAX = 20;
/** Other processes look at the store four times a second, for milliseconds each. */
const TURNS = 40;

/** Outside of any transaction. `pause` blocks for about so many milliseconds. */
export function compactHere(ctx: SqlContext, pause: (ms: number) => void): CompactOutcome {
  const { db, location } = ctx;
  const held = heldRuns(ctx);
  if (held.length > 0) return { kind: "held", runs: held };
  const isFile = location !== ":memory:";
  const beforeBytes = sizeOf(ctx);
  const short = isFile ? roomProblem(location, beforeBytes) : null;
  if (short !== null) return short;
  try {
    insistently(() => {
      db.exec("BEGIN IMMEDIATE");
      try {
        moveEndedAttempts(ctx, null);
        db.exec("COMMIT");
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    }, pause);
    // In memory the copy of a large store would not fit; and what is private stays in the folder of the store.
    if (isFile) {
      db.exec(`PRAGMA temp_store = FILE; PRAGMA temp_store_directory = '${dirname(location).replaceAll("'", "''")}'`);
    }
    insistently(() => db.exec("VACUUM"), pause);
    const isLogEmpty = !isFile || emptyLog(ctx, pause);
    return { kind: "compacted", beforeBytes, afterBytes: sizeOf(ctx), isLogEmpty };
  } catch (thrown) {
    throw toStoreError(thrown, location, 0);
  } finally {
    db.exec("PRAGMA temp_store_directory = ''; PRAGMA temp_store = MEMORY");
  }
}

/** False when another process goes on reading from the log. */
export function emptyLog(ctx: SqlContext, pause: (ms: number) => void): boolean {
  for (let turn = 0; turn < TURNS; turn++) {
    const [row] = ctx.db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all() as { busy: number }[];
    if (row?.busy === 0) return true;
    pause(25);
  }
  return false;
}

function insistently(act: () => void, pause: (ms: number) => void): void {
  for (let turn = 0; ; turn++) {
    try {
      act();
      return;
    } catch (thrown) {
      if (!isBusy(thrown) || turn >= TURNS) throw thrown;
      pause(25);
    }
  }
}

/** A lease that is expired binds nobody: its worker is gone, or will be refused. */
function heldRuns(ctx: SqlContext): readonly RunId[] {
  return ctx
    .all<{ id: RunId }>(
      "SELECT r.run_id AS id FROM run_live l JOIN run r USING (run_k) WHERE l.phase = ? ORDER BY l.run_k",
      RUNNING,
    )
    .filter(({ id }) => {
      const live = readState(ctx, id)?.live;
      return live !== null && live !== undefined && !isLeaseExpired(ctx, live);
    })
    .slice(0, HELD_TOLD_MAX)
    .map(({ id }) => id);
}

function sizeOf({ db, location }: SqlContext): number {
  if (location === ":memory:") return Number(readPragma(db, "page_count")) * Number(readPragma(db, "page_size"));
  const of = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return of(location) + of(`${location}-wal`);
}

/** The new content stands in a temporary file and in the log, before the old one makes room. */
function roomProblem(location: string, sizeBytes: number): CompactOutcome | null {
  const folder = dirname(location);
  const { bavail, bsize } = statfsSync(folder);
  const [freeBytes, neededBytes] = [bavail * bsize, 2 * sizeBytes];
  return freeBytes < neededBytes ? { kind: "noRoom", folder, neededBytes, freeBytes } : null;
}
