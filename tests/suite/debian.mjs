/**
 * A program for the tests: the one on the PATH, else Debian's packages, unpacked into a folder without installing anything.
 * Answers where it is, or why there is none.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * @param {{ name: string, path: string, packages: readonly string[] }} wanted path: of the program within its package; packages: its
 *   own, and the libraries that a plain Debian does not have
 * @returns {Promise<{ program: string, env: NodeJS.ProcessEnv } | { problem: string }>}
 */
export async function findProgram({ name, path, packages }) {
  // Where servers are, which is not on everybody's PATH.
  const env = { ...process.env, PATH: [process.env.PATH, "/usr/sbin"].join(delimiter) };
  if (await works(name, env)) return { program: name, env };
  const folder = fileURLToPath(new URL(`../../.${name.split("-")[0]}`, import.meta.url));
  const program = join(folder, path);
  try {
    if (!existsSync(program)) await unpack(folder, packages);
    const libraries = readdirSync(join(folder, "usr/lib")).map((one) => join(folder, "usr/lib", one));
    const unpacked = { ...env, LD_LIBRARY_PATH: libraries.join(delimiter) };
    if (await works(program, unpacked)) return { program, env: unpacked };
    return { problem: `Debian's ${name} does not run here` };
  } catch (error) {
    return { problem: `no ${name} on the PATH, and Debian's packages could not be had (${oneLine(error)})` };
  }
}

async function unpack(folder, packages) {
  mkdirSync(join(folder, ".."), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    await run("apt-get", ["download", "-qq", ...packages], { cwd: made, timeout: 120_000 });
    for (const name of readdirSync(made).filter((file) => file.endsWith(".deb"))) {
      await run("dpkg", ["-x", join(made, name), made]);
    }
    // Another process may have been first: then its folder stays.
    if (!existsSync(folder)) renameSync(made, folder);
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
