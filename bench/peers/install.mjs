/**
 * Installs the newest version of each peer in a folder of its own, outside the lockfile of this repository. What the registry does not
 * give is named with the reason, and left out of the table.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, ".installed");
const INSTALL_MS = 300_000;

/** Program → packages; the first is the peer, the others it needs beside it. */
const PEERS = {
  "graphile-worker": ["graphile-worker"],
  "pg-boss": ["pg-boss"],
  bullmq: ["bullmq"],
  dbos: ["@dbos-inc/dbos-sdk"],
  openworkflow: ["openworkflow", "postgres"],
};

/** Of each peer: its version, or why there is none. `programs` is the folder to run them from. */
export function installPeers() {
  mkdirSync(FOLDER, { recursive: true });
  const manifest = join(FOLDER, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true, "type": "module" }\n');
  const peers = Object.entries(PEERS).map(([program, packages]) => {
    const words = [
      "install",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      ...packages.map((name) => `${name}@latest`),
    ];
    const { status, stderr, error } = spawnSync("npm", words, { cwd: FOLDER, encoding: "utf8", timeout: INSTALL_MS });
    if (status === 0) return { program, version: versionOf(packages[0]) };
    const problem =
      error?.message ?? stderr.split("\n").find((line) => /error/i.test(line)) ?? `npm ended with ${status}`;
    return { program, problem };
  });
  // Beside what was installed, so that the programs find it.
  const programs = join(FOLDER, "programs");
  cpSync(join(import.meta.dirname, "programs"), programs, { recursive: true });
  return { peers, programs };
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(FOLDER, "node_modules", name, "package.json"), "utf8")).version;
}
