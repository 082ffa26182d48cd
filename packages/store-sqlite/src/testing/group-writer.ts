/** A group writer over a file of the test's own, in the test's thread. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openConnection } from "../connection.js";
import { SqlContext } from "../context.js";
import { FileIdentity } from "../file-identity.js";
import { GroupWriter, type Op } from "../group-writer.js";
import { migrate } from "../migrate.js";
import { type StoreTime, systemTime } from "../store-time.js";
import { type ArgsOf, CODE_OF, type OperationName } from "../writes.js";
import { testFolder } from "./processes.js";

export const op = <N extends OperationName>(name: N, ...args: ArgsOf<N>): Op => ({ code: CODE_OF[name], args });

export function openGroupWriter(
  time: StoreTime = systemTime(undefined, "boot"),
  file: string = join(testFolder(), "runs.db"),
) {
  const db = openConnection(file, "writer", "FULL");
  onTestFinished(() => db.close());
  migrate(db, file);
  const ctx = new SqlContext(db, time, () => "nonce-of-the-test", file);
  const options = { busyTimeoutMs: 0, durability: "full", pause: () => {}, random: Math.random } as const;
  const writer = new GroupWriter(ctx, { ...options, identity: new FileIdentity(ctx.location) });
  return { file, db, ctx, writer };
}
