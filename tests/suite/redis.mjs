/**
 * A Redis for the tests: the one on the PATH, else Debian's packages, unpacked into `.redis/` without installing anything.
 * Answers where it is, or why there is none.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../.redis", import.meta.url));
/** The server, and the libraries that a plain Debian does not have. */
const PACKAGES = ["redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1"];

/** @returns {Promise<{ program: string, env: NodeJS.ProcessEnv } | { problem: string }>} */
export async function findRedis() {
  if (await works("redis-server", process.env)) return { program: "redis-server", env: process.env };
  const program = join(FOLDER, "usr/bin/redis-server");
  try {
    if (!existsSync(program)) await unpack();
    const libraries = readdirSync(join(FOLDER, "usr/lib")).map((name) => join(FOLDER, "usr/lib", name));
    const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(":") };
    if (await works(program, env)) return { program, env };
    return { problem: "Debian's redis-server does not run here" };
  } catch (error) {
    return { problem: `no redis-server on the PATH, and Debian's packages could not be had (${oneLine(error)})` };
  }
}

async function unpack() {
  mkdirSync(join(FOLDER, ".."), { recursive: true });
  const made = mkdtempSync(`${FOLDER}-`);
  try {
    await run("apt-get", ["download", "-qq", ...PACKAGES], { cwd: made, timeout: 120_000 });
    for (const name of readdirSync(made).filter((file) => file.endsWith(".deb"))) {
      await run("dpkg", ["-x", join(made, name), made]);
    }
    // Another process may have been first: then its folder stays.
    if (!existsSync(FOLDER)) renameSync(made, FOLDER);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

const works = (program, env) =>
  run(program, ["--version"], { env }).then(
    () => true,
    () => false,
  );
const oneLine = (error) => String(error?.message ?? error).split("\n")[0];
