/**
 * The heartbeat thread's way in: one connection of its own that writes nothing but signs of life. It waits for the
 * write lock inside SQLite (the thread has nothing else to do) and never for the disk: a lease that a power loss
 * takes back has no holder left.
 */
import { type Beat, type BeatAnswer, type Beats, TIMER_MAX_MS } from "@holdfast/core";
import { toBeatAnswer } from "@holdfast/store-sql";
import { openConnection } from "./connection.js";
import { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { beat } from "./sql/claim.js";
import { toStoreError } from "./sqlite-errors.js";
import { type ClockShift, systemTime } from "./store-time.js";

export interface BeatsOptions {
  readonly file: string;
  readonly bootId: string;
  readonly clockShift?: ClockShift | undefined;
  readonly busyTimeoutMs?: number | undefined;
  /** `FileIdentity.opened` of the store that these beats are for. */
  readonly fileIdentity: string | null;
}

/** 5 s, as for the writer: a beat that waits longer counts as lost, and the next one follows. */
const BUSY_TIMEOUT_MS = 5_000;

export function openBeats(options: BeatsOptions): Beats {
  const { file, bootId, clockShift, busyTimeoutMs = BUSY_TIMEOUT_MS, fileIdentity } = options;
  // Opening would make a new, empty file where the store was moved away.
  const identity = new FileIdentity(file, fileIdentity);
  identity.check();
  const db = openConnection(file, "beats", "NORMAL");
  // SQLite counts it in 32 bits and takes a longer one for none; a beat is late long before either.
  db.exec(`PRAGMA busy_timeout = ${Math.min(busyTimeoutMs, TIMER_MAX_MS)}`);
  const ctx = new SqlContext(db, systemTime(clockShift, bootId), () => "", file);
  return {
    beat(beats: readonly Beat[]): readonly BeatAnswer[] {
      try {
        ctx.prepare("BEGIN IMMEDIATE").run();
        ctx.stamp();
        const answers = beat(ctx, beats).map(toBeatAnswer);
        ctx.prepare("COMMIT").run();
        // A beat into a file without a name keeps no lease.
        identity.check();
        return answers;
      } catch (thrown) {
        rollBack(ctx);
        throw toStoreError(thrown, file, busyTimeoutMs);
      }
    },
    close: () => db.close(),
  };
}

function rollBack(ctx: SqlContext): void {
  ctx.forgetAll();
  try {
    ctx.prepare("ROLLBACK").run();
  } catch {
    // No transaction was begun, or the error has ended it.
  }
}
