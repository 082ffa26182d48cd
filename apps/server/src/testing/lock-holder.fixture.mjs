/** Another process that holds the write lock of a store's file: says so, and lets go at the first line it is sent. */
import { DatabaseSync } from "@photostructure/sqlite";

const database = new DatabaseSync(process.argv[2]);
database.exec("BEGIN IMMEDIATE");
process.stdout.write("held\n");
process.stdin.once("data", () => {
  database.exec("ROLLBACK");
  database.close();
  process.stdout.write("free\n");
  process.stdin.pause();
});
// Nobody is left to let it go: end, and the lock with it.
process.stdin.once("end", () => process.exit());
