/** Starting the processes of `child.mjs`, reading their lines, and folders that clean up after themselves. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RECOVERY_DEFAULTS, type RunCreate, type RunId, type Store } from "@holdfast/core";
import { onTestFinished } from "vitest";

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** A folder of this test's own, removed when it ends. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Resolves once `count` lines have come, rejects when the process ends before. */
  line(count: number): Promise<void>;
}

export function startChild(args: readonly string[], user?: number): Child {
  const identity = user === undefined ? {} : { uid: user, gid: user };
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["pipe", "pipe", "inherit"], ...identity });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const ended = new Promise<number | string>((resolve) => {
    // "close" comes after the last line was read.
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const line = (count: number) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (lines.length < count) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      void ended.then((code) => reject(new Error(`ended with ${code} after ${lines.length} lines`)));
      look();
    });
  return { process: child, lines, ended, line };
}

export const TEST_HOLDER = {
  name: "test",
  host: "host",
  pid: 1,
  bootId: "boot",
  pidNamespace: "pid",
  processStart: "1",
};

export function newRun(id: string, change: Partial<RunCreate> = {}): RunCreate {
  return {
    id: id as RunId,
    workflow: "brief",
    version: null,
    owner: null,
    inputJson: null,
    givenJson: null,
    stages: null,
    policy: RECOVERY_DEFAULTS,
    through: null,
    idempotencyKey: null,
    forkedFrom: null,
    claim: null,
    ...change,
  };
}

export async function startRun(store: Store, id: string) {
  const created = await store.createRun(newRun(id, { claim: { holder: TEST_HOLDER, leaseMs: 60_000 } }));
  if (created.kind !== "created" || created.claim === null) throw new Error(created.kind);
  return { runId: id as RunId, token: created.claim.token, nonce: created.claim.nonce };
}
