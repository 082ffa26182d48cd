import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
// By its public name, from the build: a writer thread needs compiled files.
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "./driver.js";

test.each([false, true])("a closed store is whole in its one file (inline: %s)", async (inline) => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-close-"));
  const file = join(folder, "runs.db");
  const store = await openSqliteStore({ file, inline });
  await store.beginDataset("prices");
  await store.close();
  expect((await stat(`${file}-wal`).catch(() => ({ size: 0 }))).size).toBe(0);
  // The file alone, as somebody would copy it away.
  await copyFile(file, join(folder, "copy.db"));
  const copy = openDatabase(join(folder, "copy.db"));
  expect(copy.prepare("SELECT name FROM dataset").all()).toMatchObject([{ name: "prices" }]);
  copy.close();
  await rm(folder, { recursive: true });
});
