/** The ways that this store can run, for the contract suite of all stores. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
// By its public name, from the build: a writer thread needs compiled files.
import {
  type ClockShift,
  createClockShift,
  openSqliteStore,
  type SqliteStore,
  type SqliteStoreOptions,
} from "@holdfast/store-sqlite";
import { afterAll } from "vitest";
import { type Database, openDatabase } from "../driver.js";

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

/** Rows that are never changed or removed: a store remembers their numbers. `sqlite_sequence`: no number is given twice. */
const REMEMBERED = ["workflow", "boot", "definition", "holder", "map_config", "sqlite_sequence"];

/** Brings a file that a store has open to what the template holds, as another process could. */
function empty(db: Database, templateFile: string): void {
  const left = REMEMBERED.map((name) => `'${name}'`).join(",");
  const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN (${left})`).all();
  db.exec(`ATTACH '${templateFile}' AS template; BEGIN IMMEDIATE`);
  for (const { name } of tables as { name: string }[]) {
    db.exec(`DELETE FROM main."${name}"; INSERT INTO main."${name}" SELECT * FROM template."${name}"`);
  }
  db.exec("COMMIT; DETACH template");
}

interface Free {
  readonly store: SqliteStore;
  readonly options: SqliteStoreOptions;
  readonly folder: string;
}

export function factoryOf(name: string, isMemory: boolean, inline: boolean) {
  // To start the thread costs more than most tests: a store with one, whose test is over, is emptied and used for the next.
  const isUsedAgain = !isMemory && !inline;
  const free: Free[] = [];
  const end = async ({ store, folder }: Free) => {
    await store.close();
    if (!isMemory) await rm(folder, { recursive: true });
  };
  afterAll(() => Promise.all(free.map(end)));
  const openNew = async (): Promise<Free> => {
    const folder = isMemory ? "" : await newFolder();
    const file = isMemory ? ":memory:" : join(folder, "runs.db");
    if (!isMemory) {
      template ??= makeTemplate();
      await copyFile(await template, file);
    }
    const options = { file, inline, clockShift: createClockShift() };
    return { store: await openSqliteStore(options), options, folder };
  };
  return {
    name,
    async open() {
      const opened = free.pop() ?? (await openNew());
      const { store, options } = opened;
      const shifts = new Float64Array(options.clockShift as ClockShift);
      return {
        store,
        advance(ms: number) {
          for (const clock of [0, 1]) shifts[clock] = (shifts[clock] ?? 0) + ms;
        },
        openAgain: isMemory ? null : () => openSqliteStore(options),
        async close() {
          if (!isUsedAgain || !(await isOpen(store))) return end(opened);
          const db = openDatabase(options.file);
          empty(db, await (template as Promise<string>));
          db.close();
          shifts.fill(0);
          free.push(opened);
        },
      };
    },
  };
}

/** Some tests close their store. */
const isOpen = (store: SqliteStore) =>
  store.probe().then(
    () => true,
    () => false,
  );
