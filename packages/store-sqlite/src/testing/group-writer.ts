/** A group writer over a file of the test's own, in the test's thread. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openConnection } from "../connection.js";
import { SqlContext } from "../context.js";
import { FileIdentity } from "../file-identity.js";
import { GroupWriter } from "../group-writer.js";
import { migrate } from "../migrate.js";
import { systemTime } from "../store-time.js";
import { testFolder } from "./processes.js";

export function openGroupWriter() {
  const file = join(testFolder(), "runs.db");
  const db = openConnection(file, "writer", "FULL");
  onTestFinished(() => db.close());
  migrate(db, file);
  const ctx = new SqlContext(db, systemTime(undefined, "boot"), () => "nonce-of-the-test", file);
  const options = { busyTimeoutMs: 0, durability: "full", pause: () => {}, random: Math.random } as const;
  const writer = new GroupWriter(ctx, { ...options, identity: new FileIdentity(ctx.location) });
  return { file, db, ctx, writer };
}
