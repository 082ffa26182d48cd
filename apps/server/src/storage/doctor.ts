/** What could keep this server's store from working, each finding with its cure: the page's `holdfast doctor`. Changes nothing. */
import { plural } from "@holdfast/core";
import { fileSystemFacts, type Holdfast } from "@holdfast/engine";

export interface Finding {
  readonly name: string;
  readonly level: "ok" | "note" | "problem";
  readonly text: string;
  /** What to do; null where nothing needs doing. */
  readonly cure: string | null;
}

/** Below a gigabyte a run with artifacts soon meets a full disk. */
const FREE_MIN_BYTES = 1024 ** 3;

export async function examineServer(holdfast: Holdfast, nowMs: () => number) {
  const parts = await Promise.all([
    found("node", async () => [ok("node", `${process.version} ${process.platform} ${process.arch}`)]),
    found("folder", () => lookAtFolder(holdfast.dataDir)),
    found("artifacts", () => lookAtArtifacts(holdfast)),
    found("store", () => lookAtStore(holdfast)),
    found("workers", () => lookAtWorkers(holdfast)),
  ]);
  const findings = parts.flat();
  return { asOf: nowMs(), isFit: findings.every(({ level }) => level !== "problem"), findings };
}

const ok = (name: string, text: string): Finding => ({ name, level: "ok", text, cure: null });

/** What cannot be looked at is a finding, not an end. */
async function found(name: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    const cure = "See the server's log, and run holdfast doctor on the machine itself.";
    return [{ name, level: "problem", text: (error as Error).message, cure }];
  }
}

async function lookAtFolder(dataDir: string): Promise<readonly Finding[]> {
  const { freeBytes, network, isWritable } = await fileSystemFacts(dataDir);
  const findings: Finding[] = [
    isWritable
      ? ok("folder", dataDir)
      : {
          name: "folder",
          level: "problem",
          text: `${dataDir} is not writable`,
          cure: "Give the server's user the right to write there.",
        },
  ];
  const free = `${(freeBytes / 1e9).toFixed(1)} GB free`;
  if (freeBytes >= FREE_MIN_BYTES) findings.push(ok("disk", free));
  else {
    const level = freeBytes === 0 ? "problem" : "note";
    findings.push({
      name: "disk",
      level,
      text: free,
      cure: "Make room: clean up finished runs, compact the store, move backups away.",
    });
  }
  if (network !== null) {
    const text = `${dataDir} is on a network file system (${network}), whose locks SQLite cannot trust`;
    findings.push({ name: "disk", level: "problem", text, cure: "Move the data folder to a local disk." });
  }
  return findings;
}

/** A folder is looked at as the data folder. */
async function lookAtArtifacts(holdfast: Holdfast): Promise<readonly Finding[]> {
  const { kind, location } = await holdfast.storage.checkArtifacts();
  return kind === "s3" ? [ok("artifacts", `${location}: takes, returns and removes files`)] : [];
}

async function lookAtStore(holdfast: Holdfast): Promise<readonly Finding[]> {
  const { problems } = await holdfast.storage.examine({ check: true });
  if (problems !== null && problems.length > 0) {
    const cure = "Stop all workers and restore the newest backup of the file.";
    return problems.map((text) => ({ name: "store", level: "problem", text, cure }));
  }
  await holdfast.storage.probe();
  const { location, schemaVersion, kind, engineVersion, durability } = await holdfast.storage.facts();
  return [
    ok("store", `${location}: sound, and takes writes (schema version ${schemaVersion})`),
    ok(kind, `version ${engineVersion}`),
    ok("durability", durability),
  ];
}

async function lookAtWorkers(holdfast: Holdfast): Promise<readonly Finding[]> {
  const { supervisor, active } = await holdfast.management.stats();
  if (supervisor.workers === 0) {
    const text = active.queued === 0 ? "no worker runs" : `no worker runs, and ${plural(active.queued, "run")} wait`;
    return [{ name: "workers", level: "note", text, cure: "Start one: holdfast worker" }];
  }
  const text = plural(supervisor.workers, "living worker");
  if (supervisor.lastScanAt !== null) return [ok("workers", text)];
  return [
    {
      name: "workers",
      level: "note",
      text: `${text}, none of them supervises`,
      cure: "Start the server's supervisor, or a worker that supervises.",
    },
  ];
}
