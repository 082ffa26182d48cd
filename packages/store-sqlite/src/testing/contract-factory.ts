/** The ways that this store can run, for the contract suite of all stores. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
// By its public name, from the build: a writer thread needs compiled files.
import { createClockShift, openSqliteStore } from "@holdfast/store-sqlite";
import { afterAll } from "vitest";

const newFolder = () => mkdtemp(join(tmpdir(), "holdfast-contract-"));

/** An empty store that is copied for each test: to migrate one anew costs more than most tests. `schema.test.ts` does that. */
const makeTemplate = async (): Promise<string> => {
  const file = join(await newFolder(), "empty.db");
  await (await openSqliteStore({ file, inline: true })).close();
  return file;
};
/** Null until a test needs a file: nothing may be under way when the tests have ended. */
let template: Promise<string> | null = null;
afterAll(async () => {
  if (template !== null) await rm(dirname(await template), { recursive: true });
});

export function factoryOf(name: string, isMemory: boolean, inline: boolean) {
  return {
    name,
    async open() {
      const folder = isMemory ? null : await newFolder();
      const file = folder === null ? ":memory:" : join(folder, "runs.db");
      if (folder !== null) {
        template ??= makeTemplate();
        await copyFile(await template, file);
      }
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
