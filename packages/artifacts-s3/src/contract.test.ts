/** The suite of artifact stores over every store: a folder, memory, and object storage as several makers have it. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileArtifactStore, MemoryArtifactStore } from "@holdfast/engine";
import { type ObjectStorageOptions, startObjectStorage } from "@holdfast/testkit";
import { exerciseArtifacts } from "@holdfast/testkit/contract";
import { afterAll, vi } from "vitest";
import { openS3Artifacts } from "./index.js";

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-artifacts-"));
  folders.push(folder);
  return folder;
};
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

exerciseArtifacts({
  name: "memory",
  open: async () => ({ artifacts: new MemoryArtifactStore(), again: null, hasPaths: false, close: async () => {} }),
});

exerciseArtifacts({
  name: "folder",
  open: async () => {
    const folder = newFolder();
    const again = new FileArtifactStore(folder);
    return { artifacts: new FileArtifactStore(folder), again, hasPaths: true, close: async () => {} };
  },
});

const SERVERS: Readonly<Record<string, ObjectStorageOptions>> = {
  "a server that refuses checksum headers": { refusesChecksums: true, partBytesMin: 1_000 },
  "an encrypted bucket with pages of two": { isEncrypted: true, pageCount: 2, partBytesMin: 1_000 },
};
for (const [name, options] of Object.entries(SERVERS)) {
  exerciseArtifacts({
    name: `object storage, ${name}`,
    open: async () => {
      const server = await startObjectStorage(options);
      for (const [variable, value] of Object.entries(server.env)) vi.stubEnv(variable, value);
      const url = `s3://holdfast/some/prefix?endpoint=${server.url}`;
      // Parts of 16 kB, so that the files of the suite have several.
      const open = () => openS3Artifacts({ url, dataDir: newFolder(), partBytes: 16_000 });
      return { artifacts: await open(), again: await open(), hasPaths: true, close: () => server.close() };
    },
  });
}
