/** The ways that this store can run, for the contract suite of all stores. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
// By its public name, from the build: a writer thread needs compiled files.
import { createClockShift, openSqliteStore } from "@holdfast/store-sqlite";
import { afterAll } from "vitest";

const newFolder = () => mkdtemp(join(tmpdir(), "holdfast-contract-"));

/** An empty store that is copied for each test: to migrate one anew costs more than most tests. `schema.test.ts` does that. */
const template = newFolder();
const templateFile = template.then(async (folder) => {
  const file = join(folder, "empty.db");
  await (await openSqliteStore({ file, inline: true })).close();
  return file;
});
afterAll(async () => rm(await template, { recursive: true }));

export function factoryOf(name: string, isMemory: boolean, inline: boolean) {
  return {
    name,
    async open() {
      const folder = isMemory ? null : await newFolder();
      const file = folder === null ? ":memory:" : join(folder, "runs.db");
      if (folder !== null) await copyFile(await templateFile, file);
      const clockShift = createClockShift();
      const shifts = new Float64Array(clockShift);
      const options = { file, inline, clockShift };
      const store = await openSqliteStore(options);
      return {
        store,
        advance(ms: number) {
          for (const clock of [0, 1]) shifts[clock] = (shifts[clock] ?? 0) + ms;
        },
        openAgain: isMemory ? null : () => openSqliteStore(options),
        async close() {
          await store.close();
          if (folder !== null) await rm(folder, { recursive: true });
        },
      };
    },
  };
}
