/**
 * The versions of Node that the suite runs on, as npm packages in `.nodes/`, which git ignores. They are no dependencies:
 * `npm ci` would fetch all of them for everybody. A version is there whole or not at all.
 *
 * `node tests/suite/nodes.mjs` fetches what is missing; the test run does it by itself.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../.nodes", import.meta.url));

/** Oldest first. The first is the least that `engines` allows; the whole suite runs on the last. */
export const NODE_VERSIONS = ["20.19.0", "22.23.3", "24.21.0", "26.10.0"];

/** Fetching 60 MB takes ten seconds on a quiet machine. A network that hangs must not hold up the tests for ever. */
const FETCH_MAX_MS = 600_000;
/**
 * By the environment, since the package of Node installs another one by npm: what was fetched before is taken without asking, and
 * a connection that brings nothing for a minute is given up for a new one (npm's own waits five).
 */
const NPM_ENVIRONMENT = {
  npm_config_prefer_offline: "true",
  npm_config_fetch_timeout: "60000",
  npm_config_fetch_retries: "4",
};

/**
 * Make the versions ready that are not there yet.
 *
 * @param {readonly string[]} versions
 * @returns {Promise<{ version: string, program: string | null, problem: string | null }[]>} In the same order; `program` is
 *   null where the version could not be had, and `problem` says why.
 */
export function readyNodes(versions = NODE_VERSIONS) {
  return Promise.all(
    versions.map(async (version) => {
      const program = programOf(join(FOLDER, version));
      if (await answers(program, version)) return { version, program, problem: null };
      const problem = await fetchNode(version);
      if (problem !== null) return { version, program: null, problem };
      const works = await answers(program, version);
      return works
        ? { version, program, problem }
        : { version, program: null, problem: `${program} does not run here` };
    }),
  );
}

function programOf(folder) {
  return join(folder, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
}

async function fetchNode(version) {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, `${version}.part-`));
  try {
    const flags = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    const ended = await run("npm", ["install", "--prefix", folder, ...flags, `node@${version}`]);
    if (ended.code !== 0) return `npm could not fetch node@${version}: ${ended.text.trim().split("\n").at(-1)}`;
    // A temporary folder is closed to others, and some tests start processes of another user.
    chmodSync(folder, 0o755);
    rmSync(join(FOLDER, version), { recursive: true, force: true });
    renameSync(folder, join(FOLDER, version));
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answers(program, version) {
  const { code, text } = await run(program, ["--version"]);
  return code === 0 && text.trim() === `v${version}`;
}

function run(program, args) {
  return new Promise((done) => {
    // Not the option `timeout`: its timer goes on for a program that is not there, and keeps this process for all that time.
    const signal = AbortSignal.timeout(FETCH_MAX_MS);
    const env = { ...process.env, ...NPM_ENVIRONMENT };
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], signal, env });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
    child.once("error", (error) => done({ code: -1, text: error.message }));
    child.once("close", (code) => done({ code: code ?? -1, text }));
  });
}

/** The environment in which `node`, and so every script that names it, is this one. */
export function environmentOf(program) {
  return { ...process.env, PATH: `${dirname(program)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}` };
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const { version, problem } of await readyNodes()) console.log(`Node ${version}: ${problem ?? "ready"}`);
}
