/** An erasure that is killed at any point has erased everything or nothing, and the same command completes it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anyRow, openHoldfast } from "holdfast";
import { expect, test } from "vitest";

const KEY = "anna@example.org";
const STREET = "Fliederweg 77";
/** Before the transaction, in it, while the file is rewritten, and after it. */
const DELAYS_MS = [0, 2, 8, 30, 120];

async function bytesOfStore(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("holdfast.db"));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")))).join("");
}

test("is complete or absent after a kill, at any time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-killed-"));
  try {
    const holdfast = await openHoldfast({ dataDir: folder, workflows: [] });
    const others = Array.from({ length: 20_000 }, (_, i) => `person-${i},elsewhere ${i}`);
    for (const version of [1, 2]) {
      const file = join(folder, "people.csv");
      await writeFile(file, `id,street\n${KEY},${STREET}\n${others.slice(version).join("\n")}\n`);
      await holdfast.datasets.ingest("people", file, { key: "id", schema: anyRow });
    }
    await holdfast.close();
    for (const delayMs of DELAYS_MS) {
      await once(fork(new URL("./erase-killed.mjs", import.meta.url), [folder, String(delayMs)]), "exit");
      const after = await openHoldfast({ dataDir: folder, workflows: [] });
      const versions = await after.datasets.list();
      const counts = versions.map(({ erasedCount }) => erasedCount);
      const buried = await after.store.countErased("people");
      expect([...counts, buried]).toEqual(buried === 0 ? [0, 0, 0] : [1, 1, 1]);
      expect((await after.storage.facts({ check: true })).problems).toEqual([]);
      await after.close();
    }
    const last = await openHoldfast({ dataDir: folder, workflows: [] });
    expect(await last.datasets.erase("people", KEY)).toMatchObject({
      compaction: { kind: "compacted", isLogEmpty: true },
    });
    await last.close();
    const bytes = await bytesOfStore(folder);
    expect([bytes.includes(STREET), bytes.includes(KEY), bytes.includes("elsewhere 777")]).toEqual([
      false,
      false,
      true,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a new store says once what is removed from it automatically", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-new-"));
  try {
    const told: unknown[] = [];
    const onNewStore = (store: unknown) => void told.push(store);
    for (let time = 0; time < 2; time++) {
      await (await openHoldfast({ dataDir: folder, workflows: [], onNewStore })).close();
    }
    expect(told).toEqual([{ retention: { days: 90, statuses: ["failed", "cancelled"] } }]);
    const other = join(folder, "other");
    await (await openHoldfast({ dataDir: other, workflows: [], retention: false, onNewStore })).close();
    expect(told.at(-1)).toEqual({ retention: null });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
